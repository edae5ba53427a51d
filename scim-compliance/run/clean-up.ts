import type { ScimResponse, SendOptions, SupportedType } from '../check.ts'
import { objectsIn, valueIn } from '../checks/steps/attributes.ts'
import type { Client } from '../client/client.ts'
import { Unreachable } from '../client/reachability.ts'
import { parseJson } from '../client/request.ts'
import { isSuccess } from '../expect.ts'
import { compact, isObject, type Json, type JsonObject } from '../scim.ts'
import { isGroups, isUsers } from './needs.ts'
import type { LeftBehind } from './result.ts'

/** The ID as part of a path; some servers’ ids are numbers. */
export function resourceId(resource: Json | undefined): string | undefined {
  // Some servers write `Id` and `UserName` (RFC 7643 §2.1).
  const id = valueIn(resource, 'id')
  return (typeof id === 'string' && id !== '' && !isNoId(id)) || typeof id === 'number'
    ? String(id)
    : undefined
}

export function createdId({ headers }: ScimResponse, { endpoint }: SupportedType): string | undefined {
  const id = headers.location?.split(`${endpoint}/`)[1] ?? ''
  return id === '' || isNoId(id) ? undefined : decoded(id)
}

/** How programs print a missing value. */
const isNoId = (text: string): boolean => /^(undefined|null|nan|none|\[object object\])$/i.test(text)

/** The type and the path of the resource that a URL identifies; undefined for other URLs. */
function parseResourcePath(
  location: string,
  url: string,
  types: readonly SupportedType[],
): { readonly type: SupportedType; readonly path: string } | undefined {
  const path = URL.parse(location, url)?.pathname ?? ''
  const type = types.find(({ endpoint }) => path.includes(`${endpoint}/`))
  if (type === undefined) return undefined
  const below = path.slice(path.indexOf(`${type.endpoint}/`))
  const [id = ''] = below.slice(type.endpoint.length + 1).split('/')
  return id === '' || isNoId(decoded(id)) ? undefined : { type, path: below }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The attribute that identifies resources of a type; undefined if it may be any. */
export const namingAttribute = (type: SupportedType): string | undefined =>
  isUsers(type) ? 'userName' : isGroups(type) ? 'displayName' : undefined

export function resourceName(resource: Json | undefined, type: SupportedType): string | undefined {
  const naming = namingAttribute(type)
  const name = naming && valueIn(resource, naming)
  if (name === undefined || name === null || name === '') return undefined
  return typeof name === 'string' ? name : JSON.stringify(name)
}

export const hasMark = (name: string | undefined, mark: string): boolean =>
  name?.toLowerCase().includes(mark) === true

/**
 * Whether a POST created the resource in its response. A server may return an existing resource, which must not be
 * removed: the name has to contain the mark of the run. A check that has verified that the name was not in use
 * `vouches` for the resource.
 */
function isCreatedByRun(
  { status, body }: ScimResponse,
  type: SupportedType,
  sent: SendOptions['body'],
  { mark, vouched }: { readonly mark: string; readonly vouched: boolean },
): boolean {
  if (namingAttribute(type) === undefined) return status === 201
  const [asked, called] = [resourceName(bodyJson(sent), type), resourceName(body, type)]
  if (hasMark(called, mark)) return true
  if (status !== 201) return false
  if (called !== undefined) return vouched && called === asked
  return asked === undefined || hasMark(asked, mark) || vouched
}

/** A check may also send a body that isn’t JSON. */
const bodyJson = (sent: SendOptions['body']): Json | undefined =>
  typeof sent === 'string' ? parseJson(sent) : sent

/** Where resources may have been created: of a type, or by /Bulk if there is none. */
type PostedBody = { readonly type: SupportedType | undefined; readonly sent: SendOptions['body'] }

export type CreatedResources = ReturnType<typeof createResourceTracker>

type Owner = {
  readonly client: Client
  readonly url: string
  readonly types: readonly SupportedType[]
  readonly mark: string
}

export function createResourceTracker({ client, url, types, mark }: Owner) {
  /** With their names. */
  const paths = new Map<string, string | undefined>()
  const foreign = new Map<string, LeftBehind>()
  const pathFor = (response: ScimResponse, type: SupportedType): string | undefined => {
    const id = resourceId(response.body)
    return id === undefined ? pathAt(response.headers.location) : `${type.endpoint}/${encodeURIComponent(id)}`
  }
  const pathAt = (location: Json | undefined): string | undefined =>
    typeof location === 'string' ? parseResourcePath(location, url, types)?.path : undefined
  const own = (path: string, name?: string) => {
    foreign.delete(path)
    paths.set(path, name ?? paths.get(path))
  }
  /** The response to a POST or PUT; `vouched` if the sender knows that it created a resource. */
  const add = (response: ScimResponse, { type, sent }: PostedBody, vouched?: 'vouched') => {
    if (!isSuccess(response)) return
    if (type === undefined) return addOperations(response, bodyJson(sent))
    const path = pathFor(response, type)
    if (path === undefined) return
    const name = resourceName(response.body, type)
    if (isCreatedByRun(response, type, sent, { mark, vouched: vouched !== undefined }))
      own(path, name ?? resourceName(bodyJson(sent), type))
    else if (response.status === 201 && !paths.has(path))
      foreign.set(path, compact({ path, name, reason: notOurs }))
  }
  /** For /Bulk: only resources whose strings all contain the mark were certainly created by it. */
  const addOperations = ({ body }: ScimResponse, sent: Json | undefined) => {
    const names = objectsIn(sent, 'Operations')
      .filter(isPost)
      .flatMap(({ data }) => valueIn(data, 'userName') ?? valueIn(data, 'displayName') ?? [])
    if (!names.every(name => hasMark(String(name), mark))) return
    for (const { location, ...one } of objectsIn(body, 'Operations')) {
      const path = isPost(one) && /^2/.test(`${one.status}`) ? pathAt(location) : undefined
      if (path !== undefined) own(path)
    }
  }
  const rank = (path: string): number =>
    path.startsWith('/Groups/') ? 0 : path.startsWith('/Users/') ? 2 : 1
  /** Removes groups before users, and the newest first. Returns what could not be removed. */
  const remove = async (): Promise<readonly LeftBehind[]> => {
    const left: LeftBehind[] = [...foreign.values()]
    foreign.clear()
    for (const [path, name] of [...paths].reverse().sort(([a], [b]) => rank(a) - rank(b))) {
      const reason = await removeOne(client, path)
      paths.delete(path)
      if (reason !== undefined) left.push(compact({ path, name, reason }))
    }
    return left
  }
  /** Already removed by a check. */
  const gone = (path: string) => paths.delete(path)
  return { add, gone, remove, count: () => paths.size }
}

const notOurs = 'it may belong to another client, since its name does not contain the mark of this run'

const isPost = ({ method }: JsonObject) => /^post$/i.test(String(method))

const attempts = 3

/** Why it still exists; undefined if it is removed. Retried, since no check covers this. */
export async function removeOne(client: Client, path: string): Promise<string | undefined> {
  let why = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const { status } = await client.send('DELETE', path, {}, { retries: attempts })
      if (isSuccess({ status }) || status === 404 || status === 410) return undefined
      why = `DELETE returned ${status}`
      if (status < 500 && status !== 412 && status !== 409) break
    } catch (error) {
      why = error instanceof Error ? error.message : String(error)
      if (error instanceof Unreachable) break
    }
  }
  return why
}

