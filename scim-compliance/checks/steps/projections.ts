import type { CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { textAttributeName, valueIn } from './attributes.ts'
import { skipAsConsequence } from './prerequisites.ts'

/** Somebody with a text, and the name of that text. */
export async function createWithText(context: CheckContext, more: JsonObject = {}) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique(), ...more })
  const read = await context.get(made.path)
  if (valueIn(read.body, text) === undefined)
    skip(`The server doesn’t return ${text} without attributes, either.`)
  return { text, made }
}

/** Shows what was asked for and id, and not the rest. */
export function expectOnly(
  body: JsonObject | undefined,
  shown: string,
  hidden: string,
  response: ScimResponse,
): void {
  expectThat(typeof body?.id === 'string', 'id', body, response)
  expectThat(valueIn(body, shown) !== undefined, shown, body, response)
  expectEqual(valueIn(body, hidden), undefined, `${hidden}, which wasn’t asked for,`, response)
}

/** Reads it with these attributes. */
export const readWithAttributes = async (context: CheckContext, path: string, attributes: string) => {
  const response = await context.get(`${path}?attributes=${encodeURIComponent(attributes)}`)
  expectStatus(response, 200)
  return { response, body: jsonObject(response) }
}

/** Skips where attributes is ignored as a whole: then how names are written isn't what is wrong. */
export async function requireProjection(context: CheckContext, path: string, text: string): Promise<void> {
  const { body } = await readWithAttributes(context, path, 'userName')
  if (valueIn(body, text) !== undefined)
    skipAsConsequence('The server ignores attributes', 'rfc/projection/get')
}

/** Reads it with attributes whose names are written in some way; `text` is one that none of them names. */
export async function readWithNamedAttributes(
  context: CheckContext,
  path: string,
  text: string,
  attributes: string,
) {
  await requireProjection(context, path, text)
  return readWithAttributes(context, path, attributes)
}
