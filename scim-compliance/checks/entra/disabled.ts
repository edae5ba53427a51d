import type { Check } from '../../check.ts'
import { expectThat, resourcesIn } from '../../expect.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { byUserName, expectFound, howFound, needFoundUser } from '../tools/look-ups.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { followsFrom } from '../tools/prepared.ts'
import { read } from '../tools/read.ts'
import { valueAt } from '../tools/value-at.ts'
import { disableCheck } from './areas.ts'
import { disabled, setActive, setActiveByDefault } from './disabled-user.ts'
import { needRead } from './needed.ts'
import { sources } from './sources.ts'

const hidden =
  'Disabled users are lost, because the server hides them: Entra reports InvalidAnchor, and can’t enable them again.'

export const checks: readonly Check[] = [
  disableCheck({
    id: 'still-read-by-id',
    level: 'MUST',
    says: 'A disabled user is read by id.',
    source: sources.tutorial,
    matters: 'Entra ID reads users by id before it enables them again.',
    mend: 'Keep disabled users; only DELETE takes one away.',
    effect: 'not-linked',
    leadsTo: hidden,
    run: async stage => {
      needs(stage.users, 'active')
      const { path } = await createUser(stage)
      await needRead(stage, path)
      for (const sent of [operation('Replace', 'active', 'False'), operation('replace', 'active', false)]) {
        if ((await stage.patch(path, sent)).status >= 300) continue
        const { body } = await read(stage, path)
        if (valueAt(body, 'active') === false) return
      }
      followsFrom('Users can’t be disabled', 'entra/disable/default')
    },
  }),
  disableCheck({
    id: 'still-found',
    level: 'MUST',
    says: 'A disabled user is found by userName.',
    source: sources.tutorial,
    matters: 'Entra ID looks users up whatever their state.',
    mend: 'Show disabled users in lists and look-ups.',
    effect: 'not-linked',
    leadsTo:
      'Disabled users who are assigned again aren’t found: Entra creates them, is answered 409, and keeps them in escrow.',
    run: async stage => {
      needs(stage.users, 'active')
      const user = await createUser(stage)
      await needFoundUser(stage, user)
      await setActive(stage, user, false)
      await expectFound(stage, byUserName(stage, user), [user.id])
    },
  }),
  disableCheck({
    id: 'shown-disabled',
    level: 'MUST',
    says: 'A look-up shows a disabled user with active false.',
    source: sources.tutorial,
    matters: 'Entra ID decides by it whether to enable somebody again.',
    mend: 'Show active as a boolean, also where it is false.',
    effect: 'shown-wrong',
    leadsTo: 'Users who come back stay disabled, because Entra takes them for active.',
    run: async stage => {
      const user = await disabled(stage)
      const { how, answer } = await howFound(stage, user)
      if (how !== 'only')
        followsFrom('A look-up doesn’t find just the disabled user', 'entra/disable/still-found')
      const [found = {}] = resourcesIn(answer)
      const active = valueAt(found, 'active') ?? null
      expectThat(active === false, 'active false', active, answer)
    },
  }),
  disableCheck({
    id: 'keeps-the-rest',
    says: 'Disabling leaves all else as it was.',
    source: sources.howItWorks,
    matters: 'Entra ID enables the same user again, and sends only what differs.',
    mend: 'Change active, and nothing else.',
    effect: 'data-lost',
    leadsTo: 'Users who are disabled lose data on the server.',
    run: async stage => {
      const user = await disabled(stage)
      const names = ['userName', 'displayName', 'emails'].filter(name => user.body[name] !== undefined)
      await expectKept(stage, user.path, Object.fromEntries(names.map(name => [name, user.body[name]])))
    },
  }),
  disableCheck({
    id: 'twice',
    says: 'Disabling somebody who is disabled succeeds.',
    source: sources.howItWorks,
    matters: 'Entra ID repeats a PATCH whose answer it hasn’t got.',
    mend: 'Answer 200 or 204 where nothing is left to change.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'Disabling a user again goes wrong.',
    run: async stage => {
      needs(stage.users, 'active')
      const user = await createUser(stage)
      await setActiveByDefault(stage, user, false)
      await expectPatched(stage, user.path, operation('Replace', 'active', 'False'))
      await expectKept(stage, user.path, { active: false })
    },
  }),
  disableCheck({
    id: 'changed-meanwhile',
    says: 'A disabled user is changed.',
    source: sources.howItWorks,
    matters: 'Entra ID sends what differs along with active when somebody comes back.',
    mend: 'Take changes of disabled users.',
    effect: 'write',
    leadsTo: 'Changes of disabled users aren’t applied.',
    run: async stage => {
      needs(stage.users, 'displayName')
      const user = await disabled(stage)
      await expectPatched(stage, user.path, operation('Replace', 'displayName', 'Mira Stone'))
      await expectKept(stage, user.path, { displayName: 'Mira Stone', active: false })
    },
  }),
  disableCheck({
    id: 'soft-delete-and-restore',
    says: 'Somebody who is deleted softly and restored has the same id, is active, and has the changes that came along.',
    source: sources.howItWorks,
    matters:
      'Entra ID disables on a soft delete, and enables the same id on a restore, with what has changed.',
    mend: 'Apply all operations of a PATCH, and keep the id.',
    effect: 'write',
    leadsTo: 'Users who are restored from the recycle bin don’t get their account back as it should be.',
    run: async stage => {
      needs(stage.users, 'active', 'displayName')
      const user = await createUser(stage)
      for (const active of [false, true, false]) await setActiveByDefault(stage, user, active)
      await expectPatched(
        stage,
        user.path,
        operation('Replace', 'active', 'True'),
        operation('Replace', 'displayName', 'Mira Stone'),
      )
      await expectKept(stage, user.path, { id: user.id, active: true, displayName: 'Mira Stone' })
    },
  }),
]
