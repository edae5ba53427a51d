import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import { createRandom } from '../faults/breaks.ts'
import { type ReceivedRequest, type Respond, smallServer } from '../small-server.ts'
import { filterOf, projected } from './filter.ts'
import { attributeIn, operationsIn, patched } from './patch.ts'
import { enterprise, groupType, Refused, readResource, type Type, types, userType } from './schemas.ts'

/** How a server deviates; without any member, it is correct. */
export type Design = {
  readonly id: string
  readonly description: string
  readonly discovery?: false
  /** Filters by other attributes than this one, or other than eq, are ignored. */
  readonly filtersBy?: string
  /** PATCH of other attributes returns 501. */
  readonly patches?: readonly string[]
  readonly showsMembers?: false
  /** Other attributes of users are ignored. */
  readonly stores?: readonly string[]
  /** The status of a create. */
  readonly created?: number
  readonly redirects?: true
  /** The share of requests that return 500. */
  readonly fails?: number
  /** The share of requests whose connection is reset. */
  readonly drops?: number
  /** Instead of 400. */
  readonly invalid?: number
  readonly totalsAsText?: true
  /** Filters are advertised as unsupported, and rejected. */
  readonly rejectsFilters?: true
  /** A create returns 202 with a Location and no body. */
  readonly createsLater?: true
  readonly patchesNothing?: true
  readonly fixedNames?: true
  readonly rejectsMembersOnCreate?: true
  /** Milliseconds until lists contain a new resource. */
  readonly lag?: number
  /** The run of a suite ends without a grade, for this reason. */
  readonly ends?: RegExp
  /** Lists have cursors, and startIndex is ignored. */
  readonly cursors?: true
}

type Reply = Exclude<Awaited<ReturnType<Respond>>, undefined>

const mostResults = 100
const messages = 'urn:ietf:params:scim:api:messages:2.0'
export const stubToken = 'a-token-for-the-stub'

const reply = (status: number, body?: Json, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  ...(body !== undefined && { body }),
})

const listOf = (Resources: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  schemas: [`${messages}:ListResponse`],
  totalResults: Resources.length,
  startIndex: 1,
  itemsPerPage: Resources.length,
  Resources: [...Resources],
  ...more,
})

/** As names are compared: without case, and in one form of Unicode. */
const plain = (name: Json | undefined) => `${name}`.normalize('NFKC').toLowerCase()

const meta = (resourceType: string, location: string) => ({ meta: { resourceType, location } })

function discoveryOf(
  { cursors, rejectsFilters, patchesNothing }: Design,
  url: string,
): Readonly<Record<string, readonly JsonObject[]>> {
  const urn = 'urn:ietf:params:scim:schemas:core:2.0'
  const no = { supported: false }
  return {
    ServiceProviderConfig: [
      {
        schemas: [`${urn}:ServiceProviderConfig`],
        patch: { supported: !patchesNothing },
        bulk: { ...no, maxOperations: 0, maxPayloadSize: 0 },
        filter: { supported: !rejectsFilters, maxResults: mostResults },
        changePassword: no,
        sort: no,
        etag: no,
        ...(cursors && { pagination: { cursor: true, index: false } }),
        authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Token', description: 'A bearer token' }],
        ...meta('ServiceProviderConfig', `${url}/ServiceProviderConfig`),
      },
    ],
    ResourceTypes: types.map(({ name, endpoint, schema, extension }) => ({
      schemas: [`${urn}:ResourceType`],
      id: name,
      name,
      endpoint,
      description: name,
      schema,
      ...(extension.length > 0 && { schemaExtensions: [{ schema: enterprise, required: false }] }),
      ...meta('ResourceType', `${url}/ResourceTypes/${name}`),
    })),
    Schemas: types
      .flatMap(({ name, schema, attributes, extension }) => [
        { id: schema, name, attributes },
        ...(extension.length > 0 ? [{ id: enterprise, name: 'EnterpriseUser', attributes: extension }] : []),
      ])
      .map(one => ({
        schemas: [`${urn}:Schema`],
        description: one.name,
        ...(one as JsonObject),
        ...meta('Schema', `${url}/Schemas/${one.id}`),
      })),
  }
}

