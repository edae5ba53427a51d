import type { JsonObject } from '../../../json.ts'
import type { Made, Stage } from '../../../stage.ts'
import { textOf } from '../../tools/attributes.ts'

/** Somebody with a text, and that user replaced with another. */
export async function replaced(stage: Stage, more: (made: Made) => JsonObject = () => ({})) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique() })
  const value = stage.unique()
  const answer = await stage.put(made.path, { ...made.sent, [text]: value, ...more(made) })
  return { text, made, value, answer }
}
