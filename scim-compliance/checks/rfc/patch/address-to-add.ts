import type { JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { withAddresses } from '../../tools/emails.ts'

/** Somebody with two addresses, and a third one to give them. */
export async function withAddressToAdd(stage: Stage) {
  const found = await withAddresses(stage, 'work', 'other')
  const home: JsonObject = { type: 'home', value: found.address('home') }
  return { ...found, home }
}