/** A small SCIM server over two maps, independent of the product. */
export async function startStub(t: Parameters<typeof smallServer>[0], design: Design) {
  const stored = { User: new Map<string, JsonObject>(), Group: new Map<string, JsonObject>() }
  const random = createRandom(3)
  let root = ''

  const shown = ({ name, schema, endpoint }: Type, { meta, ...one }: JsonObject): JsonObject => {
    const groups = [...stored.Group.values()].filter(({ members }) =>
      JSON.stringify(members ?? []).includes(`"${one.id}"`),
    )
    const { members, ...others } = one
    return {
      schemas: [schema, ...(enterprise in one ? [enterprise] : [])],
      ...others,
      ...(members !== undefined &&
        design.showsMembers !== false && {
          members: (members as readonly JsonObject[]).map(({ value = '' }) => ({
            value,
            type: 'User',
            $ref: `${root}/Users/${value}`,
          })),
        }),
      ...(name === 'User' &&
        groups.length > 0 && {
          groups: groups.map(({ id, displayName }) => ({ value: id ?? '', display: displayName ?? '' })),
        }),
      meta: { resourceType: name, ...(meta as JsonObject), location: `${root}${endpoint}/${one.id}` },
    }
  }

  const save = (type: Type, given: JsonObject, before: JsonObject = {}): JsonObject => {
    const id = `${before.id ?? randomUUID()}`
    const isKept = ([name]: readonly [string, Json]) =>
      !/^(id|meta)$/.test(name) && (type.name !== 'User' || (design.stores ?? [name]).includes(name))
    const read = Object.fromEntries(Object.entries(given).filter(isKept))
    const isTaken = (one: JsonObject) => one.id !== id && plain(one.userName) === plain(read.userName)
    if (design.fixedNames && before.userName !== undefined && before.userName !== given.userName)
      throw new Refused(400, 'userName can’t be changed.', 'mutability')
    if (type.name === 'User' && [...stored.User.values()].some(isTaken))
      throw new Refused(409, `${read.userName} is taken.`, 'uniqueness')
    const { id: _, meta: __, ...previous } = before
    if (isDeepStrictEqual(previous, read)) return before
    const now = new Date().toISOString()
    const { created = now } = isObject(before.meta) ? before.meta : {}
    const resource = { ...read, id, meta: { created, lastModified: now } }
    stored[type.name].set(id, resource)
    return resource
  }

  const remove = (type: Type, id: string): Reply => {
    stored[type.name].delete(id)
    for (const [key, group] of stored.Group) {
      const members = Array.isArray(group.members) ? group.members : []
      const left = members.filter((one: Json) => isObject(one) && one.value !== id)
      if (left.length < members.length) stored.Group.set(key, { ...group, members: left })
    }
    return reply(204)
  }

  const totalOf = ({ length }: { readonly length: number }) => ({
    totalResults: design.totalsAsText ? `${length}` : length,
  })

  const list = (type: Type, query: JsonObject): Reply => {
    const filter = query.filter === undefined ? undefined : `${query.filter}`
    const { filtersBy } = design
    if (design.rejectsFilters && filter !== undefined)
      throw new Refused(400, 'Filters aren’t supported.', 'invalidFilter')
    const isListed = ({ meta }: JsonObject) =>
      design.lag === undefined || Date.now() - Date.parse(`${isObject(meta) && meta.created}`) > design.lag
    const isIgnored =
      filtersBy !== undefined && !new RegExp(`^${filtersBy} eq "[^"]*"$`, 'i').test(filter ?? '')
    const found = [...stored[type.name].values()]
      .filter(isListed)
      .map(one => shown(type, one))
      .filter(filter === undefined || isIgnored ? () => true : filterOf(filter))
    const count = Math.min(Math.max(Number(query.count ?? mostResults), 0), mostResults)
    const cursor = Number(query.cursor || 1)
    if (design.cursors && !(cursor >= 1)) throw new Refused(400, 'The cursor isn’t known.', 'invalidCursor')
    const start = design.cursors ? cursor : Math.max(Number(query.startIndex ?? 1), 1)
    const page = found.slice(start - 1, start - 1 + count).map(one => projected(one, query))
    const isLast = start - 1 + count >= found.length
    return reply(
      200,
      listOf(page, {
        ...totalOf(found),
        ...(design.cursors
          ? { startIndex: 1, ...(!isLast && count > 0 && { nextCursor: `${start + count}` }) }
          : { startIndex: start }),
      }),
    )
  }

  const bodyOf = ({ json, headers }: ReceivedRequest): JsonObject => {
    if (!/^application\/(scim\+)?json/.test(headers['content-type'] ?? ''))
      throw new Refused(415, 'Send JSON.')
    if (!isObject(json as Json)) throw new Refused(400, 'The body isn’t a JSON object.', 'invalidSyntax')
    return json as JsonObject
  }

  const onOne = (type: Type, id: string, request: ReceivedRequest, query: JsonObject): Reply => {
    const before = stored[type.name].get(id)
    if (!before) throw new Refused(404, `There is no ${type.name} ${id}.`)
    if (request.method === 'DELETE') return remove(type, id)
    if (request.method === 'GET') return reply(200, projected(shown(type, before), query))
    if (request.method === 'PUT')
      return reply(
        200,
        projected(shown(type, save(type, readResource(type, bodyOf(request)), before)), query),
      )
    if (request.method !== 'PATCH') throw new Refused(405, 'Not here.')
    if (design.patchesNothing) throw new Refused(501, 'PATCH isn’t supported.')
    const operations = operationsIn(bodyOf(request))
    const { patches } = design
    const other = operations.find(({ path }) => patches && !patches.includes(attributeIn(path)))
    if (other) throw new Refused(501, `PATCH of ${other.path} isn’t supported.`)
    return reply(200, projected(shown(type, save(type, patched(type, before, operations), before)), query))
  }

  const respondTo = (request: ReceivedRequest): Reply => {
    const { pathname, searchParams } = new URL(request.path, 'http://stub')
    const [, endpoint = '', ...rest] = pathname.split('/')
    const id = rest.map(decodeURIComponent).join('/')
    const query = Object.fromEntries(searchParams)
    const entries = design.discovery === false ? undefined : discoveryOf(design, root)[endpoint]
    if (entries) {
      if (request.method !== 'GET') throw new Refused(405, 'Discovery is read-only.')
      if (query.filter !== undefined) throw new Refused(403, 'Discovery can’t be filtered.')
      const one = id === '' ? undefined : entries.find(entry => entry.id === id)
      if (id !== '' && !one) throw new Refused(404, `There is no ${id}.`)
      return reply(
        200,
        one ?? (endpoint === 'ServiceProviderConfig' ? entries[0] : listOf(entries, totalOf(entries))),
      )
    }
    if (/^(Me|Bulk)$/.test(endpoint)) throw new Refused(501, `/${endpoint} isn’t supported.`)
    const type = [userType, groupType].find(one => one.endpoint === `/${endpoint}`)
    if (!type) throw new Refused(404, `There is no ${pathname}.`)
    if (design.redirects && id === '' && !pathname.endsWith('/'))
      return reply(308, undefined, { location: `${root}${type.endpoint}/` })
    if (id === '.search' && request.method === 'POST') return list(type, bodyOf(request))
    if (id !== '') return onOne(type, id, request, query)
    if (request.method === 'GET') return list(type, query)
    if (request.method !== 'POST') throw new Refused(405, 'Not here.')
    const given = readResource(type, bodyOf(request))
    if (design.rejectsMembersOnCreate && given.members !== undefined)
      throw new Refused(400, 'Add members by PATCH.', 'invalidValue')
    const made = shown(type, save(type, given))
    const headers = { location: `${root}${type.endpoint}/${made.id}` }
    return design.createsLater
      ? reply(202, undefined, headers)
      : reply(design.created ?? 201, projected(made, query), headers)
  }

  const server = await smallServer(t, request => {
    if (random() < (design.drops ?? 0)) return undefined
    try {
      const isPublic = design.discovery !== false && /^\/(Serv|Res|Sch)/.test(request.path)
      if (!isPublic && request.headers.authorization !== `Bearer ${stubToken}`)
        throw new Refused(401, 'Send the token.')
      if (random() < (design.fails ?? 0)) throw new Refused(500, 'The database is locked.')
      return respondTo(request)
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(500, `${error}`)
      const { message, scimType } = refused
      const status = refused.status === 400 ? (design.invalid ?? 400) : refused.status
      const body = {
        schemas: [`${messages}:Error`],
        status: `${status}`,
        detail: message,
        ...(scimType && { scimType }),
      }
      return reply(status, body, {
        ...(status === 401 && { 'www-authenticate': 'Bearer' }),
        ...(status === 405 && { allow: 'GET' }),
      })
    }
  })
  root = server.url
  return { url: server.url, token: stubToken, stored }
}
