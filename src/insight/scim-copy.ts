import { randomBytes } from 'node:crypto'
import { parse } from 'node:querystring'
import type { MaybePromise } from '../domain/event-loop/maybe-promise.ts'
import type { KeptOrders, ResourceStore } from '../domain/ports/resources.ts'
import type { Tenant } from '../domain/tenants/tenant.ts'
import type { Profile } from '../profiles/profile.ts'
import { parseJsonOrUndefined, type TargetResponse } from '../provisioning/kit/target.ts'
import { noDeclarations } from '../scim/declare/declarations.ts'
import { errors, ScimError } from '../scim/error.ts'
import { compact, type Json } from '../scim/json.ts'
import { handleDiscovery } from '../scim-api/http/discovery.ts'
import { handleRootQuery } from '../scim-api/http/list-operations.ts'
import {
  type Outcome,
  type ResourceDeps,
  readJson,
  type ScimRequest,
  unreadable,
} from '../scim-api/http/request.ts'
import { handleResource } from '../scim-api/http/resource-operations.ts'
import { findRoute, type Route, readAddress } from '../scim-api/http/route.ts'
import { createProvider } from '../scim-api/provider/provider.ts'

/** `path` is relative to the endpoint and has the query: `/Users?filter=userName+eq+%22marge%22`. */
export type CopyRequest = {
  readonly method: string
  readonly path: string
  readonly body?: Json
  readonly headers?: ScimRequest['headers']
}

export type Answer = {
  readonly status: number
  readonly body?: string
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The rule of the profile that rejects the request. */
  readonly rule?: string
  readonly error?: ScimError
}

type CopyOptions = {
  readonly profile: Profile
  readonly store: ResourceStore
  readonly tenant: number
  /** The URL of the endpoint, as resources show it in `meta.location`. */
  readonly base?: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Lists that are sorted, or continue after a cursor, need them. */
  readonly orders?: KeptOrders
}

const root = '/copy/scim/v2'

/** All requests of a copy have the same ID. */
export const copyRequestId = '00000000-0000-4000-8000-000000000000'

/** A SCIM endpoint without HTTP, for requests whose effects are thrown away. There are no bulk requests. */
export function createScimCopy({
  profile,
  store,
  tenant: key,
  base = `https://scim.example${root}`,
  clock,
  orders,
}: CopyOptions) {
  const deps = copyDeps(store, clock, orders)
  const { responses } = profile
  const type = responses.mediaTypes[0]
  const fixedHeaders = lowered(responses.headers(copyRequestId))
  const tenant: Tenant = {
    key,
    id: 'copy',
    profile,
    settings: { profile: profile.name, onDelete: 'remove', throttle: 'off', switches: profile.switches },
    declared: noDeclarations,
    clockOffset: 0,
    created: 0,
  }

  /** An error of the request is an outcome, too. */
  async function outcome({ method, path, body, headers = {} }: CopyRequest): Promise<Outcome> {
    try {
      const address = readAddress(root + path)
      if (!address) throw errors.internal()
      const route = findRoute(method, address, profile)
      if (route.kind === 'unsupported') throw route.error
      if (route.kind === 'bulk') throw errors.internal()
      const request: ScimRequest = {
        received: { id: copyRequestId, at: clock(), started: 0 },
        caller: { tenant },
        method,
        root,
        base,
        query: queryOf(path),
        body: () => readBody(body, profile),
        headers,
        signal: () => undefined,
      }
      return await dispatch(route, request, deps)
    } catch (error) {
      return { ...unreadable, error }
    }
  }

  /** The response as a server writes it. Rejects for an error that is none of the request. */
  async function answer(request: CopyRequest): Promise<Answer> {
    const result = await outcome(request)
    if ('response' in result) {
      const { status, body, headers, mediaType = type } = result.response
      return {
        status,
        ...compact({ body }),
        headers: { ...fixedHeaders, ...lowered({ ...headers, 'content-type': mediaType }) },
      }
    }
    if (!(result.error instanceof ScimError)) throw result.error
    return rejection(result.error)
  }

  function rejection(error: ScimError): Answer {
    return {
      status: responses.status(error),
      body: JSON.stringify(responses.error(error, copyRequestId, clock())),
      headers: {
        ...fixedHeaders,
        ...lowered({ ...error.headers, ...responses.errorHeaders(error), 'content-type': type }),
      },
      ...compact({ rule: error.rule }),
      error,
    }
  }

  return { outcome, answer, rejection }
}

export type TargetAnswer = Extract<TargetResponse, { kind: 'response' }>

/** As a provisioning client receives it. */
export const toTargetResponse = ({ status, body: text = '', headers }: Answer): TargetAnswer => ({
  kind: 'response',
  status,
  body: parseJsonOrUndefined(text),
  text,
  mediaType: headers['content-type'] ?? '',
})

/** Handles the request of a route, except for bulk requests. */
export function dispatch(
  route: Exclude<Route, { kind: 'unsupported' | 'bulk' }>,
  request: ScimRequest,
  deps: ResourceDeps,
): MaybePromise<Outcome> {
  switch (route.kind) {
    case 'discovery':
      return handleDiscovery([], request, route)
    case 'root':
      return handleRootQuery(deps, request, route)
    default:
      return handleResource(deps, request, route)
  }
}

export const copyDeps = (
  store: ResourceStore,
  clock: () => number,
  orders: KeptOrders = noOrders,
): ResourceDeps => ({
  provider: createProvider({ store, orders, cursorKey: () => cursorKey }),
  recordSeen: () => {},
  clock,
})

const noOrders: KeptOrders = {
  keep: async () => ({ length: 0, first: new Float64Array() }),
  section: async () => undefined,
}

/** Opens no cursor of the server. */
const cursorKey = randomBytes(32)

const lowered = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

function queryOf(path: string): ReturnType<typeof parse> {
  const at = path.indexOf('?')
  return at < 0 ? {} : parse(path.slice(at + 1))
}

/** As over the wire: some texts are valid in a directory, but not in a body. */
function readBody(body: Json | undefined, { requests: { limits } }: Profile): Json | undefined {
  if (body === undefined) return undefined
  const bytes = Buffer.from(JSON.stringify(body))
  if (bytes.length > limits.bodyBytes) throw errors.payloadTooLarge(limits.bodyBytes)
  return readJson(bytes)
}
