import type { Check } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import { enterpriseUrn } from '../../urns.ts'
import { byUserName, expectFound, lookUp, query } from '../tools/look-ups.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser, nobody, userNameOf } from '../tools/people.ts'
import { lookUpCheck } from './areas.ts'
import { sources } from './sources.ts'

const notLinked =
  'Users who are there already aren’t found: Entra creates them a second time, is answered 409, and keeps them in escrow.'

export const checks: readonly Check[] = [
  lookUpCheck({
    id: 'by-user-name',
    level: 'MUST',
    says: 'A user is found by userName, as the only one.',
    source: sources.tutorial,
    matters: 'This is how Entra ID finds out whether somebody is there already.',
    mend: 'Apply userName eq "…" and answer with those who match, no others.',
    effect: 'not-linked',
    leadsTo: notLinked,
    run: async stage => {
      const user = await createUser(stage)
      await expectFound(stage, byUserName(stage, user), [user.id])
    },
  }),
  lookUpCheck({
    id: 'only-the-match',
    level: 'MUST',
    says: 'Of several users a look-up shows only the one who matches.',
    source: sources.logs,
    matters: 'A filter that is ignored shows several, and Entra ID can’t tell which one is meant.',
    mend: 'Apply filters; don’t answer with the whole list where one isn’t understood.',
    effect: 'escrow',
    leadsTo: 'Every look-up has several hits: Entra reports DuplicateTargetEntries and writes nobody.',
    run: async stage => {
      const user = await createUser(stage)
      await createUser(stage)
      await expectFound(stage, byUserName(stage, user), [user.id])
    },
  }),
  lookUpCheck({
    id: 'user-name-in-other-case',
    says: 'A user is found by userName whatever its case.',
    source: sources.validator,
    matters: 'Entra ID’s names don’t mind case, and Microsoft’s validator looks up in another one.',
    mend: 'Compare userName without regard to case (RFC 7643 §4.1.1: caseExact false).',
    effect: 'not-linked',
    leadsTo:
      'Users whose name is written in another case aren’t found; Entra creates them again, as doubles or into a 409.',
    run: async stage => {
      const user = await createUser(stage)
      const name = userNameOf(user).toUpperCase()
      await expectFound(stage, lookUp(stage.users, `userName eq "${name}"`), [user.id])
    },
  }),
  lookUpCheck({
    id: 'shows-the-user',
    level: 'MUST',
    says: 'A look-up shows id and userName of who is found.',
    source: sources.tutorial,
    matters: 'Entra ID keeps the id as its link, and compares the rest.',
    mend: 'Answer look-ups with whole resources.',
    effect: 'not-linked',
    leadsTo: 'Without the id Entra can’t link who it finds.',
    run: async stage => {
      const user = await createUser(stage)
      const name = userNameOf(user)
      const [found] = await expectFound(stage, lookUp(stage.users, `userName eq "${name}"`), [user.id])
      const shows = String(found?.userName).toLowerCase()
      expectThat(shows === name.toLowerCase(), `userName "${name}"`, found?.userName)
    },
  }),
  ...(
    [
      ['plus-for-blank', 'blanks written as +', (filter: string) => query(filter)],
      ['percent-for-blank', 'blanks written as %20', (filter: string) => encodeURIComponent(filter)],
      [
        'lower-case-percents',
        'its percents in lower case',
        (filter: string) => query(filter).replaceAll(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
      ],
    ] as const
  ).map(([name, how, write]) =>
    lookUpCheck({
      id: name,
      says: `A filter with ${how} is understood.`,
      source: 'https://github.com/MicrosoftDocs/azure-docs/issues/11784',
      matters: 'Entra ID and Microsoft’s libraries encode queries in different ways.',
      mend: 'Decode queries as forms are: + and %20 are blanks, percents have either case.',
      effect: 'not-linked',
      leadsTo: notLinked,
      run: async stage => {
        const user = await createUser(stage)
        const filter = `userName eq "${userNameOf(user)}"`
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
    leadsTo: 'Users with a plus sign in their name aren’t found, are created again, and end in escrow.',
    run: async stage => {
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
    leadsTo: 'Look-ups as Microsoft documents them are refused, and those users end in escrow.',
    run: async stage => {
      const externalId = stage.unique()
      const user = await createUser(stage, { externalId })
      await expectFound(stage, lookUp(stage.users, `externalId eq ${externalId}`), [user.id])
    },
  }),
  ...(
    [
      ['attribute-in-other-case', 'USERNAME eq'],
      ['operator-in-other-case', 'userName EQ'],
    ] as const
  ).map(([name, beginning]) =>
    lookUpCheck({
      id: name,
      says: `A filter that begins with ${beginning} is understood.`,
      source: 'RFC 7644 §3.4.2.2',
      matters: 'Administrators write mappings for Entra ID in any case.',
      mend: 'Read names of attributes and operators without regard to case.',
      effect: 'not-linked',
      leadsTo: notLinked,
      run: async stage => {
        const user = await createUser(stage)
        await expectFound(stage, lookUp(stage.users, `${beginning} "${userNameOf(user)}"`), [user.id])
      },
    }),
  ),
  lookUpCheck({
    id: 'by-external-id',
    says: 'A user is found by externalId.',
    source: 'https://github.com/OctopusDeploy/Issues/issues/9841',
    matters: 'Jobs of Entra ID often match by the object’s id, kept in externalId.',
    mend: 'Keep externalId and filter by it.',
    effect: 'not-linked',
    leadsTo: 'Jobs that match by externalId find nobody, create everybody again, and fill the escrow.',
    run: async stage => {
      const externalId = nobody()
      const user = await createUser(stage, { externalId })
      await expectFound(stage, lookUp(stage.users, `externalId eq "${externalId}"`), [user.id])
    },
  }),
  lookUpCheck({
    id: 'by-work-email',
    says: 'A user is found by emails[type eq "work"].value.',
    source: sources.tutorial,
    matters: 'Entra ID sends this path where the e-mail address is a matching attribute.',
    mend: 'Understand attribute[type eq "…"].sub eq "…" in filters.',
    effect: 'not-linked',
    leadsTo: 'Jobs that match by e-mail address find nobody, and what they create ends in 409 and escrow.',
    run: async stage => {
      needs(stage.users, 'emails.value', 'emails.type')
      const user = await createUser(stage)
      const filter = `emails[type eq "work"].value eq "${userNameOf(user)}"`
      await expectFound(stage, lookUp(stage.users, filter), [user.id])
    },
  }),
  lookUpCheck({
    id: 'primary-role',
    says: 'A filter by roles[primary eq "True"].value is understood.',
    source: sources.validator,
    matters: 'Microsoft’s validator looks up users by it, with the boolean in quotes.',
    mend: 'Compare a boolean with "True" as with true.',
    effect: 'not-linked',
    leadsTo: 'Microsoft’s validator reports the filter as failed, and jobs that match by a role find nobody.',
    run: async stage => {
      needs(stage.users, 'roles.value', 'roles.primary')
      const value = stage.unique()
      const user = await createUser(stage, { roles: [{ primary: true, value }] })
      const filter = `roles[primary eq "True"].value eq "${value}"`
      await expectFound(stage, lookUp(stage.users, filter), [user.id])
    },
  }),
  lookUpCheck({
    id: 'active-in-quotes',
    says: 'A filter that compares active with "True" is understood.',
    source: sources.validator,
    matters: 'Microsoft’s clients write booleans as texts.',
    mend: 'Compare a boolean with "True" as with true.',
    effect: 'not-linked',
    leadsTo: 'Look-ups that name active as well find nobody.',
    run: async stage => {
      needs(stage.users, 'active')
      const user = await createUser(stage)
      const filter = `userName eq "${userNameOf(user)}" and active eq "True"`
      await expectFound(stage, lookUp(stage.users, filter), [user.id])
    },
  }),
  lookUpCheck({
    id: 'joined-by-and',
    level: 'MUST',
    says: 'Two comparisons joined by and are both applied.',
    source: sources.tutorial,
    matters: 'Microsoft names eq and and as the operators that a server has to have.',
    mend: 'Evaluate and.',
    effect: 'not-linked',
    leadsTo: 'Look-ups that join two conditions find nobody, or the wrong ones.',
    run: async stage => {
      const user = await createUser(stage, { externalId: nobody() })
      const name = `userName eq "${userNameOf(user)}"`
      const right = `${name} and externalId eq "${String(user.sent.externalId)}"`
      await expectFound(stage, lookUp(stage.users, right), [user.id])
      await expectFound(stage, lookUp(stage.users, `${name} and externalId eq "${nobody()}"`), [])
    },
  }),
  lookUpCheck({
    id: 'id-and-manager',
    says: 'Whether somebody has a manager is found by id and manager.',
    source: sources.tutorial,
    matters: 'The tutorial’s fourth example asks so before it sets a manager.',
    mend: 'Compare a bare manager in a filter with its value.',
    needs: ['write', 'users', 'enterprise', 'patch'],
    effect: 'escrow',
    leadsTo: 'The check of references as Microsoft documents it is refused; managers wait in escrow.',
    run: async stage => {
      const path = `${enterpriseUrn}:manager`
      needs(stage.users, path)
      const [user, manager] = [await createUser(stage), await createUser(stage)]
      await expectPatched(stage, user.path, { op: 'add', path, value: { value: manager.id } })
      const filter = `id eq "${user.id}" and manager eq "${manager.id}"`
      await expectFound(stage, lookUp(stage.users, filter, 'attributes=id&'), [user.id])
    },
  }),
  lookUpCheck({
    id: 'escaped-quotes',
    says: 'A value with escaped quotes, brackets and signs is answered with an empty list.',
    source: sources.howItWorks,
    matters: 'Names in Entra ID may hold any sign.',
    mend: 'Read values in filters as JSON texts, with \\" for a quote.',
    needs: ['users'],
    effect: 'escrow',
    leadsTo:
      'Objects with special signs in their names are refused when they are looked up, and stay in escrow.',
    run: async stage => {
      const name = JSON.stringify(`${nobody()} "x" (a) [b] 50% & ü`)
      await expectFound(stage, lookUp(stage.users, `userName eq ${name}`), [])
    },
  }),
  lookUpCheck({
    id: 'read-by-id',
    level: 'MUST',
    says: 'A user is read by id.',
    source: sources.tutorial,
    matters: 'Entra ID reads each linked user by id before it writes.',
    mend: 'Serve GET /Users/{id}, with the id that POST has answered.',
    effect: 'escrow',
    leadsTo: 'Entra reports InvalidAnchor for everybody it has created, and updates nobody.',
    run: async stage => {
      const user = await createUser(stage)
      const answer = await stage.get(user.path)
      expectStatus(answer, 200)
    },
  }),
]
