import type { ScimResponse, ServiceInfo, SupportedAttribute, SupportedType } from '../check.ts'
import { objectsIn } from '../checks/steps/attributes.ts'
import { Unreachable } from '../client/reachability.ts'
import { Failure } from '../expect.ts'
import { compact, isObject, type Json, type JsonObject } from '../scim.ts'
import {
  NothingToGrade,
  nothingToGradeReason,
  type ReceivedResponse,
  redirectedEndpoint,
  rejectedToken,
} from './nothing-to-grade.ts'
import { rfcResourceTypes, rfcSchemas } from './rfc-types.ts'

type Get = (path: string) => Promise<ScimResponse>

/** More pages than any server needs for its schemas. */
const mostPages = 50

/** All resources of a discovery list, in any format; none if it can't be read. */
async function readList(get: Get, path: string): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  for (let page = 0; page < mostPages; page++) {
    const response = await get(page === 0 ? path : `${path}?startIndex=${found.length + 1}`)
    if (response.status !== 200) break
    const fresh = resourcesOf(response).filter(one => !found.some(other => same(one, other)))
    found.push(...fresh)
    const total = isObject(response.body) ? response.body.totalResults : undefined
    if (fresh.length === 0 || typeof total !== 'number' || found.length >= total) break
  }
  return found
}

// A server that doesn't support paging returns the same list again.
const same = (one: JsonObject, other: JsonObject): boolean => JSON.stringify(one) === JSON.stringify(other)

function resourcesOf({ body }: ScimResponse): readonly JsonObject[] {
  if (Array.isArray(body)) return body.filter(isObject)
  if (!isObject(body)) return []
  const list = body.Resources ?? body.resources
  if (Array.isArray(list)) return list.filter(isObject)
  // A single resource without a list.
  return typeof body.schema === 'string' || Array.isArray(body.attributes) ? [body] : []
}

/** By members of the server's description of itself, the number of the exchange with it; none without a response. */
export type DiscoveryExchanges = Readonly<Partial<Record<keyof ServiceInfo, number>>>

/** The description, and the exchange with the member that was read last. */
export function describeDiscovery(description: ServiceInfo, exchanges: DiscoveryExchanges) {
  let last: number | undefined
  const service = new Proxy(description, {
    get: (target, member: keyof ServiceInfo) => {
      last = exchanges[member] ?? last
      return target[member]
    },
  })
  return { service, lastRead: () => last }
}

const describesService = /:core:2\.0:(Schema|ResourceType|ServiceProviderConfig)$/i

/** The types of a server, by its own resource types and schemas; missing schemas are those of the RFC, if it defines them. */
export function supportedTypes(
  url: string,
  resourceTypes: readonly JsonObject[],
  schemas: readonly JsonObject[],
): readonly SupportedType[] {
  const attributesOf = (schema: string) =>
    readAttributes((find(schemas, schema) ?? find(rfcSchemas, schema))?.attributes).filter(
      ({ name }) => !common.test(name),
    )
  return resourceTypes.flatMap(type => {
    const { schema } = type
    // Some servers list discovery itself, which holds no resources that a client creates.
    if (typeof schema === 'string' && describesService.test(schema)) return []
    const endpoint = endpointIn(url, type.endpoint)
    if (typeof schema !== 'string' || endpoint === undefined) return []
    const extensions = objectsIn(type.schemaExtensions).flatMap(({ schema, required }) =>
      typeof schema === 'string'
        ? [{ schema, required: isTrue(required), attributes: attributesOf(schema) }]
        : [],
    )
    const name = text(type.name) ?? text(type.id) ?? endpoint.slice(1)
    return [{ name, endpoint, schema, attributes: attributesOf(schema), extensions }]
  })
}

const find = (schemas: readonly JsonObject[], urn: string): JsonObject | undefined =>
  schemas.find(({ id }) => typeof id === 'string' && id.toLowerCase() === urn.toLowerCase())

// Some servers' schemas contain the common attributes of all resources; for these, checks use RFC 7643 §3.1.
const common = /^(schemas|id|externalId|meta)$/i

/** RFC 7643 §2.2 defines the defaults. */
const readAttributes = (list: Json | undefined): readonly SupportedAttribute[] =>
  objectsIn(list)
    .filter(({ name }) => typeof name === 'string' && name !== '')
    .map(attribute => ({
      name: text(attribute.name) ?? '',
      type: text(attribute.type) ?? 'string',
      multiValued: isTrue(attribute.multiValued),
      required: isTrue(attribute.required),
      caseExact: isTrue(attribute.caseExact),
      mutability: text(attribute.mutability) ?? 'readWrite',
      returned: text(attribute.returned) ?? 'default',
      uniqueness: text(attribute.uniqueness) ?? 'none',
      canonicalValues: texts(attribute.canonicalValues),
      referenceTypes: texts(attribute.referenceTypes),
      subAttributes: readAttributes(attribute.subAttributes),
    }))

/** `/Users`, also if a server returns an absolute URL or omits the slash. */
function endpointIn(url: string, endpoint: Json | undefined): string | undefined {
  if (typeof endpoint !== 'string' || endpoint === '') return undefined
  const { pathname } = new URL(endpoint.replace(/^(?=[^/]*$)/, '/'), url)
  const root = new URL(url).pathname.replace(/\/$/, '')
  const below = root !== '' && pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname
  return below.replace(/\/$/, '') || undefined
}

/** Some servers write booleans as strings; a check reports that, and the rest can still be read. */
const isTrue = (value: Json | undefined): boolean => value === true || /^true$/i.test(text(value) ?? '')

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

const texts = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter(one => typeof one === 'string') : []

