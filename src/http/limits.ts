import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TakePermit } from '../ports/engine.ts'
import { errors } from '../scim/error.ts'
import { clientOfCredential } from '../tenants/credential.ts'
import type { Tenant } from '../tenants/tenant.ts'
import { callerOf } from './request.ts'

/** For each client. */
type ConcurrencyLimits = {
  readonly maxConcurrent: number
  readonly maxQueued: number
  /** Of the bodies of queued requests. */
  readonly maxQueuedBytes: number
}

type QueueEntry<Result> = {
  /** The limits apply to each client by itself. */
  readonly client: string
  /** The length of the body, which is held while the request waits. */
  readonly bytes: number
  /** Registers a listener for the client's disconnection. */
  readonly onDisconnect: (leave: () => void) => void
  /** Returns the result when the queue is full. */
  readonly whenFull: () => Result
}

/**
 * Runs work as soon as the limits allow, in order of arrival. Work whose client disconnects before it starts is dropped:
 * its promise stays pending.
 */
type RequestQueue = <Result>(entry: QueueEntry<Result>, work: () => Promise<Result>) => Promise<Result>

type Waiting = { readonly bytes: number; readonly start: () => void }
type ClientQueue = { running: number; bytes: number; readonly waiting: Set<Waiting> }

function createRequestQueue(limits: ConcurrencyLimits): RequestQueue {
  const queues = new Map<string, ClientQueue>()
  const queueOf = (client: string): ClientQueue => {
    const known = queues.get(client)
    if (known) return known
    const queue = { running: 0, bytes: 0, waiting: new Set<Waiting>() }
    queues.set(client, queue)
    return queue
  }
  return async ({ client, bytes, onDisconnect, whenFull }, work) => {
    const queue = queueOf(client)
    if (queue.running < limits.maxConcurrent) queue.running++
    else if (isFull(queue, bytes, limits)) return whenFull()
    else await new Promise<void>(start => enqueue(queue, { bytes, start }, onDisconnect))
    try {
      return await work()
    } finally {
      // The place goes directly to the next request in the queue, so that no later one takes it.
      if (!startNext(queue) && --queue.running === 0) queues.delete(client)
    }
  }
}

const isFull = (queue: ClientQueue, bytes: number, limits: ConcurrencyLimits): boolean =>
  queue.waiting.size >= limits.maxQueued || queue.bytes + bytes > limits.maxQueuedBytes

function enqueue(
  queue: ClientQueue,
  waiting: Waiting,
  onDisconnect: QueueEntry<unknown>['onDisconnect'],
): void {
  queue.waiting.add(waiting)
  queue.bytes += waiting.bytes
  onDisconnect(() => dequeue(queue, waiting))
}

function dequeue(queue: ClientQueue, waiting: Waiting): boolean {
  if (!queue.waiting.delete(waiting)) return false
  queue.bytes -= waiting.bytes
  return true
}

function startNext(queue: ClientQueue): boolean {
  const [next] = queue.waiting
  if (!next) return false
  dequeue(queue, next)
  next.start()
  return true
}

/** Handles a request as soon as the limits of its access token allow. `reject` returns the result for a full queue. */
type LimitConcurrency = <Result>(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Result>,
  reject: (error: Error) => Result,
) => Promise<Result>

/** Most requests are handled at once or wait for a shared commit, so only a flood of them is ever queued. */
const requestLimits: ConcurrencyLimits = {
  maxConcurrent: 32,
  maxQueued: 2048,
  maxQueuedBytes: 16 * 1024 * 1024,
}
/** Each takes its share of every turn of the event loop. */
const longRequestLimits: ConcurrencyLimits = { ...requestLimits, maxConcurrent: 4 }

/**
 * Limits the concurrent requests of an access token, credential or access key, so that no client delays the others. The console's own
 * requests and those without credentials are exempt.
 */
export function createConcurrencyLimit(): LimitConcurrency {
  const requests = createRequestQueue(requestLimits)
  const longRequests = createRequestQueue(longRequestLimits)
  return (request, reply, work, reject) => {
    const { token, credential, aws } = callerOf(request)
    const client = token?.id ?? (credential && clientOfCredential(credential)) ?? aws?.accessKey
    if (client === undefined) return work()
    const [queue, limits] = isLongRunning(request)
      ? [longRequests, longRequestLimits]
      : [requests, requestLimits]
    const entry = {
      client,
      // Also of a compressed body, which the journal doesn't record.
      bytes: Buffer.isBuffer(request.body) ? request.body.length : 0,
      whenFull: () => reject(tooManyRequests(limits)),
      // A delayed request is handled even if its client has disconnected.
      onDisconnect: (leave: () => void) => void (request.fault ?? reply.raw.once('close', leave)),
    }
    return queue(entry, work)
  }
}

/** Bulk requests, searches by POST, sorted lists, and lists with a filter that needs more than an index. */
function isLongRunning({ method, query, address }: FastifyRequest): boolean {
  if (method === 'POST') return /^(bulk|\.search)$/i.test(address?.segments.at(-1) ?? '')
  const { filter, sortBy } = query as Readonly<Record<string, unknown>>
  return sortBy !== undefined || (filter !== undefined && !isLookUp(String(filter)))
}

/** Whether a filter compares for equality only, possibly several attributes. An index usually finds those. */
const isLookUp = (filter: string): boolean =>
  filter.length <= 500 && !/\b(ne|co|sw|ew|pr|g[te]|l[te]|or|not)\b/i.test(filter.replace(quoted, ''))

const quoted = /"(?:[^"\\]|\\.)*"/g

const tooManyRequests = ({ maxConcurrent, maxQueued }: ConcurrencyLimits) =>
  errors.tooBusy(
    `This client has ${maxConcurrent} concurrent requests of this kind, and its queue is full (${maxQueued} requests or 16 MiB). Send fewer at a time.`,
  )

/** Throws ScimError for a request above the rate; a promise rejects with it. */
type Throttle = (tenant: Tenant, method: string) => void | Promise<void>

/** Rejects requests above the profile's rate per tenant (AWS: 25 writes/s, 40 reads/s), for tenants with rate limiting. */
export function createThrottle(takePermit: TakePermit): Throttle {
  return (tenant, method) => {
    if (tenant.settings.throttle === 'off') return
    const kind = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
    const { readsPerSecond, writesPerSecond } = tenant.profile.requests.limits
    const rate = kind === 'read' ? readsPerSecond : writesPerSecond
    const check = (isPermitted: boolean) => {
      if (!isPermitted)
        throw errors.throttled(`More than ${rate} ${kind} requests per second. Wait and retry.`)
    }
    const taken = takePermit(tenant.key, kind, rate)
    return taken instanceof Promise ? taken.then(check) : check(taken)
  }
}
