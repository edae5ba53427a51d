import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../expect.ts'
import type { Made, Stage } from '../../stage.ts'
import { at, attributeOf, needWritable, textOf } from '../tools/attributes.ts'
import { checksOf, type Own } from '../tools/checks-of.ts'
import { expectFound, list } from '../tools/lists.ts'
import { posted } from '../tools/posted.ts'

const users = async (stage: Stage, name: string, values: readonly string[]): Promise<readonly Made[]> => {
  const made: Made[] = []
  for (const value of values) made.push(await stage.create(stage.users, { [name]: value }))
  return made
}

const elsewhere = (mark: string): string => `elsewhere ${mark}x elsewhere`

/** `word` is in the first one's value and not in the second's, where the operator looks for it. */
const substring = (
  operator: string,
  where: string,
  word: (mark: string) => string,
  other: (mark: string) => string,
): Own => ({
  id: `${operator}-string`,
  level: 'MUST',
  says: `\`${operator}\` finds texts that ${where}, and no others.`,
  requirements: ['R-100'],
  matters:
    'Consoles and scripts look people up by a part of a name; without it they find nobody or everybody.',
  mend: `Evaluate ${operator} as table 3 has it: a match of a part of the text, at that place only.`,
  run: async stage => {
    const text = textOf(stage.users)
    const mark = stage.unique()
    const [one, two] = await users(stage, text, [`${mark} Middle end${mark}`, other(mark)])
    if (one && two) await expectFound(stage, stage.users, `${text} ${operator} "${word(mark)}"`, [one], [two])
  },
})

/** Of b, c and d compared with c. */
const ordering = (operator: string, words: string, hits: readonly number[]): Own => ({
  id: `${operator}-string`,
  level: 'MUST',
  says: `\`${operator}\` finds texts that come ${words} in lexical order.`,
  requirements: ['R-102'],
  matters:
    'Clients split large directories by ranges of names; people outside of a wrong range are lost to them.',
  mend: `Compare strings lexically for ${operator}, by the attribute's caseExact.`,
  run: async stage => {
    const text = textOf(stage.users)
    const mark = stage.unique()
    const made = await users(stage, text, [`${mark} b`, `${mark} c`, `${mark} d`])
    await expectFound(
      stage,
      stage.users,
      `${text} ${operator} "${mark} c"`,
      made.filter((_, index) => hits.includes(index)),
      made.filter((_, index) => !hits.includes(index)),
    )
  },
})