export type DiscoveryResult = {
  readonly service: ServiceInfo
  readonly types: readonly SupportedType[]
  readonly notes: readonly string[]
  readonly exchanges: DiscoveryExchanges
}

/**
 * The server's description of itself, completed by what the RFC defines. Throws `NothingToGrade` if
 * no response comes from a SCIM server.
 */
export async function discover(url: string, ask: Get): Promise<DiscoveryResult> {
  const notes: string[] = []
  const heard: ReceivedResponse[] = []
  const listen = async (path: string, response: Promise<ScimResponse>) => {
    heard.push({ path, response: await response })
    return response
  }
  const first = ask('/ServiceProviderConfig').catch(error => {
    if (!(error instanceof Failure)) throw error
    throw new Unreachable(`${url} can’t be graded: the first request got no response (${error.got}).`)
  })
  const answered = await listen('/ServiceProviderConfig', first)
  if (answered.status === 401 || answered.status === 403)
    notes.push(`The server rejects the token: /ServiceProviderConfig returned ${answered.status}.`)
  // A server that drops a connection during discovery is graded by the rest.
  const askOnce: Get = path =>
    ask(path).catch(error => (error instanceof Failure ? noResponse : Promise.reject(error)))
  // A 5xx may be accidental.
  const get: Get = path =>
    listen(
      path,
      askOnce(path).then(response => (response.status < 500 ? response : askOnce(path))),
    )
  const getOnce = remembering(get)
  const config = answered.status === 200 && isObject(answered.body) ? answered.body : undefined
  const schemas = await readList(get, '/Schemas')
  const resourceTypes = await readList(get, '/ResourceTypes')
  const exchangeOf = (path: string) => heard.find(one => one.path === path)?.response.exchange || undefined
  const service = { url, config, schemas, resourceTypes, offers: readFeatures(config) }
  if (config === undefined) notes.push('/ServiceProviderConfig can’t be read: PATCH and filters are assumed.')
  if (schemas.length === 0) notes.push('/Schemas can’t be read: the RFC’s schemas are assumed.')
  const told = supportedTypes(url, resourceTypes, schemas)
  if (told.length === 0)
    notes.push('/ResourceTypes can’t be read: users and groups are assumed at /Users and /Groups.')
  const types =
    told.length > 0 ? told : await typesThere(getOnce, supportedTypes(url, rfcResourceTypes, schemas))
  const why = nothingToGradeReason(url, heard) ?? (await whyNoList(url, getOnce, types))
  if (why !== undefined) throw new NothingToGrade(why)
  const exchanges = compact({
    config: exchangeOf('/ServiceProviderConfig'),
    offers: exchangeOf('/ServiceProviderConfig'),
    schemas: exchangeOf('/Schemas'),
    resourceTypes: exchangeOf('/ResourceTypes'),
  })
  return { service, types, notes, exchanges }
}

const noResponse: ScimResponse = {
  status: 0,
  headers: {},
  text: '',
  body: undefined,
  exchange: 0,
  milliseconds: 0,
}

const remembering = (get: Get): Get => {
  const asked = new Map<string, Promise<ScimResponse>>()
  return path => {
    const response = asked.get(path) ?? get(path)
    asked.set(path, response)
    return response
  }
}

const listPath = ({ endpoint }: SupportedType): string => `${endpoint}?count=1`

async function typesThere(get: Get, types: readonly SupportedType[]): Promise<readonly SupportedType[]> {
  const there: SupportedType[] = []
  for (const type of types) {
    const { status } = await get(listPath(type))
    if (![0, 404, 501].includes(status)) there.push(type)
  }
  return there
}

/**
 * Discovery may be public (RFC 7644 §4): only lists show whether the token is valid. Nor does it show redirects of endpoints,
 * which no client follows with a write.
 */
async function whyNoList(
  url: string,
  get: Get,
  types: readonly SupportedType[],
): Promise<string | undefined> {
  const heard: ReceivedResponse[] = []
  const [first] = types
  const single = first && `${first.endpoint}/scim-check-no-such-id`
  for (const path of [...types.map(listPath), ...(single ? [single] : [])])
    heard.push({ path, response: await get(path) })
  const why = heard.map(one => redirectedEndpoint(url, one)).find(reason => reason !== undefined)
  const isRejected = heard.every(({ response }) => response.status === 401)
  return why ?? (isRejected ? rejectedToken(url, heard) : undefined)
}

/** Without a configuration, the features that nearly every client needs are assumed. */
function readFeatures(config: JsonObject | undefined): ServiceInfo['offers'] {
  const part = (name: string): JsonObject => (isObject(config?.[name]) ? config[name] : {})
  const has = (name: string): boolean => isTrue(part(name).supported)
  const { maxOperations, maxPayloadSize } = part('bulk')
  const { maxResults } = part('filter')
  const pagination = part('pagination')
  return {
    patch: config === undefined || has('patch'),
    bulk: has('bulk')
      ? { maxOperations: readLimit(maxOperations), maxPayloadSize: readLimit(maxPayloadSize) }
      : undefined,
    filter: config === undefined || has('filter') ? { maxResults: readLimit(maxResults) } : undefined,
    sort: has('sort'),
    etag: has('etag'),
    changePassword: has('changePassword'),
    // RFC 9865 §4: a server without this member supports the pagination of RFC 7644.
    indexPaging: pagination.index === undefined || isTrue(pagination.index),
    cursorPaging: isTrue(pagination.cursor),
  }
}

/** Without a positive number: unlimited. */
function readLimit(value: Json | undefined): number {
  const number = Number(value)
  return Number.isFinite(number) && number > 0 ? number : Number.MAX_SAFE_INTEGER
}
