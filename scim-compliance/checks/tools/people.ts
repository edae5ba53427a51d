import { randomUUID } from 'node:crypto'
import { expectStatus, fail, objectIn, resourcesIn, shown, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Answer, AttributeAtHand, Made, Stage, TypeAtHand } from '../../stage.ts'

/** The attribute that a path leads to, as far as the type has it; what stands in brackets doesn't count. */
export function attributeAt(type: TypeAtHand, path: string): AttributeAtHand | undefined {
  const extension = type.extensions.find(({ schema }) =>
    path.toLowerCase().startsWith(`${schema.toLowerCase()}:`),
  )
  if (path.startsWith('urn:') && !extension) return undefined
  const within = extension ? path.slice(extension.schema.length + 1) : path
  const [top = '', ...below] = within.replace(/\[[^\]]*\]/, '').split('.')
  return below.reduce<AttributeAtHand | undefined>(
    (attribute, name) => named(attribute?.subAttributes ?? [], name),
    named(extension?.attributes ?? type.attributes, top),
  )
}

const named = (attributes: readonly AttributeAtHand[], name: string) =>
  attributes.find(attribute => attribute.name.toLowerCase() === name.toLowerCase())

/** Some types don't describe what every resource has. */
const common = new Set(['externalId', 'id'])

export const offers = (type: TypeAtHand, path: string): boolean =>
  common.has(path) || (attributeAt(type, path)?.mutability ?? 'readOnly') !== 'readOnly'

/** Skips the check where the type has no such attribute that can be written. */
export function needs(type: TypeAtHand, ...paths: readonly string[]): void {
  const missing = paths.find(path => !offers(type, path))
  if (missing !== undefined) skip(`The server's ${type.name} has no ${missing} that could be written.`)
}

/** An address that nobody else has. */
export const address = (stage: Stage): string => `${stage.unique()}@example.com`

/** A user as Entra's default mapping has it, as far as the server knows the attributes. */
export const person = (stage: Stage): JsonObject => {
  const userName = address(stage)
  const all: JsonObject = {
    userName,
    displayName: 'Mira Holt',
    name: { givenName: 'Mira', familyName: 'Holt' },
    active: true,
    emails: [{ primary: true, type: 'work', value: userName }],
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => offers(stage.users, name)))
}

export const createUser = (stage: Stage, given: JsonObject = {}): Promise<Made> =>
  stage.create(stage.users, { ...person(stage), ...given })

export const createGroup = (stage: Stage, given: JsonObject = {}): Promise<Made> =>
  stage.create(stage.groups, { displayName: stage.unique(), ...given })

/** The user name that was sent. */
export const userNameOf = ({ sent }: Made): string => String(sent.userName)

/** A random id as Entra takes it for its probes. */
export const nobody = (): string => randomUUID()

/** Entra's way of writing a query: blanks as plus signs, the rest in percents. */
export const query = (filter: string): string => encodeURIComponent(filter).replaceAll('%20', '+')

/** `/Users?filter=userName+eq+%22…%22` */
export const lookUp = (type: TypeAtHand, filter: string, more = ''): string =>
  `${type.endpoint}?${more}filter=${query(filter)}`

/** Looks somebody up, and once more for a while where a server is late. */
export async function expectFound(
  stage: Stage,
  path: string,
  ids: readonly string[],
  headers?: Readonly<Record<string, string>>,
): Promise<readonly JsonObject[]> {
  let answer = await stage.get(path, headers)
  const right = () => sameIds(answer, ids)
  if (answer.status === 200 && !right())
    await stage.eventually(async () => {
      answer = await stage.get(path, headers)
      return right()
    })
  const found = resourcesIn(answer)
  if (!right())
    fail(
      ids.length === 0 ? 'nobody' : `${ids.length} with the id ${ids.join(', ')}`,
      `${found.length} with ${shown(found.map(({ id }) => id ?? null))}`,
      answer,
    )
  return found
}

const sameIds = ({ body }: Answer, ids: readonly string[]): boolean => {
  const found = isObject(body) && Array.isArray(body.Resources) ? body.Resources.filter(isObject) : []
  return found.length === ids.length && ids.every(id => found.some(other => other.id === id))
}

/** What the server has of somebody now. */
export async function read(stage: Stage, path: string): Promise<{ answer: Answer; body: JsonObject }> {
  const answer = await stage.get(path)
  expectStatus(answer, 200)
  return { answer, body: objectIn(answer) }
}

/** A PATCH that Entra would take for done. */
export async function patched(
  stage: Stage,
  path: string,
  ...operations: readonly JsonObject[]
): Promise<Answer> {
  const answer = await stage.patch(path, ...operations)
  expectStatus(answer, 200, 204)
  return answer
}

export const operation = (op: string, path: string | undefined, value?: Json): JsonObject => ({
  op,
  ...(path === undefined ? {} : { path }),
  ...(value === undefined ? {} : { value }),
})
