import { Unreachable } from '../client/unreachable.ts'
import { Failure } from '../expect.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Answer, Service, TypeAtHand } from '../stage.ts'
import { type Get, readList } from './read-list.ts'
import { rfcResourceTypes } from './rfc-types.ts'
import { isTrue, typesAtHand } from './types-at-hand.ts'

export type Discovered = {
  readonly service: Service
  readonly types: readonly TypeAtHand[]
  readonly notes: readonly string[]
}

/** What a server says of itself; where it says nothing, what the RFC would have of it. */
export async function discover(url: string, ask: Get): Promise<Discovered> {
  const notes: string[] = []
  const answered = await ask('/ServiceProviderConfig').catch(error => {
    if (!(error instanceof Failure)) throw error
    throw new Unreachable(`${url} can’t be graded: it gave no answer to the first request (${error.got}).`)
  })
  if (answered.status === 401 || answered.status === 403) {
    notes.push(`The server refuses the token: ${answered.status} for /ServiceProviderConfig.`)
  }
  // A server that drops a connection over a list of discovery is graded for the rest.
  const get: Get = path =>
    ask(path).catch(error => (error instanceof Failure ? nothing : Promise.reject(error)))
  const config = answered.status === 200 && isObject(answered.body) ? answered.body : undefined
  const schemas = await readList(get, '/Schemas')
  const resourceTypes = await readList(get, '/ResourceTypes')
  const service = { url, config, schemas, resourceTypes, offers: offersIn(config) }
  if (config === undefined) notes.push('/ServiceProviderConfig can’t be read: PATCH and filters are assumed.')
  if (schemas.length === 0) notes.push('/Schemas can’t be read: the RFC’s schemas are assumed.')
  const told = typesAtHand(url, resourceTypes, schemas)
  if (told.length > 0) return { service, types: told, notes }
  notes.push('/ResourceTypes can’t be read: users and groups are looked for at /Users and /Groups.')
  return { service, types: await typesThere(get, typesAtHand(url, rfcResourceTypes, schemas)), notes }
}

const nothing: Answer = { status: 0, headers: {}, text: '', body: undefined, exchange: 0, milliseconds: 0 }

async function typesThere(get: Get, types: readonly TypeAtHand[]): Promise<readonly TypeAtHand[]> {
  const there: TypeAtHand[] = []
  for (const type of types) {
    const { status } = await get(`${type.endpoint}?count=1`)
    if (![0, 404, 501].includes(status)) there.push(type)
  }
  return there
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
