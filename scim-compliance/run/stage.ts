import { setTimeout as pause } from 'node:timers/promises'
import type {
  Check,
  CheckContext,
  CreatedResource,
  HttpHeaders,
  ScimResponse,
  SendOptions,
  ServiceInfo,
  SupportedType,
} from '../check.ts'
import type { Client } from '../client/client.ts'
import { type ExtraBody, extraBodyFor } from '../data/extra-bodies.ts'
import { createBody, createReferenceFinder, type ReferenceTarget } from '../data/sample-bodies.ts'
import { expectStatus, fail, formatValue, skip } from '../expect.ts'
import { compact, isObject, type JsonObject, patchOpUrn } from '../scim.ts'
import { type CreatedResources, type CreationLog, createResourceTracker, resourceId } from './clean-up.ts'
import { hasWrongCredentials, isUnauthenticated, type WrongCredentials } from './credentials.ts'
import { type DiscoveryExchanges, describeDiscovery } from './discovery.ts'
import {
  isAboutCreating,
  isGroups,
  isSuccess,
  isUsers,
  type Rejection,
  rejectionFor,
  rejectionFrom,
  withTextIds,
} from './needs.ts'
import { createSender, type Sender, type SenderOptions } from './sending.ts'

type CreatorDeps = Pick<CheckContext, 'send' | 'sample'> & {
  /** Undefined where no check asks. */
  readonly check: Check | undefined
  /** Told when the rights are found to be too few. */
  readonly forbid: (type: SupportedType, refused: Rejection) => void
}

/**
 * Makes what a check works on. That it can't be made fails the check only where it is about that: where it looks at
 * creating, or gives another value of what every resource has, or makes again what it has made before.
 */
export function createResourceCreator({ send, sample, check, forbid }: CreatorDeps): CheckContext['create'] {
  const madeBefore = new Set<string>()
  return async (type, given = {}) => {
    const sent = sample(type, given)
    const response = await send('POST', type.endpoint, { body: sent })
    const what = `${type.name} ${attributeNames(sent)}`
    if (isCreated(response, check)) {
      madeBefore.add(what)
      return toCreatedResource(type, sent, response)
    }
    const refused = rejectionFrom(type, response)
    const isForbidden = refused.why === 'unasked'
    if (isForbidden) forbid(type, refused)
    const again =
      madeBefore.has(what) || (hasValues(given) && attributeNames(sent) === attributeNames(sample(type)))
    if (isForbidden || !(isAboutCreating(check) || (again && isRejection(response)))) skip(refused.reason)
    expectStatus(response, 201)
    return fail(
      'an id of what was created',
      formatValue(isObject(response.body) ? response.body.id : undefined),
      response,
    )
  }
}

/** Some servers answer 200, which is told by those checks that are about it. */
const isCreated = (response: ScimResponse, check: Check | undefined): boolean =>
  (isAboutCreating(check) ? response.status === 201 : isSuccess(response)) &&
  resourceId(response.body) !== undefined

