import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import type { Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { at, extended, needWritable, textOf, valuesAt, writable } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { expectGivesText, expectName } from '../tools/patch-users.ts'
import { patched } from '../tools/patches.ts'
import { readAgain } from '../tools/read.ts'

const refused = 'Clients that write paths like this are refused, and their changes don’t arrive.'

/** Has the URN in schemas. */
const isListed = (schemas: unknown, urn: string): boolean => Array.isArray(schemas) && schemas.includes(urn)

const bare = async (stage: Stage) => {
  const made = await stage.create(stage.users)
  if (at(made.body, enterpriseUrn) !== undefined) skip('Everybody has the enterprise extension here.')
  return made
}

export const checks: readonly Check[] = checksOf(
  {
    area: 'patch-paths',
    section: 'PATCH',
    source: 'RFC 7644 §3.5.2, figure 7',
    needs: ['write', 'users', 'patch'],
  },
  [
    {
      id: 'answers-200-or-204',
      level: 'MUST',
      says: 'PATCH is answered with 200 and the resource, or with 204 and no body.',
      source: 'RFC 7644 §3.5.2',
      requirements: ['R-166', 'R-175'],
      matters: 'Clients take anything else for a failure and send the change again.',
      mend: 'Answer 200 with the whole resource, or 204 without a body.',
      run: async stage => {
        const made = await stage.create(stage.users)
        const change = { op: 'replace', path: textOf(stage.users), value: stage.unique() }
        const answer = await stage.patch(made.path, change)
        expectStatus(answer, 200, 204)
        if (answer.status === 204) expectEqual(answer.text, '', 'body', answer)
        else expectEqual(objectIn(answer).id, made.id, 'id', answer)
      },
    },
    {
      id: 'answers-as-stored',
      level: 'MUST',
      says: 'What PATCH answers is what GET answers afterwards.',
      source: 'RFC 7644 §3.5.2',
      requirements: ['R-175'],
      matters: 'Clients keep what they are answered, and see a difference the next time.',
      mend: 'Answer with the resource as it is after the change.',
      run: async stage => {
        const text = textOf(stage.users)
        const made = await stage.create(stage.users)
        const answer = await stage.patch(made.path, { op: 'replace', path: text, value: stage.unique() })
        if (answer.status === 204) skip('PATCH is answered without a body.')
        expectStatus(answer, 200)
        expectEqual(answer.body, await readAgain(stage, made.path), 'answer', answer)
      },
    },
    {
      id: 'names-in-any-case',
      level: 'MUST',
      says: 'Names in paths are understood in upper and lower case.',
      source: 'RFC 7643 §2.1',
      requirements: ['R-170'],
      matters: refused,
      mend: 'Look names of attributes up without regard to case.',
      run: stage =>
        expectGivesText(stage, (text, value) => ({ op: 'replace', path: text.toUpperCase(), value })),
    },
    {
      id: 'core-urn',
      level: 'MUST',
      says: 'A path may have the schema before it: `urn:…:User:title`.',
      requirements: ['R-170'],
      matters: refused,
      mend: 'Cut the URN of the type’s own schema off a path before you look it up.',
      run: stage =>
        expectGivesText(stage, (text, value) => ({
          op: 'replace',
          path: `${stage.users.schema}:${text}`,
          value,
        })),
    },
    {
      id: 'core-urn-sub-attribute',
      level: 'MUST',
      says: 'A path may have the schema before a sub-attribute: `urn:…:User:name.givenName`.',
      requirements: ['R-170'],
      matters: refused,
      mend: 'Read what follows the last colon of the URN as a path; version numbers have dots too.',
      run: stage => {
        const path = `${stage.users.schema}:name.givenName`
        return expectName(stage, { op: 'replace', path, value: 'Anna' }, { givenName: 'Anna' })
      },
    },
    {
      id: 'core-urn-filter',
      level: 'MUST',
      says: 'A path may have the schema before a filter: `urn:…:User:emails[type eq "work"].value`.',
      requirements: ['R-170'],
      matters: refused,
      mend: 'Read what follows the URN as a path, filter and all.',
      run: async stage => {
        needWritable(stage.users, 'emails.value', 'emails.type')
        const mark = stage.unique()
        const made = await stage.create(stage.users, {
          emails: [{ type: 'work', value: `old-${mark}@example.com`, primary: true }],
        })
        const path = `${stage.users.schema}:emails[type eq "work"].value`
        const value = `new-${mark}@example.com`
        const { body, answer } = await patched(stage, made, { op: 'replace', path, value })
        expectEqual(valuesAt(body, 'emails')[0]?.value, value, 'emails.value', answer)
      },
    },
    {
      id: 'extension-attribute',
      level: 'MUST',
      says: 'An attribute of an extension is set by its full name, and its URN comes into schemas.',
      source: 'RFC 7644 §3.5.2',
      requirements: ['R-170', 'R-176'],
      needs: ['enterprise'],
      matters: 'Departments, numbers and managers that Entra ID sends don’t arrive.',
      mend: 'Resolve paths that begin with the URN of an extension, and list it in schemas.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const made = await bare(stage)
        const value = stage.unique()
        const change = { op: 'add', path: `${enterpriseUrn}:department`, value }
        const { body, answer } = await patched(stage, made, change)
        expectEqual(at(body, enterpriseUrn, 'department'), value, 'department', answer)
        expectThat(
          isListed(body.schemas, enterpriseUrn),
          `schemas with ${enterpriseUrn}`,
          body.schemas,
          answer,
        )
      },
    },
    {
      id: 'extension-sub-attribute',
      level: 'MUST',
      says: 'A part of an attribute of an extension is set by its full name: `urn:…:manager.value`.',
      requirements: ['R-170'],
      needs: ['enterprise'],
      matters: 'Managers don’t arrive.',
      mend: 'Resolve sub-attributes of attributes of extensions.',
      run: async stage => {
        writable(stage.users, 'manager.value', enterpriseUrn)
        const boss = await stage.create(stage.users)
        const made = await stage.create(stage.users)
        const path = `${enterpriseUrn}:manager.value`
        const { body, answer } = await patched(stage, made, { op: 'add', path, value: boss.id })
        expectEqual(at(body, enterpriseUrn, 'manager', 'value'), boss.id, 'manager.value', answer)
      },
    },
    {
      id: 'extension-whole',
      level: 'practice',
      says: 'The URN of an extension alone is a path; its value is an object.',
      requirements: ['R-170'],
      needs: ['enterprise'],
      matters: 'Some clients set all attributes of an extension at once; they are refused.',
      mend: 'Take the URN of an extension as a complex attribute, and merge into it.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const value = { department: stage.unique() }
        const made = await stage.create(
          stage.users,
          extended(stage, stage.users, enterpriseUrn, { employeeNumber: stage.unique() }),
        )
        const { body, answer } = await patched(stage, made, { op: 'add', path: enterpriseUrn, value })
        expectEqual(at(body, enterpriseUrn, 'department'), value.department, 'department', answer)
      },
    },
    {
      id: 'extension-in-value',
      level: 'MUST',
      says: 'Without path, an extension’s attributes stand below its URN in value.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-178'],
      needs: ['enterprise'],
      matters: 'Departments and numbers of clients that send no path don’t arrive.',
      mend: 'Take URNs of extensions as names in value.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const made = await stage.create(stage.users)
        const department = stage.unique()
        const value = { [enterpriseUrn]: { department } }
        const { body, answer } = await patched(stage, made, { op: 'add', value })
        expectEqual(at(body, enterpriseUrn, 'department'), department, 'department', answer)
      },
    },
    {
      id: 'extension-full-names-in-value',
      level: 'practice',
      says: 'Without path, names in value may be full: `{"urn:…:User:department": "…"}`.',
      source: 'Entra ID',
      requirements: ['R-178'],
      needs: ['enterprise'],
      matters: 'Entra ID sends such names; they are refused, or forgotten without a word.',
      mend: 'Read the names in value as paths.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const made = await stage.create(stage.users)
        const department = stage.unique()
        const value = { [`${enterpriseUrn}:department`]: department }
        const { body, answer } = await patched(stage, made, { op: 'add', value })
        expectEqual(at(body, enterpriseUrn, 'department'), department, 'department', answer)
      },
    },
  ],
)
