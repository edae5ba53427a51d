import type { Check } from '../../check.ts'
import { expectThat, skip } from '../../expect.ts'
import { isObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { followsFrom, reached } from '../tools/prepared.ts'
import { read } from '../tools/read.ts'
import { valueAt } from '../tools/value-at.ts'
import { managerCheck } from './areas.ts'
import { emptied } from './foreseen.ts'
import { path, removing, setting } from './manager-operations.ts'
import { setManager } from './set-manager.ts'
import { sources } from './sources.ts'

const value = `${path}.value`

/** Somebody and two who could be their manager. */
const people = async (stage: Stage): Promise<readonly [Made, Made, Made]> => {
  needs(stage.users, path)
  return [await createUser(stage), await createUser(stage), await createUser(stage)]
}

const managed = async (stage: Stage): Promise<readonly [Made, Made, Made]> => {
  const [user, manager, other] = await people(stage)
  await setManager(stage, user, manager)
  return [user, manager, other]
}

/** Nobody, in any of the ways to say so; an object whose value is empty is still an object. */
async function expectNoManager(stage: Stage, user: Made): Promise<void> {
  const { body, answer } = await read(stage, user.path)
  const shown = valueAt(body, path)
  const isGone = shown === undefined || shown === null || shown === ''
  expectThat(isGone, 'no manager', shown ?? null, answer)
}

export const checks: readonly Check[] = [
  ...setting.map(({ name, says, source, when, sent }) =>
    managerCheck({
      id: name,
      says,
      source,
      matters:
        'Entra ID writes managers after all users are there, by the id that the server has given them.',
      mend: 'Take a text, an object and a list of one for manager, by its URN and by its short name.',
      effect: 'write',
      ...(when !== undefined && { when }),
      leadsTo: 'Managers aren’t set.',
      run: async stage => {
        const [user, manager] = await people(stage)
        await expectPatched(stage, user.path, sent(manager.id))
        await expectKept(stage, user.path, { [value]: manager.id })
      },
    }),
  ),
  ...removing.map(({ name, says, source, dialect, when, sent }) =>
    managerCheck({
      id: name,
      says,
      source,
      matters: `${dialect}.`,
      mend: 'Let each way of emptying manager take it away, and succeed.',
      effect: 'write',
      ...(when !== undefined && { when }),
      leadsTo: 'Users keep a manager whom they no longer have.',
      accepted: 'The server reports success, and Entra doesn’t notice.',
      foresee: emptied,
      run: async stage => {
        const [user, manager] = await managed(stage)
        await expectPatched(stage, user.path, sent(manager.id))
        await expectNoManager(stage, user)
      },
    }),
  ),
  managerCheck({
    id: 'replace-text',
    says: 'Replace changes the manager by a bare id.',
    source: sources.managerText,
    matters: 'Entra ID sends this when somebody gets another manager.',
    mend: 'Read a text for manager as its value.',
    effect: 'write',
    leadsTo: 'Managers aren’t changed.',
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
      'Users with a manager can’t be read: Entra reports that it can’t deserialize them, and retries them later (escrow).',
    run: async stage => {
      const [user, manager] = await people(stage)
      const { status } = await stage.patch(user.path, operation('Add', path, manager.id))
      if (status >= 300) skip('The server takes no manager as a bare id.')
      const { body, answer } = await read(stage, user.path)
      const shown = valueAt(body, path)
      if (shown === undefined) followsFrom('The manager isn’t set', 'entra/manager/add-text')
      expectThat(isObject(shown), 'manager as an object', shown, answer)
    },
  }),
  managerCheck({
    id: 'keeps-the-department',
    says: 'Setting the manager leaves the other enterprise attributes.',
    source: sources.howItWorks,
    matters: 'Entra ID writes managers in a PATCH of their own.',
    mend: 'Change one attribute of the extension, not the extension.',
    effect: 'data-lost',
    leadsTo: 'Setting a manager changes the user’s other enterprise attributes, such as the department.',
    run: async stage => {
      needs(stage.users, path, `${enterpriseUrn}:department`)
      const manager = await createUser(stage)
      const user = await createUser(stage, { [enterpriseUrn]: { department: 'Freight' } })
      const kept = { [`${enterpriseUrn}:department`]: 'Freight' }
      await reached('The department isn’t kept', 'entra/create/keeps-the-mapping', () =>
        expectKept(stage, user.path, kept),
      )
      await setManager(stage, user, manager)
      await expectKept(stage, user.path, kept)
    },
  }),
]
