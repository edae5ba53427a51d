import type { Check } from '../../check.ts'
import { skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { type Form, fitting, values } from '../forms.ts'
import { extensionValues, valueIn } from '../steps/attributes.ts'
import { add, changesName, onlyEmail, replace, setsText } from '../steps/patches.ts'
import { patchPathsArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const department = `${enterpriseUrn}:department`

/** Sets the department of a new user. */
const setsDepartment = (operation: (value: string) => JsonObject): Form => ({
  given: { has: [department], user: true },
  request: ({ mark }) => ({ patch: operation(mark) }),
  expect: ({ mark }) => ({ stored: { [department]: mark } }),
})

export const patchPathsChecks: readonly Check[] = defineChecks(patchPathsArea, [
  must('names-in-any-case', ['R-170'], {
    description: 'Attribute names in paths ignore case.',
    source: 'RFC 7643 §2.1',
    remedy: 'Ignore case when you look up attribute names.',
    after: ['rfc/patch-replace/unassigned'],
    ...setsText(({ text, mark }) => replace(text.toUpperCase(), mark)),
  }),
  should('core-urn', ['R-170'], {
    description: 'PATCH accepts the schema before an attribute: `urn:…:User:title`.',
    remedy: 'Remove the URN of the resource type’s own schema from a path before you look it up.',
    after: ['rfc/patch-replace/unassigned'],
    ...setsText(({ context, text, mark }) => replace(`${context.users.schema}:${text}`, mark)),
  }),
  should('core-urn-sub-attribute', ['R-170'], {
    description: 'PATCH accepts the schema before a sub-attribute: `urn:…:User:name.givenName`.',
    remedy: 'Parse the part after the last colon of the URN as a path. Version numbers contain dots, too.',
    after: ['rfc/patch-paths/core-urn', 'rfc/patch-replace/sub-attribute'],
    ...changesName({}, { 'name.givenName': 'Anna' }),
    request: ({ context }) => ({ patch: replace(`${context.users.schema}:name.givenName`, 'Anna') }),
  }),
  should('core-urn-filter', ['R-170'], {
    description: 'PATCH accepts the schema before a filter: `urn:…:User:emails[type eq "work"].value`.',
    remedy: 'Parse the part after the URN as a path, including a filter.',
    after: ['rfc/patch-paths/core-urn', 'rfc/patch-replace/part-by-filter'],
    given: { has: ['emails.value', 'emails.type'], user: s => ({ emails: onlyEmail(`old-${s.mark}`) }) },
    request: ({ context, mark }) => ({
      patch: replace(`${context.users.schema}:emails[type eq "work"].value`, `new-${mark}@example.com`),
    }),
    expect: ({ mark }) => ({ stored: { emails: values(`new-${mark}@example.com`) } }),
  }),
  should('extension-attribute', ['R-170', 'R-176'], {
    description: 'PATCH sets an attribute of an extension by its full name, and adds the URN to schemas.',
    source: 'RFC 7644 §3.5.2',
    needs: ['enterprise'],
    rationale: 'Departments, employee numbers and managers that Entra ID sends aren’t stored.',
    remedy: 'Resolve paths that start with the URN of an extension, and list that URN in schemas.',
    given: { has: [department], user: true },
    request: ({ user, mark }) => {
      if (valueIn(user.body, enterpriseUrn) !== undefined) skip('The enterprise extension is required here.')
      return { patch: add(department, mark) }
    },
    expect: ({ mark }) => ({
      stored: {
        [department]: mark,
        schemas: fitting(`a list with ${enterpriseUrn}`, urns => [urns].flat().includes(enterpriseUrn)),
      },
    }),
  }),
  should('extension-sub-attribute', ['R-170'], {
    description:
      'PATCH sets a sub-attribute of an extension attribute by its full name: `urn:…:manager.value`.',
    needs: ['enterprise'],
    rationale: 'Managers aren’t stored.',
    remedy: 'Resolve sub-attributes of extension attributes.',
    after: ['rfc/patch-paths/extension-attribute'],
    given: { has: [`${enterpriseUrn}:manager.value`], user: true, other: true },
    request: ({ other }) => ({ patch: add(`${enterpriseUrn}:manager.value`, other.id) }),
    expect: ({ other }) => ({ stored: { [`${enterpriseUrn}:manager.value`]: other.id } }),
  }),
  practice('extension-whole', ['R-170'], {
    description: 'PATCH accepts the URN of an extension as a path, with an object as value.',
    needs: ['enterprise'],
    rationale: 'Some clients set all attributes of an extension at once, and would be rejected.',
    remedy: 'Treat the URN of an extension as a complex attribute, and merge value into it.',
    after: ['rfc/patch-paths/extension-attribute'],
    ...setsDepartment(value => add(enterpriseUrn, { department: value })),
    given: {
      has: [department],
      user: ({ context, mark }) =>
        extensionValues(context, context.users, enterpriseUrn, { employeeNumber: mark }),
    },
  }),
  should('extension-in-value', ['R-178'], {
    description: 'PATCH without path accepts the URN of an extension as a key of value.',
    source: 'RFC 7644 §3.5.2.1',
    needs: ['enterprise'],
    rationale: 'Departments and employee numbers from clients that send no path aren’t stored.',
    remedy: 'Accept URNs of extensions as names in value.',
    after: ['rfc/patch-paths/extension-attribute', 'rfc/patch-replace/no-path'],
    ...setsDepartment(value => ({ op: 'add', value: { [enterpriseUrn]: { department: value } } })),
  }),
  practice('extension-full-names-in-value', ['R-178'], {
    description: 'PATCH without path accepts full names in value: `{"urn:…:User:department": "…"}`.',
    source: 'Entra ID',
    needs: ['enterprise'],
    rationale:
      'Entra ID sends such names with its flag. Changes of extensions are rejected or lost silently.',
    remedy: 'Parse the names in value as paths.',
    after: ['rfc/patch-paths/extension-attribute', 'rfc/patch-replace/no-path'],
    ...setsDepartment(value => ({ op: 'add', value: { [department]: value } })),
  }),
])
