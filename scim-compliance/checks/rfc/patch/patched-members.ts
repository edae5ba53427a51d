import { expectEqual } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'
import type { Made, Stage } from '../../../stage.ts'
import { sortedValues, writable } from '../../tools/attributes.ts'
import { patched, withMembers } from '../../tools/patches.ts'

/** Three users, of whom the first two, or none, are in a group; skips where members aren't shown. */
export async function team(stage: Stage, inside = 2) {
  writable(stage.groups, 'members')
  const made: Made[] = []
  for (let number = 0; number < 3; number++) made.push(await stage.create(stage.users))
  const ids = made.map(({ id }) => id)
  const full = await withMembers(stage, ids.slice(0, inside || 1))
  const group = inside === 0 ? await stage.create(stage.groups) : full
  return { group, a: ids[0] ?? '', b: ids[1] ?? '', c: ids[2] ?? '' }
}

/** Just these are in the group after these operations. */
export async function expectLeft(
  stage: Stage,
  group: Made,
  ids: readonly string[],
  ...operations: readonly JsonObject[]
): Promise<void> {
  const { body, answer } = await patched(stage, group, ...operations)
  expectEqual(sortedValues(body, 'members'), ids.toSorted(), 'members', answer)
}