export const checks: readonly Check[] = checksOf(
  {
    area: 'filter',
    section: 'Filter',
    source: 'RFC 7644 §3.4.2.2, table 3',
    needs: ['write', 'users', 'filter'],
  },
  [
    {
      id: 'eq-string',
      level: 'MUST',
      says: '`userName eq` finds the one user who has it, and counts just that one.',
      requirements: ['R-097', 'R-099'],
      matters:
        'Entra ID and Okta look everybody up like this first; a wrong answer makes duplicates or links the wrong person.',
      mend: 'Return only resources whose whole value is equal, and their number in totalResults.',
      run: async stage => {
        const made = await stage.create(stage.users)
        const other = await stage.create(stage.users)
        const name = at(made.body, 'userName') ?? skip('Users have no userName.')
        const filter = `userName eq ${JSON.stringify(name)}`
        await expectFound(stage, stage.users, filter, [made], [other])
        const answer = await list(stage, stage.users, { filter })
        expectThat(
          resourcesIn(answer).length === 1,
          'one resource',
          resourcesIn(answer).map(({ userName }) => userName ?? null),
          answer,
        )
        const { totalResults } = objectIn(answer)
        if (totalResults !== undefined) expectEqual(totalResults, 1, 'totalResults', answer)
      },
    },
    {
      id: 'eq-whole-value',
      level: 'MUST',
      says: '`eq` compares the whole value: the beginning of a name finds nobody.',
      requirements: ['R-099'],
      matters: 'A client that looks for "ann" and is given "anna" links the wrong account.',
      mend: 'Compare for equality, not by a pattern or prefix.',
      run: async stage => {
        const text = textOf(stage.users)
        const mark = stage.unique()
        const made = await users(stage, text, [`${mark} longer`])
        await expectFound(stage, stage.users, `${text} eq "${mark}"`, [], made)
      },
    },
    {
      id: 'eq-wildcards-are-text',
      level: 'MUST',
      says: 'Characters such as `*`, `%` and `_` stand for themselves in a filter.',
      requirements: ['R-099', 'R-100'],
      matters: 'A name with an underscore would match other people, and a client would change the wrong one.',
      mend: 'Escape the wildcards of your database in values of filters.',
      run: async stage => {
        const text = textOf(stage.users)
        const mark = stage.unique()
        const [one, two] = await users(stage, text, [`${mark} a_b%c`, `${mark} aXbYYc`])
        if (one && two) await expectFound(stage, stage.users, `${text} sw "${mark} a_b%"`, [one], [two])
      },
    },
    {
      id: 'eq-id',
      level: 'MUST',
      says: '`id eq` finds a resource by its id.',
      requirements: ['R-099'],
      matters: 'Entra ID asks `id eq … and manager eq …` to see whether a manager is set.',
      mend: 'Make id available to filters, as every attribute is.',
      run: async stage => {
        const made = await stage.create(stage.users)
        const other = await stage.create(stage.users)
        await expectFound(stage, stage.users, `id eq ${JSON.stringify(made.id)}`, [made], [other])
      },
    },
    {
      id: 'eq-external-id',
      level: 'MUST',
      says: '`externalId eq` finds a resource by the id that the client gave it.',
      requirements: ['R-099'],
      matters: 'Clients match by externalId; where it isn’t found they make the person a second time.',
      mend: 'Keep externalId as it was sent, and make it available to filters.',
      run: async stage => {
        const mark = stage.unique()
        const made = await stage.create(stage.users, { externalId: mark })
        const other = await stage.create(stage.users)
        await expectFound(stage, stage.users, `externalId eq "${mark}"`, [made], [other])
      },
    },
    {
      id: 'eq-group-name',
      level: 'MUST',
      says: '`displayName eq` finds a group.',
      requirements: ['R-099'],
      needs: ['groups'],
      matters: 'Entra ID looks groups up by displayName; where it isn’t found, groups are made twice.',
      mend: 'Evaluate filters on groups as on users.',
      run: async stage => {
        const made = await stage.create(stage.groups)
        const other = await stage.create(stage.groups)
        const filter = `displayName eq ${JSON.stringify(at(made.body, 'displayName') ?? null)}`
        await expectFound(stage, stage.groups, filter, [made], [other])
      },
    },
    {
      id: 'ne-string',
      level: 'MUST',
      says: '`ne` finds texts that are different.',
      requirements: ['R-099'],
      matters: 'A client that asks for everybody but one gets the one, or nobody.',
      mend: 'Evaluate ne as the opposite of eq.',
      run: async stage => {
        const text = textOf(stage.users)
        const mark = stage.unique()
        const [one, two] = await users(stage, text, [`${mark} one`, `${mark} two`])
        if (one && two) await expectFound(stage, stage.users, `${text} ne "${mark} two"`, [one], [two])
      },
    },
    substring('co', 'have another text in them', mark => `end${mark}`, elsewhere),
    substring('sw', 'begin with another text', mark => mark, elsewhere),
    substring(
      'ew',
      'end with another text',
      mark => `d${mark}`,
      mark => `elsewhere d${mark}x`,
    ),
    ordering('gt', 'after another', [2]),
    ordering('ge', 'after another or are equal to it', [1, 2]),
    ordering('lt', 'before another', [0]),
    ordering('le', 'before another or are equal to it', [0, 1]),
    {
      id: 'pr',
      level: 'MUST',
      says: '`pr` finds those who have a value, and no others.',
      requirements: ['R-101'],
      matters: 'Clients ask for who has a number or a manager, and take the answer for all of them.',
      mend: 'Evaluate pr as: has a value that isn’t null, an empty text or an empty list.',
      run: async stage => {
        const text = textOf(stage.users)
        const one = await stage.create(stage.users, { [text]: stage.unique() })
        const two = await stage.create(stage.users)
        if (at(two.body, text) !== undefined) skip(`Every user has ${text} here.`)
        await expectFound(stage, stage.users, `${text} pr`, [one], [two])
      },
    },
    {
      id: 'pr-complex',
      level: 'MUST',
      says: '`name pr` is true of who has any part of a name.',
      requirements: ['R-101'],
      matters: 'Clients that look for incomplete accounts report all, or none.',
      mend: 'Evaluate pr of a complex attribute as: one of its sub-attributes has a value.',
      run: async stage => {
        needWritable(stage.users, 'name.givenName')
        const made = await stage.create(stage.users, { name: { givenName: 'Ann', familyName: 'Check' } })
        await expectFound(stage, stage.users, 'name pr', [made])
      },
    },
    {
      id: 'eq-boolean',
      level: 'MUST',
      says: '`active eq true` and `active eq false` find who is active and who isn’t.',
      requirements: ['R-099'],
      matters: 'Clients that look for leavers by `active eq false` leave their accounts open.',
      mend: 'Compare booleans as booleans; true and false stand without quotes.',
      run: async stage => {
        needWritable(stage.users, 'active')
        const on = await stage.create(stage.users, { active: true })
        const off = await stage.create(stage.users, { active: false })
        await expectFound(stage, stage.users, 'active eq true', [on], [off])
        await expectFound(stage, stage.users, 'active eq false', [off], [on])
      },
    },
    {
      id: 'ne-boolean',
      level: 'MUST',
      says: '`active ne true` finds who isn’t active.',
      requirements: ['R-099'],
      matters: 'Clients that look for leavers leave their accounts open.',
      mend: 'Compare booleans as booleans, also for ne.',
      run: async stage => {
        needWritable(stage.users, 'active')
        const on = await stage.create(stage.users, { active: true })
        const off = await stage.create(stage.users, { active: false })
        await expectFound(stage, stage.users, 'active ne true', [off], [on])
      },
    },
    {
      id: 'eq-default',
      level: 'MUST',
      says: 'What the server put in itself is found as if the client had sent it.',
      requirements: ['R-111'],
      matters: 'People who are shown as active but not found as such are forgotten by every count.',
      mend: 'Evaluate filters on the resource as it is returned, defaults included.',
      run: async stage => {
        const { active, ...body } = stage.sample(stage.users)
        if (active !== undefined && attributeOf(stage.users, 'active')?.required)
          skip('active is required here.')
        const answer = await posted(stage, stage.users, body)
        expectStatus(answer, 201)
        const made = { id: String(objectIn(answer).id), body: objectIn(answer), path: '', sent: body, answer }
        if (typeof made.body.active !== 'boolean') skip('The server puts no active in by itself.')
        await expectFound(stage, stage.users, `active eq ${made.body.active}`, [made])
      },
    },
  ],
)
