import type { Check } from '../../../check.ts'
import { skip } from '../../../expect.ts'
import type { Made } from '../../../stage.ts'
import { at, numberOf } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { checksOf, type Own } from '../checks-of.ts'

const minute = 60_000

const shifted = (time: number, minutes: number): string => new Date(time + minutes * minute).toISOString()

const createdOf = (made: Made): number => {
  const time = Date.parse(String(at(made.body, 'meta', 'created')))
  return Number.isNaN(time) ? skip('What is created has no meta.created.') : time
}

/** A time before or after that of creation, and whether the operator is true of it then. */
const byTime = (operator: string, words: string, hit: number, miss: number): Own => ({
  id: `${operator}-time`,
  level: 'MUST',
  says: `\`meta.created ${operator}\` finds what was created ${words} a moment.`,
  requirements: ['R-102', 'R-113'],
  matters: 'Clients that ask only for what is new or changed miss people, or read everything each time.',
  mend: `Compare dateTime values of ${operator} as moments, also in the attributes below meta.`,
  run: async stage => {
    const made = await stage.create(stage.users)
    const time = createdOf(made)
    await expectFound(stage, stage.users, `meta.created ${operator} "${shifted(time, hit)}"`, [made])
    await expectFound(stage, stage.users, `meta.created ${operator} "${shifted(time, miss)}"`, [], [made])
  },
})

/** The same moment, told in the time of India. */
const elsewhere = (time: number): string => shifted(time, 330).replace('Z', '+05:30')

export const checks: readonly Check[] = checksOf(
  {
    area: 'filter',
    section: 'Filter',
    source: 'RFC 7644 §3.4.2.2, table 3',
    needs: ['write', 'users', 'filter'],
  },
  [
    byTime('gt', 'after', -1, 1),
    byTime('ge', 'at or after', -1, 1),
    byTime('lt', 'before', 1, -1),
    byTime('le', 'at or before', 1, -1),
    {
      id: 'time-zones',
      level: 'MUST',
      says: 'Times with another zone are compared as moments, not as texts.',
      requirements: ['R-102'],
      matters:
        'A client in another zone asks for the changes of the last hour and gets those of the wrong one.',
      mend: 'Read the offset of a dateTime before you compare it.',
      run: async stage => {
        const made = await stage.create(stage.users)
        const time = createdOf(made)
        const { users } = stage
        await expectFound(stage, users, `meta.created gt "${elsewhere(time - minute)}"`, [made])
        await expectFound(stage, users, `meta.created gt "${elsewhere(time + minute)}"`, [], [made])
      },
    },
    {
      id: 'changed-since',
      level: 'practice',
      says: '`meta.lastModified gt` finds users that were modified since.',
      requirements: ['R-113'],
      matters: 'Reconciliation jobs read only what changed since their last run, and would miss it.',
      mend: 'Make meta.lastModified available to filters, and move it with each change.',
      run: async stage => {
        const made = await stage.create(stage.users)
        const time = Date.parse(String(at(made.body, 'meta', 'lastModified')))
        if (Number.isNaN(time)) skip('What is created has no meta.lastModified.')
        await expectFound(stage, stage.users, `meta.lastModified gt "${shifted(time, -1)}"`, [made])
        await expectFound(stage, stage.users, `meta.lastModified gt "${shifted(time, 1)}"`, [], [made])
      },
    },
    {
      id: 'numbers',
      level: 'MUST',
      says: 'Numbers are compared as numbers: 10 comes after 9.',
      requirements: ['R-099', 'R-102'],
      matters: 'Searches by age, cost center or level find the wrong users.',
      mend: 'Compare integers and decimals by value, not as texts.',
      run: async stage => {
        const { type, name } = numberOf(stage)
        const nine = await stage.create(type, { [name]: 9 })
        const ten = await stage.create(type, { [name]: 10 })
        await expectFound(stage, type, `${name} gt 9`, [ten], [nine])
        await expectFound(stage, type, `${name} le 9`, [nine], [ten])
        await expectFound(stage, type, `${name} eq 10`, [ten], [nine])
      },
    },
  ],
)
