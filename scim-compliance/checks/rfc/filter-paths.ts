import type { Check } from '../../check.ts'
import { skip } from '../../expect.ts'
import type { Made, Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { at, attributeOf, extended, needWritable, textOf, writable } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { withEmails } from '../tools/emails.ts'
import { expectFound } from '../tools/lists.ts'

/** One with a@ at work and b@ at home, and one with the types the other way round. */
const crossed = async (stage: Stage): Promise<{ mark: string; one: Made; two: Made }> => {
  needWritable(stage.users, 'emails.value', 'emails.type')
  const mark = stage.unique()
  const emails = (work: string, home: string) => [
    { type: 'work', value: `${work}-${mark}@example.com` },
    { type: 'home', value: `${home}-${mark}@example.org` },
  ]
  const one = await withEmails(stage, { emails: emails('a', 'b') })
  return { mark, one, two: await stage.create(stage.users, { emails: emails('b', 'a') }) }
}

const manyValued =
  'Clients look people up by any of their addresses; the wrong person is linked, or made again.'

export const checks: readonly Check[] = checksOf(
  {
    area: 'filter',
    section: 'Filter',
    source: 'RFC 7644 §3.4.2.2',
    needs: ['write', 'users', 'filter'],
  },
  [
    {
      id: 'sub-attributes',
      level: 'MUST',
      says: 'A part of a complex attribute is named with a dot: `name.familyName eq`.',
      requirements: ['R-098', 'R-108'],
      matters: 'Consoles look people up by their family name.',
      mend: 'Resolve paths with one sub-attribute.',
      run: async stage => {
        needWritable(stage.users, 'name.familyName')
        const mark = stage.unique()
        const one = await stage.create(stage.users, { name: { givenName: 'Ann', familyName: mark } })
        const two = await stage.create(stage.users)
        await expectFound(stage, stage.users, `name.familyName eq "${mark}"`, [one], [two])
      },
    },
    {
      id: 'any-value',
      level: 'MUST',
      says: 'A multi-valued attribute matches when any of its values does: `emails.value eq`.',
      requirements: ['R-106'],
      matters: manyValued,
      mend: 'Compare every value, not only the first or the primary one.',
      run: async stage => {
        const { mark, one, two } = await crossed(stage)
        const filter = `emails.value eq "b-${mark}@example.org"`
        await expectFound(stage, stage.users, filter, [one], [two])
      },
    },
    {
      id: 'value-is-understood',
      level: 'MUST',
      says: 'A multi-valued attribute without a sub-attribute means its value: `emails co`.',
      requirements: ['R-106'],
      matters: manyValued,
      mend: 'Take value as the sub-attribute where a filter names none.',
      run: async stage => {
        const { mark, one, two } = await crossed(stage)
        await expectFound(stage, stage.users, `emails co "a-${mark}@example.com"`, [one], [two])
      },
    },
    {
      id: 'value-path',
      level: 'MUST',
      says: '`emails[type eq "work" and value sw "a"]` applies both conditions to the same value.',
      requirements: ['R-107'],
      matters: manyValued,
      mend: 'Evaluate what stands in brackets for one value at a time.',
      run: async stage => {
        const { mark, one, two } = await crossed(stage)
        const filter = `emails[type eq "work" and value sw "a-${mark}"]`
        await expectFound(stage, stage.users, filter, [one], [two])
      },
    },
    {
      id: 'without-value-path',
      level: 'MUST',
      says: 'Without brackets, conditions may be met by different values.',
      requirements: ['R-106'],
      matters: manyValued,
      mend: 'Join values only for what stands in brackets.',
      run: async stage => {
        const { mark, one, two } = await crossed(stage)
        const filter = `emails.type eq "work" and emails.value sw "a-${mark}"`
        await expectFound(stage, stage.users, filter, [one, two])
      },
    },
    {
      id: 'value-path-logic',
      level: 'MUST',
      says: '`or`, `not` and parentheses are understood in brackets.',
      requirements: ['R-098', 'R-107'],
      matters: manyValued,
      mend: 'Parse the whole grammar in brackets too.',
      run: async stage => {
        const { mark, one, two } = await crossed(stage)
        const filter = `emails[(value eq "a-${mark}@example.com" or value eq "b-${mark}@example.org") and not (type eq "home")]`
        await expectFound(stage, stage.users, filter, [one], [two])
      },
    },
    {
      id: 'value-path-combined',
      level: 'MUST',
      says: 'An expression in brackets can be combined with others.',
      requirements: ['R-098'],
      matters: manyValued,
      mend: 'Take an expression in brackets as a side of and and or.',
      run: async stage => {
        const { mark, one, two } = await crossed(stage)
        const filter = `emails[value sw "b-${mark}" and type eq "home"] and id pr`
        await expectFound(stage, stage.users, filter, [one], [two])
      },
    },
    {
      id: 'ignores-case',
      level: 'MUST',
      says: 'userName is compared by its caseExact: without regard to case, where that is false.',
      requirements: ['R-110'],
      matters:
        'Entra ID looks for Ann@ and the server has ann@: it makes the person a second time, or ends in conflicts.',
      mend: 'Fold case when you compare attributes whose caseExact is false.',
      run: async stage => {
        if (attributeOf(stage.users, 'userName')?.caseExact !== false) skip('userName is caseExact here.')
        const made = await stage.create(stage.users)
        const other = await stage.create(stage.users)
        const name = String(at(made.body, 'userName')).toUpperCase()
        await expectFound(stage, stage.users, `userName eq ${JSON.stringify(name)}`, [made], [other])
      },
    },
    {
      id: 'ignores-case-in-parts',
      level: 'MUST',
      says: '`co`, `sw` and `ew` follow caseExact too.',
      requirements: ['R-110', 'R-100'],
      matters: 'People who are looked for in lower case aren’t found.',
      mend: 'Fold case also when you compare parts of texts.',
      run: async stage => {
        const text = textOf(stage.users)
        if (attributeOf(stage.users, text)?.caseExact) skip(`${text} is caseExact here.`)
        const mark = stage.unique()
        const made = await stage.create(stage.users, { [text]: `${mark} Middle ${mark}` })
        for (const filter of [
          `${text} sw "${mark.toUpperCase()} MID"`,
          `${text} co "${mark} middle"`,
          `${text} ew "E ${mark.toUpperCase()}"`,
        ])
          await expectFound(stage, stage.users, filter, [made])
      },
    },
    {
      id: 'respects-case',
      level: 'MUST',
      says: 'Attributes that are caseExact are compared with regard to case: externalId.',
      requirements: ['R-110'],
      matters: 'Ids of directories differ by case only; the wrong person would be linked.',
      mend: 'Compare attributes whose caseExact is true as they are.',
      run: async stage => {
        if (attributeOf(stage.users, 'externalId')?.caseExact === false)
          skip('externalId isn’t caseExact here.')
        const mark = stage.unique()
        const made = await stage.create(stage.users, { externalId: `${mark}-abc` })
        await expectFound(stage, stage.users, `externalId eq "${mark}-ABC"`, [], [made])
      },
    },
    {
      id: 'schema-urn-in-paths',
      level: 'MAY',
      says: 'Names may be given with their schema: `urn:…:User:userName sw`.',
      requirements: ['R-112'],
      matters: 'Clients that write all names in full are refused.',
      mend: 'Cut the URN of the type’s own schema off a path before you look it up.',
      run: async stage => {
        const made = await stage.create(stage.users)
        const other = await stage.create(stage.users)
        const name = JSON.stringify(at(made.body, 'userName') ?? null)
        await expectFound(stage, stage.users, `${stage.users.schema}:userName eq ${name}`, [made], [other])
      },
    },
    {
      id: 'schemas',
      level: 'MAY',
      says: '`schemas eq "urn…"` finds resources that have a schema.',
      requirements: ['R-112'],
      matters: 'Queries over several types use it to tell them apart.',
      mend: 'Make schemas available to filters.',
      run: async stage => {
        const made = await stage.create(stage.users)
        await expectFound(stage, stage.users, `schemas eq "${stage.users.schema}"`, [made])
        await expectFound(stage, stage.users, 'schemas eq "urn:example:nonsuch"', [], [made])
      },
    },
    {
      id: 'extension-attributes',
      level: 'MUST',
      says: 'Attributes of extensions are found by their URN: `urn:…:enterprise:2.0:User:employeeNumber eq`.',
      requirements: ['R-098'],
      needs: ['enterprise'],
      matters: 'Human resources’ systems match people by employee number.',
      mend: 'Resolve paths that begin with the URN of an extension; the last colon ends it.',
      run: async stage => {
        writable(stage.users, 'employeeNumber', enterpriseUrn)
        const mark = stage.unique()
        const one = await stage.create(
          stage.users,
          extended(stage, stage.users, enterpriseUrn, { employeeNumber: mark }),
        )
        const two = await stage.create(stage.users)
        await expectFound(stage, stage.users, `${enterpriseUrn}:employeeNumber eq "${mark}"`, [one], [two])
      },
    },
    {
      id: 'manager',
      level: 'MUST',
      says: '`urn:…:enterprise:2.0:User:manager.value eq` finds who reports to somebody.',
      requirements: ['R-098'],
      needs: ['enterprise'],
      matters: 'Entra ID asks whether a manager is set before it sets one.',
      mend: 'Resolve sub-attributes of attributes of extensions.',
      run: async stage => {
        writable(stage.users, 'manager.value', enterpriseUrn)
        const boss = await stage.create(stage.users)
        const one = await stage.create(
          stage.users,
          extended(stage, stage.users, enterpriseUrn, { manager: { value: boss.id } }),
        )
        const filter = `${enterpriseUrn}:manager.value eq ${JSON.stringify(boss.id)}`
        await expectFound(stage, stage.users, filter, [one], [boss])
      },
    },
    {
      id: 'members',
      level: 'MUST',
      says: '`members.value eq` finds the groups that somebody is in.',
      requirements: ['R-106'],
      needs: ['groups'],
      matters:
        'Entra ID and AWS ask so whether somebody is a member; a wrong answer adds or removes them again.',
      mend: 'Make members available to filters on groups.',
      run: async stage => {
        const user = await stage.create(stage.users)
        const one = await stage.create(stage.groups, { members: [{ value: user.id }] })
        const two = await stage.create(stage.groups)
        const id = JSON.stringify(user.id)
        await expectFound(stage, stage.groups, `members.value eq ${id}`, [one], [two])
        await expectFound(stage, stage.groups, `members[value eq ${id}]`, [one], [two])
      },
    },
  ],
)
