import { isObject, type JsonObject } from '../../../scim-compliance/scim.ts'
import {
  type Asked,
  type Break,
  type Mutant,
  objectIn,
  objectsIn,
  queryOf,
  type Reply,
  withBody,
  withQuery,
} from './break.ts'

type Breaks = Mutant['breaks']

/** Asks for something else than it was asked for. */
export const asks =
  (change: (asked: Asked) => Asked): Breaks =>
  () =>
  (asked, next) =>
    next(change(asked))

/** Answers something else; what comes of `change` replaces those parts of the answer. */
export const answers =
  (change: (reply: Reply, asked: Asked) => Partial<Reply>): Breaks =>
  () =>
  async (asked, next) => {
    const reply = await next(asked)
    return { ...reply, ...change(reply, asked) }
  }

/** Has another status where it would have this one. */
export const status = (is: number, becomes: number, when: (asked: Asked) => boolean = () => true): Breaks =>
  answers((reply, asked) => (reply.status === is && when(asked) ? { status: becomes } : {}))

/** Has another header, or none for undefined. */
export const header = (name: string, change: (value: string, reply: Reply) => string | undefined): Breaks =>
  answers(reply => {
    const value = reply.headers[name]
    if (value === undefined) return {}
    const { [name]: _, ...others } = reply.headers
    const changed = change(value, reply)
    return { headers: changed === undefined ? others : { ...others, [name]: changed } }
  })

/** Shows JSON objects otherwise. */
export const bodies = (change: (body: JsonObject, asked: Asked, reply: Reply) => JsonObject): Breaks =>
  answers((reply, asked) => {
    const body = objectIn(reply)
    return Object.keys(body).length === 0 ? {} : withBody(reply, change(body, asked, reply))
  })

export const inLists = (change: (list: JsonObject, asked: Asked) => JsonObject): Breaks =>
  bodies((body, asked) => ('totalResults' in body ? change(body, asked) : body))

const isResource = ({ id, schemas }: JsonObject): boolean =>
  id !== undefined && Array.isArray(schemas) && !schemas.some(urn => /:Schema$|:ResourceType$/.test(`${urn}`))

/** A body with each of its resources changed, whether it is one or a list of them. */
export const eachResource = (body: JsonObject, change: (resource: JsonObject) => JsonObject): JsonObject =>
  Array.isArray(body.Resources)
    ? { ...body, Resources: objectsIn(body.Resources).map(one => (isResource(one) ? change(one) : one)) }
    : isResource(body)
      ? change(body)
      : body

/** Shows users and groups otherwise, alone and in lists. */
export const resources = (change: (resource: JsonObject, asked: Asked) => JsonObject): Breaks =>
  bodies((body, asked) => eachResource(body, resource => change(resource, asked)))

/** The same with `meta` alone. */
export const metas = (change: (meta: JsonObject, resource: JsonObject) => JsonObject): Breaks =>
  resources(resource =>
    isObject(resource.meta) ? { ...resource, meta: change(resource.meta, resource) } : resource,
  )

export const without = (object: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Understands a filter otherwise; null: not at all. */
export const filters = (change: (filter: string) => string | null): Breaks =>
  asks(asked => {
    const filter = queryOf(asked).get('filter')
    return filter === null ? asked : withQuery(asked, { filter: change(filter) })
  })

/** Does the operations of a PATCH otherwise. */
export const operations = (
  change: (operations: readonly JsonObject[], asked: Asked) => readonly JsonObject[],
): Breaks => asks(asked => (asked.method === 'PATCH' ? withOperations(asked, change) : asked))

export function withOperations(
  asked: Asked,
  change: (operations: readonly JsonObject[], asked: Asked) => readonly JsonObject[],
): Asked {
  const body = objectIn(asked)
  return Array.isArray(body.Operations)
    ? withBody(asked, { ...body, Operations: change(objectsIn(body.Operations), asked) })
    : asked
}

/** One operation otherwise. */
export const operation = (change: (operation: JsonObject) => JsonObject): Breaks =>
  operations(all => all.map(change))

/** Takes another body than was sent with POST or PUT. */
export const takes = (change: (body: JsonObject, asked: Asked) => JsonObject, ...methods: string[]): Breaks =>
  asks(asked =>
    (methods.length > 0 ? methods : ['POST', 'PUT']).includes(asked.method)
      ? withBody(asked, change(objectIn(asked), asked))
      : asked,
  )

/** Refuses or answers at once what it ought to look at; undefined: as it should. */
export const insteadOf =
  (change: (asked: Asked) => Reply | undefined): Breaks =>
  (): Break =>
  async (asked, next) =>
    change(asked) ?? next(asked)
