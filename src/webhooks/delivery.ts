import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { WebhookEvent } from './event.ts'

/** The key of a secret `whsec_…`. */
export type SigningKey = Buffer

const invalidSecrets =
  'must be Standard Webhooks secrets, separated by spaces: "whsec_" and the base64 of 24 to 64 random bytes'

/**
 * Reads the keys from the text of the setting. Throws an Error that doesn't contain them. Messages are signed with every
 * key, so that receivers can rotate secrets.
 */
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

/**
 * The headers of one attempt to deliver a message (Standard Webhooks 1.0.0). `at` is the time of the attempt in
 * milliseconds since 1970. Without a key there is no signature.
 */
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

/** The result of one attempt; `reason` for a failure. */
export type DeliveryResult = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

/** JSON for one or more URLs. All attempts have the same id, by which receivers detect duplicates. */
type WebhookMessage = { readonly id: string; readonly body: string }

/** Attempts to deliver a message once. Never throws. */
export type PostMessage = (url: string, message: WebhookMessage, stop: AbortSignal) => Promise<DeliveryResult>

const timeout = 10_000

/** Posts with fetch, signed with every key. */
export const createPostMessage =
  (keys: readonly SigningKey[]): PostMessage =>
  async (url, message, stop) => {
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

// Without the error's message, which may contain the URL.
function failureReason(error: unknown): string {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return 'no response within 10 seconds'
  const code = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'not reachable'
}

/** The deliveries to one URL since the start. Times are machine time. */
export type DeliveryStatus = {
  readonly delivered: number
  readonly failed: number
  readonly last?: { readonly at: number; readonly event: WebhookEvent['type']; readonly status?: number }
}

type Delivery = WebhookMessage & { readonly event: WebhookEvent['type'] }

export type DeliveryQueue = {
  /** Queues a delivery. If the queue is full, it counts as failed. */
  add(delivery: Delivery): void
  state(): DeliveryStatus
}

type DeliveryQueueOptions = {
  readonly url: string
  readonly post: PostMessage
  /** Milliseconds before the second and the third attempt. */
  readonly retryDelays?: readonly number[]
  readonly maxQueued?: number
  readonly stop: AbortSignal
  /** Called after the last attempt. */
  readonly onFailure: (reason: string) => void
}

/** Delivers messages to one URL, one at a time, with up to three attempts each. */
export function createDeliveryQueue(options: DeliveryQueueOptions): DeliveryQueue {
  const { url, post, retryDelays = [2_000, 10_000], maxQueued = 100, stop, onFailure } = options
  const waiting: Delivery[] = []
  let isBusy = false
  let state: DeliveryStatus = { delivered: 0, failed: 0 }

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    let result = await post(url, delivery, stop)
    for (const milliseconds of retryDelays) {
      if (result.ok || stop.aborted) break
      await pause(milliseconds, undefined, { signal: stop, ref: false })
      result = await post(url, delivery, stop)
    }
    return result
  }

  const recordResult = ({ event }: Delivery, { ok, status, reason = '' }: DeliveryResult) => {
    state = {
      delivered: state.delivered + (ok ? 1 : 0),
      failed: state.failed + (ok ? 0 : 1),
      last: { at: Date.now(), event, ...(status !== undefined && { status }) },
    }
    if (!ok) onFailure(reason)
  }

  const deliverAll = async () => {
    isBusy = true
    for (let delivery = waiting.shift(); delivery && !stop.aborted; delivery = waiting.shift()) {
      const result = await deliver(delivery)
      if (!stop.aborted) recordResult(delivery, result)
    }
    isBusy = false
  }

  return {
    add(delivery) {
      if (stop.aborted) return
      if (waiting.length >= maxQueued) {
        state = { ...state, failed: state.failed + 1 }
        return
      }
      waiting.push(delivery)
      // Rejects when a pause is aborted by `stop`.
      if (!isBusy) deliverAll().catch(() => undefined)
    },
    state: () => state,
  }
}
