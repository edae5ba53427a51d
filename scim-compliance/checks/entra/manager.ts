import type { Check } from '../../check.ts'
import { expectThat, skip } from '../../expect.ts'
import { isObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { read } from '../tools/read.ts'
import { valueAt } from '../tools/value-at.ts'
import { managerCheck } from './areas.ts'
import { path, removing, setting } from './manager-operations.ts'
import { sources } from './sources.ts'

const value = `${path}.value`

/** Somebody and two who could be their manager. */
const people = async (stage: Stage): Promise<readonly [Made, Made, Made]> => {
  needs(stage.users, path)
  return [await createUser(stage), await createUser(stage), await createUser(stage)]
}

/** Sets a manager in a way that every server takes. */
const managed = async (stage: Stage): Promise<readonly [Made, Made, Made]> => {
  const [user, manager, other] = await people(stage)
  await expectPatched(stage, user.path, operation('add', path, { value: manager.id }))
  await expectKept(stage, user.path, { [value]: manager.id })
  return [user, manager, other]
}

export const checks: readonly Check[] = [
  ...setting.map(({ name, says, source, sent }) =>
    managerCheck({
      id: name,
      says,
      source,
      matters:
        'Entra ID writes managers after all users are there, by the id that the server has given them.',
      mend: 'Take a text, an object and a list of one for manager, by its URN and by its short name.',
      effect: 'data-lost',
      leadsTo: 'Managers aren’t set: the update fails, and the user waits in escrow.',
      run: async stage => {
        const [user, manager] = await people(stage)
        await expectPatched(stage, user.path, sent(manager.id))
        await expectKept(stage, user.path, { [value]: manager.id })
      },
    }),
  ),
  ...removing.map(({ name, says, source, dialect, sent }) =>
    managerCheck({
      id: name,
      says,
      source,
      matters: `${dialect}.`,
      mend: 'Let each way of emptying manager take it away, and succeed.',
      effect: 'shown-wrong',
      leadsTo: 'People keep a manager whom they don’t have any more, and may stay in escrow.',
      run: async stage => {
        const [user, manager] = await managed(stage)
        await expectPatched(stage, user.path, sent(manager.id))
        await expectKept(stage, user.path, { [value]: undefined })
      },
    }),
  ),
  managerCheck({
    id: 'replace-text',
    says: 'Replace changes the manager by a bare id.',
    source: sources.managerText,
    matters: 'Entra ID sends this when somebody gets another manager.',
    mend: 'Read a text for manager as its value.',
    effect: 'data-lost',
    leadsTo: 'Managers aren’t changed: the update fails, and the user waits in escrow.',
    run: async stage => {
      const [user, , other] = await managed(stage)
      await expectPatched(stage, user.path, operation('Replace', path, other.id))
      await expectKept(stage, user.path, { [value]: other.id })
    },
  }),
  managerCheck({
    id: 'shown-as-an-object',
    level: 'MUST',
    says: 'A manager who came as a bare id is shown as an object.',
    source: sources.managerRead,
    matters: 'Entra ID can’t read a user whose manager is a text.',
    mend: 'Answer manager as {"value": "…"}.',
    effect: 'escrow',
    leadsTo:
      'Users with a manager can’t be read: Entra reports that it isn’t able to deserialize them, and keeps them in escrow.',
    run: async stage => {
      const [user, manager] = await people(stage)
      const { status } = await stage.patch(user.path, operation('Add', path, manager.id))
      if (status >= 300) skip('The server takes no manager as a bare id.')
      const { body, answer } = await read(stage, user.path)
      const shown = valueAt(body, path)
      expectThat(shown === undefined || isObject(shown), 'manager as an object', shown, answer)
    },
  }),
  managerCheck({
    id: 'keeps-the-department',
    says: 'Setting the manager leaves the other enterprise attributes.',
    source: sources.howItWorks,
    matters: 'Entra ID writes managers in a PATCH of their own.',
    mend: 'Change one attribute of the extension, not the extension.',
    effect: 'data-lost',
    leadsTo: 'Departments and numbers are lost whenever a manager is set.',
    run: async stage => {
      needs(stage.users, path, `${enterpriseUrn}:department`)
      const manager = await createUser(stage)
      const user = await createUser(stage, { [enterpriseUrn]: { department: 'Freight' } })
      await expectPatched(stage, user.path, operation('add', path, { value: manager.id }))
      await expectKept(stage, user.path, { [value]: manager.id, [`${enterpriseUrn}:department`]: 'Freight' })
    },
  }),
]
