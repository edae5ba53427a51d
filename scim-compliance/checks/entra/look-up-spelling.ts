import type { Check } from '../../check.ts'
import { byUserName, expectFound, lookUp, needFoundUser, query } from '../tools/look-ups.ts'
import { createUser, userNameOf } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { lookUpCheck, notLinked } from './areas.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  ...(
    [
      ['plus-for-blank', 'blanks written as +', undefined, (filter: string) => query(filter)],
      [
        'percent-for-blank',
        'blanks written as %20',
        'Entra writes blanks in a filter as %20',
        (filter: string) => encodeURIComponent(filter),
      ],
      [
        'lower-case-percents',
        'its percents in lower case',
        'Entra writes the percent codes of a filter in lower case',
        (filter: string) => query(filter).replaceAll(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
      ],
    ] as const
  ).map(([name, how, when, write]) =>
    lookUpCheck({
      id: name,
      says: `A filter with ${how} is understood.`,
      source: 'https://github.com/MicrosoftDocs/azure-docs/issues/11784',
      matters: 'Entra ID and Microsoft’s libraries encode queries in different ways.',
      mend: 'Decode queries as forms are: + and %20 are blanks, percents have either case.',
      effect: 'not-linked',
      ...(when !== undefined && { when }),
      leadsTo: notLinked,
      run: async stage => {
        const user = await createUser(stage)
        const filter = `userName eq "${userNameOf(user)}"`
        // Every look-up of the suite but this one has blanks as Entra writes them.
        if (name !== 'plus-for-blank') await needFoundUser(stage, user)
        else
          await reached('A look-up doesn’t find the user', 'entra/look-up/by-user-name', () =>
            expectFound(stage, `${stage.users.endpoint}?filter=${encodeURIComponent(filter)}`, [user.id]),
          )
        await expectFound(stage, `${stage.users.endpoint}?filter=${write(filter)}`, [user.id])
      },
    }),
  ),
  lookUpCheck({
    id: 'plus-in-a-name',
    says: 'A userName with a plus sign is found.',
    source: 'https://github.com/MicrosoftDocs/azure-docs/issues/11784',
    matters: 'Entra ID writes the sign of anna+test@… as %2B and blanks as +.',
    mend: 'Decode the query once: first + to a blank, then the percents.',
    effect: 'not-linked',
    when: 'a userName has a plus sign',
    leadsTo: 'The user isn’t found, is created again, and is answered 409.',
    run: async stage => {
      await needFoundUser(stage, await createUser(stage))
      const user = await createUser(stage, { userName: `${stage.unique()}+a@example.com` })
      await expectFound(stage, byUserName(stage, user), [user.id])
    },
  }),
  lookUpCheck({
    id: 'unquoted-value',
    says: 'A filter whose value has no quotes is understood.',
    source: sources.tutorial,
    matters: 'Microsoft’s tutorial has requests like filter=externalId eq jyoung.',
    mend: 'Read a bare word behind eq as a text.',
    effect: 'not-linked',
    when: 'Entra sends filter values without quotes, as in Microsoft’s tutorial',
    leadsTo: 'Look-ups fail, and the users aren’t provisioned.',
    run: async stage => {
      const externalId = stage.unique()
      const user = await createUser(stage, { externalId })
      await needFoundUser(stage, user)
      await expectFound(stage, lookUp(stage.users, `externalId eq ${externalId}`), [user.id])
    },
  }),
  ...(
    [
      ['attribute-in-other-case', 'USERNAME eq', 'your mapping has userName in another case'],
      ['operator-in-other-case', 'userName EQ', 'Entra sends an operator in another case'],
    ] as const
  ).map(([name, beginning, when]) =>
    lookUpCheck({
      id: name,
      says: `A filter that begins with ${beginning} is understood.`,
      source: 'RFC 7644 §3.4.2.2',
      matters: 'Administrators write mappings for Entra ID in any case.',
      mend: 'Read names of attributes and operators without regard to case.',
      effect: 'not-linked',
      when,
      leadsTo: notLinked,
      run: async stage => {
        const user = await createUser(stage)
        await needFoundUser(stage, user)
        await expectFound(stage, lookUp(stage.users, `${beginning} "${userNameOf(user)}"`), [user.id])
      },
    }),
  ),
]
