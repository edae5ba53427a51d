import { expectEqual } from '../../../expect.ts'
import type { Json } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at, isUnassigned, writable } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'

export const expectUnassigned = (
  value: Json | undefined,
  what: string,
  ...more: Parameters<typeof expectEqual>[3][]
) => expectEqual(isUnassigned(value) ? undefined : value, undefined, what, ...more)

/** Takes somebody's only phone number away; where one is required it can't be. */
export async function expectNoPhone(stage: Stage, path: string): Promise<void> {
  if (writable(stage.users, 'phoneNumbers').required) return
  const made = await stage.create(stage.users, {
    phoneNumbers: [{ type: 'work', value: 'tel:+1-201-555-0123' }],
  })
  const { body, answer } = await patched(stage, made, { op: 'remove', path })
  expectUnassigned(at(body, 'phoneNumbers'), 'phoneNumbers', answer)
}
