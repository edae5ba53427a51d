import { Unreachable } from '../client/unreachable.ts'
import { Failure } from '../expect.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Answer, Service, TypeAtHand } from '../stage.ts'
import { type Heard, NothingToGrade, refusedToken, whyNothing } from './nothing-to-grade.ts'
import { type Get, readList } from './read-list.ts'
import { rfcResourceTypes } from './rfc-types.ts'
import type { DiscoveryExchanges } from './told-by-discovery.ts'
import { isTrue, typesAtHand } from './types-at-hand.ts'

export type Discovered = {
  readonly service: Service
  readonly types: readonly TypeAtHand[]
  readonly notes: readonly string[]
  readonly exchanges: DiscoveryExchanges
}

/**
 * What a server says of itself; where it says nothing, what the RFC would have of it. Throws `NothingToGrade` where
 * nothing at all is answered as by a SCIM server.
 */
export async function discover(url: string, ask: Get): Promise<Discovered> {
  const notes: string[] = []
  const heard: Heard[] = []
  const listen = async (path: string, answer: Promise<Answer>) => {
    heard.push({ path, answer: await answer })
    return answer
  }
  const first = ask('/ServiceProviderConfig').catch(error => {
    if (!(error instanceof Failure)) throw error
    throw new Unreachable(`${url} can’t be graded: it gave no answer to the first request (${error.got}).`)
  })
  const answered = await listen('/ServiceProviderConfig', first)
  if (answered.status === 401 || answered.status === 403) {
    notes.push(`The server refuses the token: ${answered.status} for /ServiceProviderConfig.`)
  }
  // A server that drops a connection over a list of discovery is graded for the rest.
  const get: Get = path =>
    listen(
      path,
      ask(path).catch(error => (error instanceof Failure ? nothing : Promise.reject(error))),
    )
  const config = answered.status === 200 && isObject(answered.body) ? answered.body : undefined
  const schemas = await readList(get, '/Schemas')
  const resourceTypes = await readList(get, '/ResourceTypes')
  const exchangeOf = (path: string) => heard.find(one => one.path === path)?.answer.exchange || undefined
  const service = { url, config, schemas, resourceTypes, offers: offersIn(config) }
  if (config === undefined) notes.push('/ServiceProviderConfig can’t be read: PATCH and filters are assumed.')
  if (schemas.length === 0) notes.push('/Schemas can’t be read: the RFC’s schemas are assumed.')
  const told = typesAtHand(url, resourceTypes, schemas)
  if (told.length === 0)
    notes.push('/ResourceTypes can’t be read: users and groups are looked for at /Users and /Groups.')
  const types = told.length > 0 ? told : await typesThere(get, typesAtHand(url, rfcResourceTypes, schemas))
  const why = whyNothing(url, heard) ?? (await whyNoList(url, get, types))
  if (why !== undefined) throw new NothingToGrade(why)
  const exchanges = {
    config: exchangeOf('/ServiceProviderConfig'),
    schemas: exchangeOf('/Schemas'),
    resourceTypes: exchangeOf('/ResourceTypes'),
  }
  return { service, types, notes, exchanges }
}

const nothing: Answer = { status: 0, headers: {}, text: '', body: undefined, exchange: 0, milliseconds: 0 }

const listOf = ({ endpoint }: TypeAtHand): string => `${endpoint}?count=1`

async function typesThere(get: Get, types: readonly TypeAtHand[]): Promise<readonly TypeAtHand[]> {
  const there: TypeAtHand[] = []
  for (const type of types) {
    const { status } = await get(listOf(type))
    if (![0, 404, 501].includes(status)) there.push(type)
  }
  return there
}

/** Discovery may be open to everybody (RFC 7644 §4): whether the token is good is seen by the lists. */
async function whyNoList(url: string, get: Get, types: readonly TypeAtHand[]): Promise<string | undefined> {
  const heard: Heard[] = []
  for (const type of types) {
    const answer = await get(listOf(type))
    if (answer.status !== 401) return undefined
    heard.push({ path: listOf(type), answer })
  }
  return refusedToken(url, heard)
}

/** Where nothing is told, there is what hardly any client can do without. */
function offersIn(config: JsonObject | undefined): Service['offers'] {
  const part = (name: string): JsonObject => (isObject(config?.[name]) ? config[name] : {})
  const has = (name: string): boolean => isTrue(part(name).supported)
  const { bulk, filter, pagination } = {
    bulk: part('bulk'),
    filter: part('filter'),
    pagination: part('pagination'),
  }
  const unlimited = Number.MAX_SAFE_INTEGER
  return {
    patch: config === undefined || has('patch'),
    bulk: has('bulk')
      ? {
          maxOperations: numberIn(bulk.maxOperations) ?? unlimited,
          maxPayloadSize: numberIn(bulk.maxPayloadSize) ?? unlimited,
        }
      : undefined,
    filter:
      config === undefined || has('filter')
        ? { maxResults: numberIn(filter.maxResults) ?? unlimited }
        : undefined,
    sort: has('sort'),
    etag: has('etag'),
    changePassword: has('changePassword'),
    // RFC 9865 §4: who says nothing of pages has those of RFC 7644.
    indexPaging: pagination.index === undefined || isTrue(pagination.index),
    cursorPaging: isTrue(pagination.cursor),
  }
}

function numberIn(value: Json | undefined): number | undefined {
  const number = Number(value ?? Number.NaN)
  return Number.isFinite(number) && number > 0 ? number : undefined
}
