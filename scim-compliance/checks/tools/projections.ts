import { expectEqual, expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { at, textOf } from './attributes.ts'
import { followsFrom } from './prepared.ts'

/** Somebody with a text, and the name of that text. */
export async function someone(stage: Stage, more: JsonObject = {}) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique(), ...more })
  const read = await stage.get(made.path)
  if (at(read.body, text) === undefined) skip(`The server doesn’t return ${text} without attributes, either.`)
  return { text, made }
}

/** Shows what was asked for and id, and not the rest. */
export function expectOnly(
  body: JsonObject | undefined,
  shown: string,
  hidden: string,
  answer: Answer,
): void {
  expectThat(typeof body?.id === 'string', 'id', body, answer)
  expectThat(at(body, shown) !== undefined, shown, body, answer)
  expectEqual(at(body, hidden), undefined, `${hidden}, which wasn’t asked for,`, answer)
}

/** Reads it with these attributes. */
export const ask = async (stage: Stage, path: string, attributes: string) => {
  const answer = await stage.get(`${path}?attributes=${encodeURIComponent(attributes)}`)
  expectStatus(answer, 200)
  return { answer, body: objectIn(answer) }
}

/** Skips where attributes is ignored as a whole: then how names are written isn't what is wrong. */
export async function needProjection(stage: Stage, path: string, text: string): Promise<void> {
  const { body } = await ask(stage, path, 'userName')
  if (at(body, text) !== undefined) followsFrom('The server ignores attributes', 'rfc/projection/get')
}

/** Reads it with attributes whose names are written in some way; `text` is one that none of them names. */
export async function askNamed(stage: Stage, path: string, text: string, attributes: string) {
  await needProjection(stage, path, text)
  return ask(stage, path, attributes)
}
