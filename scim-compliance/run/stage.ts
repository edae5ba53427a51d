import { setTimeout as pause } from 'node:timers/promises'
import type {
  AuthorizationOptions,
  Check,
  CheckContext,
  HttpHeaders,
  ScimResponse,
  SendOptions,
  ServiceInfo,
  SupportedType,
} from '../check.ts'
import type { Client } from '../client/client.ts'
import { type ExtraBody, extraBodyFor } from '../data/extra-bodies.ts'
import { createBody, type ReferenceTarget } from '../data/sample-bodies.ts'
import { expectCreated, fail, formatValue, isSuccess, skip } from '../expect.ts'
import { compact, isObject, type JsonObject, patchOpUrn } from '../scim.ts'
import { type CreationLog, createdId, createResourceTracker, resourceId } from './clean-up.ts'
import { hasWrongCredentials, isUnauthenticated, type WrongCredentials } from './credentials.ts'
import { type DiscoveryExchanges, describeDiscovery } from './discovery.ts'
import {
  isAboutCreating,
  isGroups,
  isUsers,
  type Rejection,
  rejectionFor,
  rejectionFrom,
  type Unmet,
  withTypes,
} from './needs.ts'
import type { Probes } from './probes.ts'
import type { LeftBehind, Outcome } from './result.ts'
import { createSender, type SenderOptions } from './sending.ts'

/**
 * Creates a resource for a check. A failure to do so fails the check only if it is about creation: if it checks
 * creation, sends another value of a common attribute, or creates again what it has created before.
 */
function createResourceCreator(
  { send, sample }: Pick<CheckContext, 'send' | 'sample'>,
  { refused: allRefused }: RunContext,
  check: Check | undefined,
): CheckContext['create'] {
  const madeBefore = new Set<string>()
  return async (type, given = {}) => {
    const sent = sample(type, given)
    const response = await send('POST', type.endpoint, { body: sent })
    const what = `${type.name} ${attributeNames(sent)}`
    const id = resourceId(response.body)
    // Some servers return 200, which one check reports.
    if (isSuccess(response) && id !== undefined) {
      madeBefore.add(what)
      const body = isObject(response.body) ? response.body : {}
      return { id, path: `${type.endpoint}/${encodeURIComponent(id)}`, sent, body, response }
    }
    const refused = rejectionFrom(type, response)
    const isForbidden = refused.why === 'unasked'
    if (isForbidden) allRefused.set(type.name, refused)
    const again =
      madeBefore.has(what) ||
      (Object.keys(given).length > 0 && attributeNames(sent) === attributeNames(sample(type)))
    if (isForbidden || !(isAboutCreating(check) || (again && isRejection(response)))) skip(refused.reason)
    expectCreated(response)
    return fail(
      'an id of the new resource',
      formatValue(isObject(response.body) ? response.body.id : undefined),
      response,
    )
  }
}

/** Of those that aren't empty lists. */
const attributeNames = (body: JsonObject): string =>
  Object.entries(body)
    .flatMap(([name, value]) => (Array.isArray(value) && value.length === 0 ? [] : [name]))
    .sort()
    .join()

/** A rate limit or a server error isn't a response to the request itself. */
const isRejection = ({ status }: ScimResponse): boolean => status >= 400 && status < 500 && status !== 429

export type RunContext = {
  readonly client: Client
  readonly service: ServiceInfo
  readonly discovery: DiscoveryExchanges
  readonly types: readonly SupportedType[]
  readonly extras: readonly ExtraBody[]
  readonly mark: string
  readonly next: () => number
  /** Headers that requests without credentials replace, in addition to the token. */
  readonly stranger: () => Promise<HttpHeaders>
  /** Aborted when no check may send further requests. */
  readonly stop: AbortSignal
  /** Types of which no resource can be created, by name, and why; completed during the run. */
  readonly refused: Map<string, Rejection>
  /** Attributes that are required although no schema requires them, by the name of their type; set by the probe. */
  readonly needed: Map<string, readonly string[]>
  /** The types whose userName must be an email address; set by the probe. */
  readonly addressed: Set<string>
  /** The resources that required references refer to, by the name of their type in lower case; created by the probe. */
  readonly referents: Map<string, ReferenceTarget>
  readonly wrongCredentials: WrongCredentials
  /** The requested rate is below that of a load check. */
  readonly keepsPace: boolean
  readonly authorization: AuthorizationOptions
  readonly traces: CreationLog
  readonly probes: Probes
  /** Why a check with these needs can't run. */
  readonly lacks: (check: Pick<Check, 'id' | 'suite' | 'needs'>) => Unmet | undefined
  /** The exchanges with a 5xx that didn't come again when their check was repeated. */
  readonly occasional: number[]
  /** In the order in which the checks ended. */
  readonly outcomes: Outcome[]
  /** Resources that probes couldn't remove. */
  readonly left: LeftBehind[]
}

export type CheckSession = ReturnType<typeof createCheckSession>

