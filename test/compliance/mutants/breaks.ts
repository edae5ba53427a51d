import { isObject, type JsonObject } from '../../../scim-compliance/scim.ts'
import {
  type Break,
  type Mutant,
  objectIn,
  objectsIn,
  queryOf,
  type ReceivedRequest,
  type Reply,
  withBody,
  withQuery,
} from './break.ts'

type Breaks = Mutant['breaks']

/** Forwards a changed request. */
export const changesRequest =
  (change: (request: ReceivedRequest) => ReceivedRequest): Breaks =>
  () =>
  (request, next) =>
    next(change(request))

/** Changes a response; the result of `change` replaces these parts of it. */
export const changesResponse =
  (change: (reply: Reply, request: ReceivedRequest) => Partial<Reply>): Breaks =>
  () =>
  async (request, next) => {
    const reply = await next(request)
    return { ...reply, ...change(reply, request) }
  }

/** Returns another status in place of this one. */
export const status = (
  is: number,
  becomes: number,
  when: (request: ReceivedRequest) => boolean = () => true,
): Breaks =>
  changesResponse((reply, request) => (reply.status === is && when(request) ? { status: becomes } : {}))

/** Returns another header, or none for undefined. */
export const header = (name: string, change: (value: string, reply: Reply) => string | undefined): Breaks =>
  changesResponse(reply => {
    const value = reply.headers[name]
    if (value === undefined) return {}
    const { [name]: _, ...others } = reply.headers
    const changed = change(value, reply)
    return { headers: changed === undefined ? others : { ...others, [name]: changed } }
  })

/** Changes returned JSON objects. */
export const bodies = (
  change: (body: JsonObject, request: ReceivedRequest, reply: Reply) => JsonObject,
): Breaks =>
  changesResponse((reply, request) => {
    const body = objectIn(reply)
    return Object.keys(body).length === 0 ? {} : withBody(reply, change(body, request, reply))
  })

export const inLists = (change: (list: JsonObject, request: ReceivedRequest) => JsonObject): Breaks =>
  bodies((body, request) => ('totalResults' in body ? change(body, request) : body))

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
export const resources = (change: (resource: JsonObject, request: ReceivedRequest) => JsonObject): Breaks =>
  bodies((body, request) => eachResource(body, resource => change(resource, request)))

/** The same for `meta` only. */
export const metas = (change: (meta: JsonObject, resource: JsonObject) => JsonObject): Breaks =>
  resources(resource =>
    isObject(resource.meta) ? { ...resource, meta: change(resource.meta, resource) } : resource,
  )

export const without = (object: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Changes a filter; null: ignores it. */
export const filters = (change: (filter: string) => string | null): Breaks =>
  changesRequest(request => {
    const filter = queryOf(request).get('filter')
    return filter === null ? request : withQuery(request, { filter: change(filter) })
  })

/** Changes the operations of a PATCH. */
export const operations = (
  change: (operations: readonly JsonObject[], request: ReceivedRequest) => readonly JsonObject[],
): Breaks =>
  changesRequest(request => (request.method === 'PATCH' ? withOperations(request, change) : request))

export function withOperations(
  request: ReceivedRequest,
  change: (operations: readonly JsonObject[], request: ReceivedRequest) => readonly JsonObject[],
): ReceivedRequest {
  const body = objectIn(request)
  return Array.isArray(body.Operations)
    ? withBody(request, { ...body, Operations: change(objectsIn(body.Operations), request) })
    : request
}

/** Changes each operation of a PATCH. */
export const operation = (change: (operation: JsonObject) => JsonObject): Breaks =>
  operations(all => all.map(change))

/** Changes the body of a POST or PUT. */
export const changesBody = (
  change: (body: JsonObject, request: ReceivedRequest) => JsonObject,
  ...methods: string[]
): Breaks =>
  changesRequest(request =>
    (methods.length > 0 ? methods : ['POST', 'PUT']).includes(request.method)
      ? withBody(request, change(objectIn(request), request))
      : request,
  )

/** Returns a response without processing the request; undefined: processes it. */
export const responds =
  (change: (request: ReceivedRequest) => Reply | undefined): Breaks =>
  (): Break =>
  async (request, next) =>
    change(request) ?? next(request)
