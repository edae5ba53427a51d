import type { CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { textAttributeName, valueIn } from './attributes.ts'
import { skipAsConsequence } from './prerequisites.ts'

export async function createWithText(context: CheckContext, more: JsonObject = {}) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique(), ...more })
  const read = await context.get(made.path)
  if (valueIn(read.body, text) === undefined)
    skip(`The server doesn’t return ${text} without the parameter attributes either.`)
  return { text, made }
}

/** Expects the requested attribute and id, and no others. */
export function expectOnly(
  body: JsonObject | undefined,
  shown: string,
  hidden: string,
  response: ScimResponse,
): void {
  expectThat(typeof body?.id === 'string', 'id', body, response)
  expectThat(valueIn(body, shown) !== undefined, shown, body, response)
  expectEqual(valueIn(body, hidden), undefined, `${hidden}, which wasn’t requested,`, response)
}

export const readWithAttributes = async (context: CheckContext, path: string, attributes: string) => {
  const response = await context.get(`${path}?attributes=${encodeURIComponent(attributes)}`)
  expectStatus(response, 200)
  return { response, body: jsonObject(response) }
}

/** Skips if the server ignores attributes: the notation of names is then not the cause. */
export async function requireProjection(context: CheckContext, path: string, text: string): Promise<void> {
  const { body } = await readWithAttributes(context, path, 'userName')
  if (valueIn(body, text) !== undefined)
    skipAsConsequence('The server ignores attributes', 'rfc/projection/get')
}

/** Reads the user with attributes in some notation; `text` is the one that none of them names. */
export async function readWithNamedAttributes(
  context: CheckContext,
  path: string,
  text: string,
  attributes: string,
) {
  await requireProjection(context, path, text)
  return readWithAttributes(context, path, attributes)
}
