import type { Check } from '../../check.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectFound, lookUp, needFoundUser } from '../tools/look-ups.ts'
import { needs } from '../tools/offered.ts'
import { createUser, nobody, userNameOf } from '../tools/people.ts'
import { lookUpCheck } from './areas.ts'
import { setManager } from './set-manager.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  lookUpCheck({
    id: 'by-external-id',
    says: 'A user is found by externalId.',
    source: 'https://github.com/OctopusDeploy/Issues/issues/9841',
    matters: 'Jobs of Entra ID often match by the object’s id, kept in externalId.',
    mend: 'Keep externalId and filter by it.',
    effect: 'not-linked',
    when: 'your job matches users by externalId',
    leadsTo: 'Nobody is found, and users who exist are created again.',
    run: async stage => {
      const externalId = nobody()
      const user = await createUser(stage, { externalId })
      await needFoundUser(stage, user)
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
    when: 'your job matches users by their work e-mail address',
    leadsTo: 'Nobody is found, and users who exist are created again.',
    run: async stage => {
      needs(stage.users, 'emails.value', 'emails.type')
      const user = await createUser(stage)
      await needFoundUser(stage, user)
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
    when: 'your job matches users by their primary role',
    leadsTo: 'Nobody is found, and Microsoft’s validator reports the filter as failed.',
    run: async stage => {
      needs(stage.users, 'roles.value', 'roles.primary')
      const value = stage.unique()
      const user = await createUser(stage, { roles: [{ primary: true, value }] })
      await needFoundUser(stage, user)
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
    when: 'your job matches users by active as well',
    leadsTo: 'Nobody is found.',
    run: async stage => {
      needs(stage.users, 'active')
      const user = await createUser(stage)
      await needFoundUser(stage, user)
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
    when: 'Entra joins two conditions in a look-up',
    leadsTo: 'Nobody is found, or the wrong users are.',
    run: async stage => {
      const user = await createUser(stage, { externalId: nobody() })
      await needFoundUser(stage, user)
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
    when: 'Entra checks references by a filter, as in Microsoft’s tutorial',
    leadsTo: 'The check fails, and managers may have to wait.',
    run: async stage => {
      const path = `${enterpriseUrn}:manager`
      needs(stage.users, path)
      const [user, manager] = [await createUser(stage), await createUser(stage)]
      await needFoundUser(stage, user)
      await setManager(stage, user, manager)
      const filter = `id eq "${user.id}" and manager eq "${manager.id}"`
      await expectFound(stage, lookUp(stage.users, filter, 'attributes=id&'), [user.id])
      const other = `id eq "${user.id}" and manager eq "${nobody()}"`
      await expectFound(stage, lookUp(stage.users, other, 'attributes=id&'), [])
    },
  }),
  lookUpCheck({
    id: 'escaped-quotes',
    says: 'A value with escaped quotes, brackets and signs is answered with an empty list.',
    source: sources.howItWorks,
    matters:
      'Names in Entra ID may hold any sign, though Microsoft supports none of the special ones in matching attributes.',
    mend: 'Read values in filters as JSON texts, with \\" for a quote.',
    effect: 'escrow',
    when: 'a name has quotes, brackets or other special characters',
    leadsTo: 'The look-up fails, and the user isn’t provisioned.',
    run: async stage => {
      await needFoundUser(stage, await createUser(stage))
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
      await expectKept(stage, user.path, { id: user.id, userName: userNameOf(user) })
    },
  }),
]