export type CreationLog = ReturnType<typeof createCreationLog>

/** Where a resource may have been created without a response that reports it. */
export function createCreationLog(all: readonly SupportedType[], url: string) {
  // By name: the run has copies of its types.
  const seen = new Map<string, SupportedType>()
  const uncertain = new Map<string, Set<string>>()
  const posted = ({ type, sent }: PostedBody, response: ScimResponse | undefined): void => {
    // /Bulk creates resources of any type.
    const meant = type ? [type] : all.filter(one => namingAttribute(one) !== undefined)
    for (const one of meant) {
      seen.set(one.name, one)
      if (tells(response, all, url)) continue
      const names = uncertain.get(one.name) ?? new Set()
      names.add(resourceName(bodyJson(sent), one) ?? 'one without a name')
      uncertain.set(one.name, names)
    }
  }
  return {
    posted,
    types: () => [...seen.values()],
    /** Names of resources that may exist, since no useful response was received. */
    uncertain: ({ name }: SupportedType) => [...(uncertain.get(name) ?? [])],
  }
}

function tells(response: ScimResponse | undefined, types: readonly SupportedType[], url: string): boolean {
  if (response === undefined || (response.status >= 500 && ![501, 503].includes(response.status)))
    return false
  const { body, headers } = response
  const isNamed =
    resourceId(body) !== undefined || parseResourcePath(headers.location ?? '', url, types) !== undefined
  const isBulk = isObject(body) && Array.isArray(body.Operations)
  return !isSuccess(response) || isNamed || isBulk
}