const toCreatedResource = (
  type: SupportedType,
  sent: JsonObject,
  response: ScimResponse,
): CreatedResource => {
  const id = resourceId(response.body) ?? ''
  const body = isObject(response.body) ? response.body : {}
  return { id, path: `${type.endpoint}/${encodeURIComponent(id)}`, sent, body, response }
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const attributeNames = (body: JsonObject): string =>
  Object.keys(body)
    .filter(name => !isEmpty(body[name]))
    .sort()
    .join()

const hasValues = (given: JsonObject): boolean => Object.keys(given).length > 0

/** Who asks too often, or meets a fault, isn't refused for what was sent. */
const isRejection = ({ status }: ScimResponse): boolean => status >= 400 && status < 500 && status !== 429

/** What all checks of a run share. */
export type RunContext = {
  readonly client: Client
  readonly service: ServiceInfo
  readonly discovery: DiscoveryExchanges
  readonly types: readonly SupportedType[]
  readonly extras: readonly ExtraBody[]
  readonly mark: string
  /** The next number of the run. */
  readonly next: () => number
  /** Headers that whoever plays a stranger replaces, besides the token. */
  readonly stranger: () => Promise<HttpHeaders>
  /** Ended when no check is to send anything any more. */
  readonly stop: AbortSignal
  /** Of which types nothing can be made, by their names, and why; filled by whoever finds out. */
  readonly refused: Map<string, Rejection>
  /** Attributes that have to be there though no schema says so, by the name of their type; filled by the probe. */
  readonly needed: Map<string, readonly string[]>
  /** What required references refer to, by the name of its type in lower case; made by the probe. */
  readonly referents: Map<string, ReferenceTarget>
  readonly wrongCredentials: WrongCredentials
  /** The user wants fewer requests a second than a check about load needs. */
  readonly keepsPace: boolean
  /** What may have been made without anybody's knowing. */
  readonly traces: CreationLog
}

export type CheckSession = {
  readonly context: CheckContext
  readonly createdResources: CreatedResources
  readonly sender: Sender
  /** The last answer to a request that had the credentials of the run. */
  readonly lastStatus: () => number | undefined
  /** The number of the exchange of discovery that the check has read last. */
  readonly lastRead: () => number | undefined
}

/** A stage of its own for each check; without one, for trying what can be made at all. */
export function createCheckSession(run: RunContext, check?: Check): CheckSession {
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
    // Also what a check expects to be refused may be made.
    if (method === 'POST' && (type || /^\/Bulk\b/.test(path))) {
      if (response) createdResources.add(response, { type, sent })
      run.traces.posted({ type, sent }, response)
    }
    if (method === 'DELETE' && response?.status === 204) createdResources.gone(path.split('?')[0] ?? '')
  }
  const sender = createSender({ client, stop, keepsPace, load: check?.load ?? false, heard })
  const send: CheckContext['send'] = async (method, path, options) => {
    const type = typeAt(path)
    const refusal = method === 'POST' && type && rejectionFor(run.refused.get(type.name), check)
    if (refusal) skip(refusal)
    const played = isUnauthenticated(options?.headers)
    const headers = played ? { ...(await run.stranger()), ...options?.headers } : options?.headers
    const perform = () => sender.send(method, path, { ...options, ...compact({ headers }) })
    const came = hasWrongCredentials(options)
      ? await run.wrongCredentials.send({ method, path, options }, perform)
      : await perform()
    sender.saw(came)
    const response = withTextIds(came, check)
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
          // RFC 7643 §4.2 requires it, and its §8.7.1 doesn't: a group is looked for by its name, whatever its schema says.
          needed: [...(run.needed.get(type.name) ?? []), ...(isGroups(type) ? ['displayName'] : [])],
          referent: createReferenceFinder(run.referents),
        },
        ...extraBodyFor(type, run.extras, unique),
        given,
      )
  const sample = made(false)
  const withBody =
    (method: 'POST' | 'PUT') => (path: string, body: SendOptions['body'], headers?: SendOptions['headers']) =>
      send(method, path, compact({ body, headers }))
  const create = createResourceCreator({
    send,
    sample,
    check,
    forbid: (type, refused) => run.refused.set(type.name, refused),
  })
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
    sample,
    fullSample: made(true),
    create,
    removeAfterwards: (type, response) =>
      createdResources.add(response, { type, sent: posted.get(response) }, 'vouched'),
    unique,
    get users() {
      return types.find(isUsers) ?? skip('The server has no users.')
    },
    get groups() {
      return types.find(isGroups) ?? skip('The server has no groups.')
    },
    eventually: test => eventually(test, run.stop),
  }
  return { context, createdResources, sender, lastStatus: () => lastStatus, lastRead }
}

const eventualDelays = [0, 100, 200, 400, 800, 1600]

async function eventually(test: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (const wait of eventualDelays) {
    // Who is stopped meanwhile hears it at the next request.
    await pause(wait, undefined, { signal }).catch(() => {})
    if (await test()) return true
  }
  return false
}
