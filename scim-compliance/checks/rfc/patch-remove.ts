import type { Check } from '../../check.ts'
import { expectEqual } from '../../expect.ts'
import { isObject, type Json } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import {
  at,
  extended,
  isUnassigned,
  needWritable,
  sortedValues,
  textOf,
  valuesAt,
  writable,
} from '../tools/attributes.ts'
import { checksOf, refusalsOf } from '../tools/checks-of.ts'
import { withAddresses } from '../tools/emails.ts'
import { patched, patchOfNew } from '../tools/patches.ts'

const stays = 'What was taken away in the directory stays: old titles, numbers, managers.'
const common = {
  area: 'patch-remove',
  section: 'PATCH remove',
  source: 'RFC 7644 §3.5.2.2',
  needs: ['write', 'users', 'patch'],
} as const

const expectUnassigned = (
  value: Json | undefined,
  what: string,
  ...more: Parameters<typeof expectEqual>[3][]
) => expectEqual(isUnassigned(value) ? undefined : value, undefined, what, ...more)

/** Takes somebody's only phone number away; where one is required it can't be. */
async function expectNoPhone(stage: Stage, path: string): Promise<void> {
  if (writable(stage.users, 'phoneNumbers').required) return
  const made = await stage.create(stage.users, {
    phoneNumbers: [{ type: 'work', value: 'tel:+1-201-555-0123' }],
  })
  const { body, answer } = await patched(stage, made, { op: 'remove', path })
  expectUnassigned(at(body, 'phoneNumbers'), 'phoneNumbers', answer)
}

