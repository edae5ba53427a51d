import type { JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { expectMembers, join } from '../tools/memberships.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createGroup, createUser } from '../tools/people.ts'

/** A group, and so many users of whom the first `inside` are members. */
export async function team(
  stage: Stage,
  size: number,
  inside = 0,
): Promise<{ readonly group: Made; readonly ids: readonly string[] }> {
  needs(stage.groups, 'members')
  const group = await createGroup(stage)
  const users: Made[] = []
  for (let made = 0; made < size; made++) users.push(await createUser(stage))
  const ids = users.map(({ id }) => id)
  if (inside > 0) await join(stage, group, ids.slice(0, inside))
  return { group, ids }
}

export const listed = (ids: readonly string[]): readonly JsonObject[] => ids.map(value => ({ value }))

type Picked<Picks> = (ids: readonly string[]) => readonly Picks[]

/** Who is a member after a PATCH of such a team. */
export const whenPatched =
  (
    { size, inside }: { readonly size: number; readonly inside: number },
    operations: Picked<JsonObject>,
    left: Picked<string>,
  ) =>
  async (stage: Stage): Promise<void> => {
    const { group, ids } = await team(stage, size, inside)
    await expectPatched(stage, group.path, ...operations(ids))
    await expectMembers(stage, group, ids, left(ids))
  }
