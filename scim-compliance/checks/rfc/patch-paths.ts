import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectThat, skip } from '../../expect.ts'
import { enterpriseUrn } from '../../scim.ts'
import {
  extensionValues,
  objectsIn,
  requireWritable,
  requireWritableAttribute,
  valueIn,
} from '../steps/attributes.ts'
import { expectNameParts, expectSetsText, patchAndRead } from '../steps/patches.ts'
import { patchPathsArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const isListed = (schemas: unknown, urn: string): boolean => Array.isArray(schemas) && schemas.includes(urn)

const bare = async (context: CheckContext) => {
  const made = await context.create(context.users)
  if (valueIn(made.body, enterpriseUrn) !== undefined) skip('The enterprise extension is required here.')
  return made
}

export const patchExtensionPathChecks: readonly Check[] = defineChecks(patchPathsArea, [
  should('extension-attribute', ['R-170', 'R-176'], {
    description: 'PATCH sets an attribute of an extension by its full name, and adds the URN to schemas.',
    source: 'RFC 7644 §3.5.2',
    needs: ['enterprise'],
    rationale: 'Departments, employee numbers and managers that Entra ID sends aren’t stored.',
    remedy: 'Resolve paths that start with the URN of an extension, and list that URN in schemas.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const made = await bare(context)
      const value = context.unique()
      const change = { op: 'add', path: `${enterpriseUrn}:department`, value }
      const { body, response } = await patchAndRead(context, made, change)
      expectEqual(valueIn(body, enterpriseUrn, 'department'), value, 'department', response)
      expectThat(
        isListed(body.schemas, enterpriseUrn),
        `schemas with ${enterpriseUrn}`,
        body.schemas,
        response,
      )
    },
  }),
  should('extension-sub-attribute', ['R-170'], {
    description:
      'PATCH sets a sub-attribute of an extension attribute by its full name: `urn:…:manager.value`.',
    needs: ['enterprise'],
    rationale: 'Managers aren’t stored.',
    remedy: 'Resolve sub-attributes of extension attributes.',
    run: async context => {
      requireWritableAttribute(context.users, 'manager.value', enterpriseUrn)
      const boss = await context.create(context.users)
      const made = await context.create(context.users)
      const path = `${enterpriseUrn}:manager.value`
      const { body, response } = await patchAndRead(context, made, { op: 'add', path, value: boss.id })
      expectEqual(valueIn(body, enterpriseUrn, 'manager', 'value'), boss.id, 'manager.value', response)
    },
  }),
  practice('extension-whole', ['R-170'], {
    description: 'PATCH accepts the URN of an extension as a path, with an object as value.',
    needs: ['enterprise'],
    rationale: 'Some clients set all attributes of an extension at once, and would be rejected.',
    remedy: 'Treat the URN of an extension as a complex attribute, and merge value into it.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const value = { department: context.unique() }
      const made = await context.create(
        context.users,
        extensionValues(context, context.users, enterpriseUrn, { employeeNumber: context.unique() }),
      )
      const { body, response } = await patchAndRead(context, made, { op: 'add', path: enterpriseUrn, value })
      expectEqual(valueIn(body, enterpriseUrn, 'department'), value.department, 'department', response)
    },
  }),
  should('extension-in-value', ['R-178'], {
    description: 'PATCH without path accepts the URN of an extension as a key of value.',
    source: 'RFC 7644 §3.5.2.1',
    needs: ['enterprise'],
    rationale: 'Departments and employee numbers from clients that send no path aren’t stored.',
    remedy: 'Accept URNs of extensions as names in value.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const made = await context.create(context.users)
      const department = context.unique()
      const value = { [enterpriseUrn]: { department } }
      const { body, response } = await patchAndRead(context, made, { op: 'add', value })
      expectEqual(valueIn(body, enterpriseUrn, 'department'), department, 'department', response)
    },
  }),
  practice('extension-full-names-in-value', ['R-178'], {
    description: 'PATCH without path accepts full names in value: `{"urn:…:User:department": "…"}`.',
    source: 'Entra ID',
    needs: ['enterprise'],
    rationale:
      'Entra ID sends such names with its flag. Changes of extensions are rejected or lost silently.',
    remedy: 'Parse the names in value as paths.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const made = await context.create(context.users)
      const department = context.unique()
      const value = { [`${enterpriseUrn}:department`]: department }
      const { body, response } = await patchAndRead(context, made, { op: 'add', value })
      expectEqual(valueIn(body, enterpriseUrn, 'department'), department, 'department', response)
    },
  }),
])

const refused = 'Clients that write paths this way are rejected, or their changes are lost.'

export const patchPathChecks: readonly Check[] = defineChecks(patchPathsArea, [
  must('names-in-any-case', ['R-170'], {
    description: 'Attribute names in paths ignore case.',
    source: 'RFC 7643 §2.1',
    rationale: refused,
    remedy: 'Ignore case when you look up attribute names.',
    run: context =>
      expectSetsText(context, (text, value) => ({ op: 'replace', path: text.toUpperCase(), value })),
  }),
  should('core-urn', ['R-170'], {
    description: 'PATCH accepts the schema before an attribute: `urn:…:User:title`.',
    rationale: refused,
    remedy: 'Remove the URN of the resource type’s own schema from a path before you look it up.',
    run: context =>
      expectSetsText(context, (text, value) => ({
        op: 'replace',
        path: `${context.users.schema}:${text}`,
        value,
      })),
  }),
  should('core-urn-sub-attribute', ['R-170'], {
    description: 'PATCH accepts the schema before a sub-attribute: `urn:…:User:name.givenName`.',
    rationale: refused,
    remedy: 'Parse the part after the last colon of the URN as a path. Version numbers contain dots, too.',
    run: context => {
      const path = `${context.users.schema}:name.givenName`
      return expectNameParts(context, { op: 'replace', path, value: 'Anna' }, { givenName: 'Anna' })
    },
  }),
  should('core-urn-filter', ['R-170'], {
    description: 'PATCH accepts the schema before a filter: `urn:…:User:emails[type eq "work"].value`.',
    rationale: refused,
    remedy: 'Parse the part after the URN as a path, including a filter.',
    run: async context => {
      requireWritable(context.users, 'emails.value', 'emails.type')
      const mark = context.unique()
      const made = await context.create(context.users, {
        emails: [{ type: 'work', value: `old-${mark}@example.com`, primary: true }],
      })
      const path = `${context.users.schema}:emails[type eq "work"].value`
      const value = `new-${mark}@example.com`
      const { body, response } = await patchAndRead(context, made, { op: 'replace', path, value })
      expectEqual(objectsIn(body, 'emails')[0]?.value, value, 'emails.value', response)
    },
  }),
])