export const checks: readonly Check[] = [
  ...checksOf(common, [
    {
      id: 'single-value',
      level: 'MUST',
      says: 'remove leaves a single-valued attribute unassigned.',
      requirements: ['R-183'],
      matters: stays,
      mend: 'Take the attribute that path names away.',
      run: async stage => {
        const text = textOf(stage.users)
        const made = await stage.create(stage.users, { [text]: stage.unique() })
        const { body, answer } = await patched(stage, made, { op: 'remove', path: text })
        expectUnassigned(at(body, text), text, answer)
      },
    },
    {
      id: 'whole-list',
      level: 'MUST',
      says: 'remove of a multi-valued attribute takes all its values.',
      requirements: ['R-183'],
      matters: stays,
      mend: 'Take all values away when path has no filter.',
      run: stage => expectNoPhone(stage, 'phoneNumbers'),
    },
    {
      id: 'sub-attribute',
      level: 'MUST',
      says: 'remove of `name.givenName` takes just that part.',
      requirements: ['R-170', 'R-183'],
      matters: stays,
      mend: 'Resolve paths with one sub-attribute.',
      run: async stage => {
        needWritable(stage.users, 'name.middleName', 'name.familyName')
        const name = { givenName: 'Ann', middleName: 'B.', familyName: 'Check' }
        const made = await stage.create(stage.users, { name })
        const { body, answer } = await patched(stage, made, { op: 'remove', path: 'name.middleName' })
        expectUnassigned(at(body, 'name', 'middleName'), 'name.middleName', answer)
        expectEqual(at(body, 'name', 'familyName'), 'Check', 'name.familyName', answer)
      },
    },
    {
      id: 'by-filter',
      level: 'MUST',
      says: 'remove with a filter takes just the values that match.',
      requirements: ['R-184'],
      matters: 'The wrong address is taken away, or all of them.',
      mend: 'Evaluate the filter of the path for each value.',
      run: async stage => {
        const { made, address } = await withAddresses(stage, 'work', 'home')
        const { body, answer } = await patched(stage, made, {
          op: 'remove',
          path: 'emails[type eq "home"]',
        })
        expectEqual(sortedValues(body, 'emails'), [address('work')], 'emails', answer)
      },
    },
    {
      id: 'by-filter-of-two',
      level: 'MUST',
      says: 'The filter of a path may have several conditions.',
      requirements: ['R-170', 'R-184'],
      matters: 'The wrong address is taken away, or none.',
      mend: 'Parse the whole grammar of filters in the brackets of a path.',
      run: async stage => {
        const { made, address } = await withAddresses(stage, 'work', 'home')
        const path = `emails[type eq "home" and value eq "${address('home')}"]`
        const { body, answer } = await patched(stage, made, { op: 'remove', path })
        expectEqual(sortedValues(body, 'emails'), [address('work')], 'emails', answer)
      },
    },
    {
      id: 'last-by-filter',
      level: 'MUST',
      says: 'When a filter takes the last value, the attribute is unassigned.',
      requirements: ['R-184'],
      matters: 'Clients see a value that isn’t one, and try to remove it again.',
      mend: 'Leave the attribute out when no value is left.',
      run: stage => expectNoPhone(stage, 'phoneNumbers[type eq "work"]'),
    },
    {
      id: 'part-by-filter',
      level: 'MUST',
      says: 'remove of `emails[type eq "home"].display` takes that part of the values that match.',
      requirements: ['R-170', 'R-184'],
      matters: stays,
      mend: 'Resolve paths with a filter and a sub-attribute.',
      run: async stage => {
        needWritable(stage.users, 'emails.value', 'emails.type', 'emails.display')
        const mark = stage.unique()
        const email = { type: 'home', value: `home-${mark}@example.com`, display: 'Home' }
        const made = await stage.create(stage.users, { emails: [email] })
        const change = { op: 'remove', path: 'emails[type eq "home"].display' }
        const { body, answer } = await patched(stage, made, change)
        const [left] = valuesAt(body, 'emails')
        expectUnassigned(left?.display, 'emails.display', answer)
        expectEqual(left?.value, email.value, 'emails.value', answer)
      },
    },
    {
      id: 'unassigned',
      level: 'MUST',
      says: 'remove of what has no value succeeds.',
      requirements: ['R-183'],
      matters: 'Clients that make sure that something is gone are refused at each run.',
      mend: 'Answer as if it had been removed: it is as was asked for.',
      run: async stage => {
        const text = textOf(stage.users)
        const made = await stage.create(stage.users)
        const { body, answer } = await patched(stage, made, { op: 'remove', path: text })
        if (at(made.body, text) === undefined) expectUnassigned(at(body, text), text, answer)
      },
    },
    {
      id: 'from-extension',
      level: 'MUST',
      says: 'remove by full URN takes an attribute of an extension.',
      requirements: ['R-170', 'R-183'],
      needs: ['enterprise'],
      matters: stays,
      mend: 'Resolve paths that begin with the URN of an extension.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const values = { department: stage.unique(), employeeNumber: stage.unique() }
        const made = await stage.create(stage.users, extended(stage, stage.users, enterpriseUrn, values))
        const change = { op: 'remove', path: `${enterpriseUrn}:department` }
        const { body, answer } = await patched(stage, made, change)
        expectUnassigned(at(body, enterpriseUrn, 'department'), 'department', answer)
      },
    },
    {
      id: 'last-of-extension',
      level: 'MUST',
      says: 'When the last attribute of an extension is removed, its URN leaves schemas.',
      source: 'RFC 7644 §3.5.2',
      requirements: ['R-176'],
      needs: ['enterprise'],
      matters: 'Clients look for values of an extension that aren’t there.',
      mend: 'List in schemas just the extensions that have a value.',
      run: async stage => {
        writable(stage.users, 'department', enterpriseUrn)
        const made = await stage.create(
          stage.users,
          extended(stage, stage.users, enterpriseUrn, { department: stage.unique() }),
        )
        const before = at(made.body, enterpriseUrn)
        const names = isObject(before) ? Object.keys(before) : []
        const operations = names.map(name => ({ op: 'remove', path: `${enterpriseUrn}:${name}` }))
        if (operations.length !== 1) return
        const { body, answer } = await patched(stage, made, ...operations)
        const { schemas } = body
        expectEqual(
          Array.isArray(schemas) && schemas.includes(enterpriseUrn),
          false,
          'URN in schemas',
          answer,
        )
      },
    },
    {
      id: 'several',
      level: 'MUST',
      says: 'Several attributes can be removed at once.',
      requirements: ['R-171', 'R-183'],
      matters: stays,
      mend: 'Carry out all operations of a request.',
      run: async stage => {
        const text = textOf(stage.users)
        const other = textOf(stage.users, [text])
        const made = await stage.create(stage.users, { [text]: stage.unique(), [other]: stage.unique() })
        const { body, answer } = await patched(
          stage,
          made,
          { op: 'remove', path: text },
          { op: 'remove', path: other },
        )
        expectUnassigned(at(body, text), text, answer)
        expectUnassigned(at(body, other), other, answer)
      },
    },
  ]),
  ...refusalsOf(common, [
    {
      id: 'refuses-no-path',
      says: 'remove without path is refused.',
      requirements: ['R-182'],
      matters: 'A client that forgets the path would have everything removed, or thinks it was.',
      mend: 'Answer remove without path with 400 and noTarget.',
      scimTypes: ['noTarget'],
      send: stage => patchOfNew(stage, { op: 'remove' }),
    },
    {
      id: 'refuses-required',
      says: 'remove of a required attribute is refused: userName.',
      requirements: ['R-185'],
      matters: 'Somebody without a name can’t be found or changed any more.',
      mend: 'Answer it with 400 and mutability.',
      scimTypes: ['mutability', 'invalidValue'],
      send: stage => patchOfNew(stage, { op: 'remove', path: 'userName' }),
    },
    {
      id: 'refuses-read-only',
      says: 'remove of a read-only attribute is refused: id.',
      requirements: ['R-185', 'R-173'],
      matters: 'The client believes that it is gone.',
      mend: 'Answer it with 400 and mutability.',
      scimTypes: ['mutability'],
      send: stage => patchOfNew(stage, { op: 'remove', path: 'id' }),
    },
  ]),
]
