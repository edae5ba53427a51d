import type { Check } from '../../check.ts'
import { expectThat, resourcesIn } from '../../expect.ts'
import { byUserName, expectFound, howFound, lookUp, needFoundUser } from '../tools/look-ups.ts'
import { createUser, userNameOf } from '../tools/people.ts'
import { followsFrom } from '../tools/prepared.ts'
import { lookUpCheck, notLinked } from './areas.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  lookUpCheck({
    id: 'by-user-name',
    level: 'MUST',
    says: 'A user is found by userName.',
    source: sources.tutorial,
    matters: 'This is how Entra ID finds out whether somebody is there already.',
    mend: 'Apply userName eq "…" and answer with those who match, no others.',
    effect: 'not-linked',
    leadsTo: notLinked,
    run: async stage => {
      await createUser(stage)
      const user = await createUser(stage)
      const { how, answer } = await howFound(stage, user)
      if (how === 'more') followsFrom('A look-up shows more than who matches', 'entra/look-up/only-the-match')
      const found = resourcesIn(answer).map(({ id = null }) => id)
      expectThat(how === 'only', `the user with the id ${user.id}`, found, answer)
    },
  }),
  lookUpCheck({
    id: 'only-the-match',
    level: 'MUST',
    says: 'Of several users a look-up shows only the one who matches, with totalResults 1.',
    source: sources.logs,
    matters: 'A filter that is ignored shows several, and Entra ID can’t tell which one is meant.',
    mend: 'Apply filters; don’t answer with the whole list where one isn’t understood.',
    effect: 'escrow',
    leadsTo: 'Every look-up has several hits: Entra reports DuplicateTargetEntries and writes nobody.',
    run: async stage => {
      const user = await createUser(stage)
      await createUser(stage)
      const { how } = await howFound(stage, user)
      if (how === 'none') followsFrom('A look-up doesn’t find the user', 'entra/look-up/by-user-name')
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
    when: 'a name in Entra differs in case from the server’s',
    leadsTo: 'The user isn’t found; Entra creates them again, as a double or into a 409.',
    run: async stage => {
      const user = await createUser(stage)
      await needFoundUser(stage, user)
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
      await needFoundUser(stage, user)
      const name = userNameOf(user)
      const answer = await stage.get(byUserName(stage, user))
      const [found] = resourcesIn(answer)
      const shows = String(found?.userName).toLowerCase()
      expectThat(shows === name.toLowerCase(), `userName "${name}"`, found?.userName, answer)
    },
  }),
]
