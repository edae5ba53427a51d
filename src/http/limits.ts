import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../scim/error.ts'
import type { Tenant } from '../tenants/tenant.ts'
import { intentAndTarget } from './request-facts.ts'
import type { ScimResponse } from './responses.ts'

/** What may be under way for one client. */
export type ConcurrencyLimits = {
  /** The most requests worked on at a time. */
  readonly maxConcurrent: number
  /** The most requests that wait, and the most bytes of their bodies. */
  readonly maxQueued: number
  readonly maxQueuedBytes: number
}

export type QueueEntry = {
  /** Whose turn it is: the limits hold for each of them. */
  readonly client: string
  /** The length of the body that is kept while it waits. */
  readonly bytes: number
  /** Registers what is to happen when the client leaves. */
  readonly onDisconnect: (leave: () => void) => void
  /** Makes the error when too much waits already. */
  readonly createError: () => Error
}

/**
 * Runs work as soon as the limits allow, in order of arrival. Work whose client leaves before its turn is dropped: its
 * promise stays pending.
 */
export type RequestQueue = <Result>(turn: QueueEntry, work: () => Promise<Result>) => Promise<Result>

type Waiting = { readonly bytes: number; readonly start: () => void }
type ClientQueue = { running: number; bytes: number; readonly waiting: Set<Waiting> }

export function createRequestQueue(limits: ConcurrencyLimits): RequestQueue {
  const lines = new Map<string, ClientQueue>()
  const lineOf = (client: string): ClientQueue => {
    const known = lines.get(client)
    if (known) return known
    const line = { running: 0, bytes: 0, waiting: new Set<Waiting>() }
    lines.set(client, line)
    return line
  }
  return async ({ client, bytes, onDisconnect, createError }, work) => {
    const line = lineOf(client)
    if (line.running < limits.maxConcurrent) line.running++
    else if (isFull(line, bytes, limits)) throw createError()
    else await new Promise<void>(start => enqueue(line, { bytes, start }, onDisconnect))
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so nobody who arrives later takes it.
      if (!startNext(line) && --line.running === 0) lines.delete(client)
    }
  }
}

const isFull = (line: ClientQueue, bytes: number, limits: ConcurrencyLimits): boolean =>
  line.waiting.size >= limits.maxQueued || line.bytes + bytes > limits.maxQueuedBytes

function enqueue(line: ClientQueue, waiting: Waiting, onDisconnect: QueueEntry['onDisconnect']): void {
  line.waiting.add(waiting)
  line.bytes += waiting.bytes
  onDisconnect(() => dequeue(line, waiting))
}

function dequeue(line: ClientQueue, waiting: Waiting): boolean {
  if (!line.waiting.delete(waiting)) return false
  line.bytes -= waiting.bytes
  return true
}

function startNext(line: ClientQueue): boolean {
  const [next] = line.waiting
  if (!next) return false
  dequeue(line, next)
  next.start()
  return true
}

/** Carries out a request as soon as what is under way for its access token allows. */
export type LimitConcurrency = (
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<ScimResponse>,
) => Promise<ScimResponse>

/** Most requests are answered at once or wait for a commit that they share, so only a flood of them ever waits. */
const requestLimits: ConcurrencyLimits = {
  maxConcurrent: 32,
  maxQueued: 2048,
  maxQueuedBytes: 16 * 1024 * 1024,
}
/** Each takes its share of every turn of the event loop. */
const longRequestLimits: ConcurrencyLimits = { ...requestLimits, maxConcurrent: 4 }

/**
 * Limits the requests under way for an access token, so that no client holds the others up. Requests of the console's
 * own, and those that need no token, are exempt.
 */
export function createConcurrencyLimit(): LimitConcurrency {
  const turns = createRequestQueue(requestLimits)
  const longTurns = createRequestQueue(longRequestLimits)
  return (request, reply, work) => {
    const { token, fault } = request.exchange
    if (!token) return work()
    const turn = {
      client: token.id,
      // Of any encoding; the journal's copy has only what is plain.
      bytes: Buffer.isBuffer(request.body) ? request.body.length : 0,
      createError: () => {
        // The journal says what it was about.
        Object.assign(request.exchange, intentAndTarget(request))
        return tooManyRequests(isLongRunning(request) ? longRequestLimits : requestLimits)
      },
      // A delayed request is carried out though its client has left.
      onDisconnect: (leave: () => void) => void (fault ?? reply.raw.once('close', leave)),
    }
    return isLongRunning(request) ? longTurns(turn, work) : turns(turn, work)
  }
}

/** Bulk requests, searches by POST, sorted lists and those whose filter does more than look resources up. */
function isLongRunning({ method, query, exchange }: FastifyRequest): boolean {
  if (method === 'POST') return /^(bulk|\.search)$/i.test(exchange.address?.segments.at(-1) ?? '')
  const { filter, sortBy } = query as Readonly<Record<string, unknown>>
  return sortBy !== undefined || (filter !== undefined && !isLookUp(String(filter)))
}

/** A comparison for equality, or several that must all hold. It is found by an index, as a rule. */
const isLookUp = (filter: string): boolean =>
  filter.length <= 500 && !/\b(ne|co|sw|ew|pr|g[te]|l[te]|or|not)\b/i.test(filter.replace(quoted, ''))

const quoted = /"(?:[^"\\]|\\.)*"/g

const tooManyRequests = ({ maxConcurrent, maxQueued }: ConcurrencyLimits) =>
  errors.tooBusy(
    `This access token has ${maxConcurrent} requests of this kind under way, and no more can wait (at most ${maxQueued}, or 16 MiB). Send fewer at a time.`,
  )

type Bucket = { left: number; filled: number }
type Kind = 'write' | 'read'

/**
 * Refuses what goes over the profile's requests a second and tenant, where the tenant asks for that (AWS's
 * quotas: 25 writes, 40 reads). `monotonic` gives milliseconds.
 */
export function createThrottle(monotonic: () => number): (tenant: Tenant, method: string) => void {
  const buckets = new Map<string, Bucket>()
  return (tenant, method) => {
    if (tenant.settings.throttle === 'off') return
    const kind: Kind = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
    const { readsPerSecond, writesPerSecond } = tenant.profile.requests.limits
    const rate = kind === 'read' ? readsPerSecond : writesPerSecond
    if (!take(bucketOf(buckets, `${tenant.key} ${kind}`, rate, monotonic()), rate, monotonic())) {
      throw errors.throttled(
        `More than ${rate} ${kind} requests in a second. Wait a moment and send it again.`,
      )
    }
  }
}

function bucketOf(buckets: Map<string, Bucket>, name: string, rate: number, now: number): Bucket {
  const known = buckets.get(name)
  if (known) return known
  const bucket = { left: rate, filled: now }
  buckets.set(name, bucket)
  return bucket
}

function take(bucket: Bucket, rate: number, now: number): boolean {
  bucket.left = Math.min(rate, bucket.left + ((now - bucket.filled) * rate) / 1000)
  bucket.filled = now
  if (bucket.left < 1) return false
  bucket.left -= 1
  return true
}
