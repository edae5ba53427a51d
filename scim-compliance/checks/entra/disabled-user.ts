import type { Json } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'

/** Ways to write active: by default, and with the flag aadOptscim062020. */
const ways: readonly (readonly [op: string, write: (active: boolean) => Json])[] = [
  ['Replace', active => (active ? 'True' : 'False')],
  ['replace', active => active],
]

/** Has a user be active or not, in a way that the server takes; skips where none has an effect. */
export const setActive = (stage: Stage, { path }: Pick<Made, 'path'>, active: boolean): Promise<Json> =>
  reached(
    `Users can’t be ${active ? 'enabled' : 'disabled'}`,
    active ? 'entra/disable/default-enable' : 'entra/disable/default',
    ...ways.map(([op, write]) => async () => {
      await expectPatched(stage, path, operation(op, 'active', write(active)))
      return expectKept(stage, path, { active })
    }),
  )

/** The same by Entra's default request alone. */
export const setActiveByDefault = (stage: Stage, { path }: Pick<Made, 'path'>, active: boolean) =>
  reached(
    `Entra’s default request doesn’t ${active ? 'enable' : 'disable'} a user`,
    active ? 'entra/disable/default-enable' : 'entra/disable/default',
    async () => {
      await expectPatched(stage, path, operation('Replace', 'active', active ? 'True' : 'False'))
      return expectKept(stage, path, { active })
    },
  )

/** A user who is disabled. */
export async function disabled(stage: Stage): Promise<Made> {
  needs(stage.users, 'active')
  const user = await createUser(stage)
  await setActive(stage, user, false)
  return user
}
