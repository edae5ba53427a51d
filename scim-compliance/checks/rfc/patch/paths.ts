import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { needWritable, valuesAt } from '../../tools/attributes.ts'
import { expectGivesText, expectName } from '../../tools/patch-users.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { patchPathsArea } from './areas.ts'

const refused = 'Clients that write paths like this are refused, and their changes don’t arrive.'

export const checks: readonly Check[] = checksOf(patchPathsArea, [
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
    level: 'SHOULD',
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
    level: 'SHOULD',
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
    level: 'SHOULD',
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
])
