import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type AddressKind,
  classifyAddress,
  createCheckedFetch,
  isRefusedAddress,
  type ResolveHost,
} from '../../domain/outbound/addresses.ts'
import type { Deliveries, WaitingDelivery, WebhookEventType } from '../../domain/ports/deliveries.ts'

export type SigningKey = Buffer

const invalidSecrets =
  'must be Standard Webhooks secrets, separated by spaces: "whsec_" and the base64 of 24 to 64 random bytes'

/** Throws an Error without the keys. Messages are signed with every key, so that receivers can rotate secrets. */
export function readWebhookSecrets(text: string): readonly SigningKey[] {
  const secrets = text.split(/\s+/).filter(Boolean)
  return secrets.map((secret, index) => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
    const key = Buffer.from(base64, 'base64')
    const isWhole = key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
    if (isWhole && key.length >= 24 && key.length <= 64) return key
    throw new Error(
      secrets.length === 1 ? invalidSecrets : `${invalidSecrets}; number ${index + 1} is invalid`,
    )
  })
}

/** The id of a message. Contains no full stop, which separates the signed parts. */
export const newMessageId = (): string => `msg_${randomUUID().replaceAll('-', '')}`

/** Standard Webhooks 1.0.0. `at` is in milliseconds since 1970. Without a key there is no signature. */
export function deliveryHeaders(
  keys: readonly SigningKey[],
  { id, body }: { readonly id: string; readonly body: string },
  at: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000))
  const sign = (key: SigningKey) =>
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(keys.length > 0 && { 'webhook-signature': keys.map(sign).join(' ') }),
  }
}

export type DeliveryResult = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

/** JSON for one or more URLs. All attempts have the same id, by which receivers detect duplicates. */
export type WebhookMessage = { readonly id: string; readonly body: string }

/** Attempts to deliver a message once. Never throws. */
export type PostMessage = (url: string, message: WebhookMessage, stop: AbortSignal) => Promise<DeliveryResult>

const timeout = 10_000

/** Receivers may be in a private network or on this machine; credentials of this machine are to be had at the others. */
const refused: readonly (AddressKind | undefined)[] = ['metadata', 'link-local', 'translated']

export const isRefusedWebhookAddress = (address: string): boolean =>
  refused.includes(classifyAddress(address))

type PostOptions = {
  readonly resolveHost?: ResolveHost
}

export function createPostMessage(
  keys: readonly SigningKey[],
  { resolveHost }: PostOptions = {},
): PostMessage {
  const { fetch } = createCheckedFetch({
    refuses: isRefusedWebhookAddress,
    timeout,
    // As for Node's own fetch.
    useProxy: process.env.NODE_USE_ENV_PROXY === '1',
    resolveHost,
  })
  return async (url, message, stop) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Scimulator',
          ...deliveryHeaders(keys, message, Date.now()),
        },
        body: message.body,
        // The operator has not configured the target of a redirect.
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(timeout)]),
      })
      await response.body?.cancel()
      const { ok, status } = response
      return ok ? { ok, status } : { ok, status, reason: `status ${status}` }
    } catch (error) {
      return { ok: false, reason: failureReason(error) }
    }
  }
}

// Without the error's message, which may contain the URL.
function failureReason(error: unknown): string {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return 'no response within 10 seconds'
  if (isRefusedAddress(error)) return 'address of a metadata service, or link-local'
  const code = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'not reachable'
}

/** The deliveries of this process to one URL since the start. Times are machine time. */
export type DeliveryStatus = {
  readonly delivered: number
  readonly failed: number
  readonly last?: { readonly at: number; readonly event: WebhookEventType; readonly status?: number }
}

export type DeliveryQueue = {
  deliver(stop: AbortSignal): Promise<void>
  wake(): void
  recordLost(): void
  state(): DeliveryStatus
}

type DeliveryQueueOptions = {
  readonly url: string
  readonly target: string
  readonly deliveries: Pick<Deliveries, 'oldest' | 'remove'>
  readonly post: PostMessage
  /** Milliseconds before the second and the third attempt. */
  readonly retryDelays?: readonly number[]
  readonly onFailure: (reason: string) => void
  /** Called when messages cannot be read or removed, once until they can. */
  readonly onUnavailable: (error: unknown) => void
}

/** Milliseconds until the database is queried again after an error. */
const pauseAfterError = 1000

/** A message is removed after its last attempt, so one that is under way when the process ends is posted again. */
export function createDeliveryQueue(options: DeliveryQueueOptions): DeliveryQueue {
  const { url, target, deliveries, post, retryDelays = [2_000, 10_000], onFailure, onUnavailable } = options
  let state: DeliveryStatus = { delivered: 0, failed: 0 }
  let news = Promise.withResolvers<void>()
  let posted: string | undefined

  const postWithRetries = async (delivery: WaitingDelivery, stop: AbortSignal): Promise<DeliveryResult> => {
    let result = await post(url, delivery, stop)
    for (const milliseconds of retryDelays) {
      if (result.ok || stop.aborted) break
      await pause(milliseconds, undefined, { signal: stop, ref: false })
      result = await post(url, delivery, stop)
    }
    return result
  }

  const recordResult = ({ event }: WaitingDelivery, { ok, status, reason = '' }: DeliveryResult) => {
    state = {
      delivered: state.delivered + (ok ? 1 : 0),
      failed: state.failed + (ok ? 0 : 1),
      last: { at: Date.now(), event, ...(status !== undefined && { status }) },
    }
    if (!ok) onFailure(reason)
  }

  /** Returns whether there was a message. */
  const deliverOldest = async (stop: AbortSignal): Promise<boolean> => {
    const delivery = await deliveries.oldest(target)
    if (!delivery) return false
    if (delivery.id !== posted) {
      const result = await postWithRetries(delivery, stop)
      // The message waits for the next start, or for another instance.
      if (stop.aborted && !result.ok) return false
      posted = delivery.id
      recordResult(delivery, result)
    }
    await deliveries.remove(delivery)
    return true
  }

  const wake = () => {
    news.resolve()
    news = Promise.withResolvers()
  }

  return {
    async deliver(stop) {
      stop.addEventListener('abort', wake, { once: true })
      let isAvailable = true
      while (!stop.aborted) {
        const { promise } = news
        try {
          const wasOne = await deliverOldest(stop)
          isAvailable = true
          if (!wasOne && !stop.aborted) await promise
        } catch (error) {
          if (stop.aborted) return
          if (isAvailable) onUnavailable(error)
          isAvailable = false
          await pause(pauseAfterError, undefined, { signal: stop, ref: false }).catch(() => {})
        }
      }
    },
    wake,
    recordLost() {
      state = { ...state, failed: state.failed + 1 }
    },
    state: () => state,
  }
}
