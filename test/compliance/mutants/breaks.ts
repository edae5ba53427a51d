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

/** Sends another request than the client. */
export const asks =
  (change: (asked: Asked) => Asked): Breaks =>
  () =>
  (asked, next) =>
    next(change(asked))

/** Changes a response; the result of `change` replaces these parts of it. */
export const answers =
  (change: (reply: Reply, asked: Asked) => Partial<Reply>): Breaks =>
  () =>
  async (asked, next) => {
    const reply = await next(asked)
    return { ...reply, ...change(reply, asked) }
  }

/** Returns another status in place of this one. */
export const status = (is: number, becomes: number, when: (asked: Asked) => boolean = () => true): Breaks =>
  answers((reply, asked) => (reply.status === is && when(asked) ? { status: becomes } : {}))

/** Returns another header, or none for undefined. */
export const header = (name: string, change: (value: string, reply: Reply) => string | undefined): Breaks =>
  answers(reply => {
    const value = reply.headers[name]
    if (value === undefined) return {}
    const { [name]: _, ...others } = reply.headers
    const changed = change(value, reply)
    return { headers: changed === undefined ? others : { ...others, [name]: changed } }
  })

/** Changes returned JSON objects. */
export const bodies = (change: (body: JsonObject, asked: Asked, reply: Reply) => JsonObject): Breaks =>
  answers((reply, asked) => {
    const body = objectIn(reply)
    return Object.keys(body).length === 0 ? {} : withBody(reply, change(body, asked, reply))
  })

export const inLists = (change: (list: JsonObject, asked: Asked) => JsonObject): Breaks =>
  bodies((body, asked) => ('totalResults' in body ? change(body, asked) : body))

const isResource = ({ id, schemas }: JsonObject): boolean =>
  id !== undefined && Array.isArray(schemas) && !schemas.some(urn => /:Schema$|:ResourceType$/.test(`${urn}`))

/** A body with each of its resources changed, in a list or alone. */
export const eachResource = (body: JsonObject, change: (resource: JsonObject) => JsonObject): JsonObject =>
  Array.isArray(body.Resources)
    ? { ...body, Resources: objectsIn(body.Resources).map(one => (isResource(one) ? change(one) : one)) }
    : isResource(body)
      ? change(body)
      : body

/** Changes returned users and groups, in lists and alone. */
export const resources = (change: (resource: JsonObject, asked: Asked) => JsonObject): Breaks =>
  bodies((body, asked) => eachResource(body, resource => change(resource, asked)))

/** The same for `meta` only. */
export const metas = (change: (meta: JsonObject, resource: JsonObject) => JsonObject): Breaks =>
  resources(resource =>
    isObject(resource.meta) ? { ...resource, meta: change(resource.meta, resource) } : resource,
  )

export const without = (object: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Changes a filter; null: ignores it. */
export const filters = (change: (filter: string) => string | null): Breaks =>
  asks(asked => {
    const filter = queryOf(asked).get('filter')
    return filter === null ? asked : withQuery(asked, { filter: change(filter) })
  })

/** Changes the operations of a PATCH. */
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

/** Changes each operation of a PATCH. */
export const operation = (change: (operation: JsonObject) => JsonObject): Breaks =>
  operations(all => all.map(change))

/** Changes the body of a POST or PUT. */
export const takes = (change: (body: JsonObject, asked: Asked) => JsonObject, ...methods: string[]): Breaks =>
  asks(asked =>
    (methods.length > 0 ? methods : ['POST', 'PUT']).includes(asked.method)
      ? withBody(asked, change(objectIn(asked), asked))
      : asked,
  )

/** Returns a response without processing the request; undefined: processes it. */
export const insteadOf =
  (change: (asked: Asked) => Reply | undefined): Breaks =>
  (): Break =>
  async (asked, next) =>
    change(asked) ?? next(asked)