/** Without a check, the context is that of the probe. */
export function createCheckSession(run: RunContext, check?: Check) {
  const { client, types, mark, stop, keepsPace } = run
  const { service, lastRead } = describeDiscovery(run.service, run.discovery)
  const createdResources = createResourceTracker({ client, url: service.url, types, mark })
  const posted = new WeakMap<ScimResponse, SendOptions['body']>()
  let lastStatus: number | undefined
  const unique: CheckContext['unique'] = prefix => {
    const own = `${run.mark}-${run.next()}`
    return prefix ? `${prefix}-${own}` : own
  }
  const typeAt = (path: string) => {
    const [where = ''] = path.split('?')
    return types.find(({ endpoint }) => endpoint === where.replace(/\/$/, ''))
  }
  const heard = (...[[method, path, options], response]: Parameters<SenderOptions['heard']>) => {
    const type = typeAt(path)
    const sent = options?.body
    // A request that a check expects to be rejected may create a resource, too.
    if (method === 'POST' && (type || /^\/Bulk\b/.test(path))) {
      if (response) createdResources.add(response, { type, sent })
      run.traces.posted({ type, sent }, response)
    }
    if (method === 'DELETE' && response?.status === 204) createdResources.gone(path.split('?')[0] ?? '')
  }
  const sender = createSender({ client, stop, keepsPace, load: check?.load ?? false, heard })
  /** RFC 7644 §3.3 only recommends a body for a 201: without one, the resource is read. */
  const withRepresentation = async (response: ScimResponse, type: SupportedType): Promise<ScimResponse> => {
    const id = response.status === 201 && response.text === '' ? createdId(response, type) : undefined
    if (id === undefined) return response
    const read = await sender.send('GET', `${type.endpoint}/${encodeURIComponent(id)}`)
    return read.status === 200 ? { ...response, body: read.body } : response
  }
  /** Many frameworks return 422 for each invalid request. */
  const withInvalid = async (response: ScimResponse): Promise<ScimResponse> => {
    const isOther = check?.suite !== 'rfc' || check.unconverted === 'statuses'
    if (response.status !== 422 || isOther) return response
    const { holds } = await run.probes.ask('probe/invalid-is-400')
    return holds === false ? { ...response, standsFor: 400 } : response
  }
  const send: CheckContext['send'] = async (method, path, options) => {
    const type = typeAt(path)
    const refusal = method === 'POST' && type && rejectionFor(run.refused.get(type.name), check)
    if (refusal) skip(refusal.reason, refusal.follows)
    const played = isUnauthenticated(options?.headers)
    const headers = played ? { ...(await run.stranger()), ...options?.headers } : options?.headers
    const perform = () => sender.send(method, path, { ...options, ...compact({ headers }) })
    const came = hasWrongCredentials(options)
      ? await run.wrongCredentials.send({ method, path, options }, perform)
      : await perform()
    sender.saw(came)
    const whole = method === 'POST' && type?.endpoint === path ? await withRepresentation(came, type) : came
    const response = await withInvalid(withTypes(whole, check))
    lastStatus = played ? undefined : response.status
    posted.set(response, options?.body)
    return response
  }
  const made =
    (full: boolean) =>
    (type: SupportedType, given: JsonObject = {}) =>
      createBody(
        type,
        {
          full,
          unique,
          // Required by RFC 7643 §4.2, but not by its §8.7.1: groups are searched for by name, whatever their schema requires.
          needed: [...(run.needed.get(type.name) ?? []), ...(isGroups(type) ? ['displayName'] : [])],
          isAddress: run.addressed.has(type.name),
          referents: run.referents,
        },
        ...extraBodyFor(type, run.extras, unique),
        given,
      )
  const sample = made(false)
  const withBody =
    (method: 'POST' | 'PUT') => (path: string, body: SendOptions['body'], headers?: SendOptions['headers']) =>
      send(method, path, compact({ body, headers }))
  const context: CheckContext = {
    service,
    types,
    send,
    get: (path, headers) => send('GET', path, headers && { headers }),
    post: withBody('POST'),
    put: withBody('PUT'),
    patch: (path, ...operations) =>
      send('PATCH', path, { body: { schemas: [patchOpUrn], Operations: operations } }),
    delete: (path, headers) => send('DELETE', path, headers && { headers }),
    elsewhere: sender.elsewhere,
    sample,
    fullSample: made(true),
    create: createResourceCreator({ send, sample }, run, check),
    removeAfterwards: (type, response) =>
      createdResources.add(response, { type, sent: posted.get(response) }, 'vouched'),
    unique,
    get users() {
      return types.find(isUsers) ?? skip('The server has no users.')
    },
    get groups() {
      return types.find(isGroups) ?? skip('The server has no groups.', undefined, 'groups')
    },
    eventually: test => eventually(test, run.stop),
    lacks: (...needs) => run.lacks({ id: check?.id ?? '', suite: check?.suite ?? 'rfc', needs })?.reason,
    probe: run.probes.ask,
    exchanges: () => client.exchanges,
    outcomes: () => run.outcomes,
    authorization: run.authorization,
    occasional5xx: () => ({ exchanges: run.occasional, of: client.exchanges.length }),
  }
  return {
    context,
    createdResources,
    sender,
    /** Of the last request with the credentials of the run. */
    lastStatus: () => lastStatus,
    lastRead,
  }
}

const eventualDelays = [0, 100, 200, 400, 800, 1600]

async function eventually(test: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (const wait of eventualDelays) {
    // A check that is stopped meanwhile ends with its next request.
    await pause(wait, undefined, { signal }).catch(() => {})
    if (await test()) return true
  }
  return false
}
