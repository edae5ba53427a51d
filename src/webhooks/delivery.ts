import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { WebhookEvent } from './event.ts'

/** The key of a secret `whsec_…`. */
export type SigningKey = Buffer

const mistake =
  'has to be secrets as Standard Webhooks writes them, separated by blanks: "whsec_" and the base64 of 24 to 64 random bytes'

/**
 * The keys of the secrets in the text of the setting. Throws an Error that doesn't repeat them. Messages are signed with
 * each, so that receivers can change over from an old secret to a new one.
 */
export function readWebhookSecrets(text: string): readonly SigningKey[] {
  const secrets = text.split(/\s+/).filter(Boolean)
  return secrets.map((secret, index) => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
    const key = Buffer.from(base64, 'base64')
    const isWhole = key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
    if (isWhole && key.length >= 24 && key.length <= 64) return key
    throw new Error(secrets.length === 1 ? mistake : `${mistake}; number ${index + 1} is not one`)
  })
}

/** The id of a message. It has no full stop, which separates what is signed. */
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

/** What came of one attempt; `reason` where it didn't arrive. */
export type DeliveryResult = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

/** JSON for one or more URLs. Every attempt to deliver it has the same id, by which receivers know it again. */
export type WebhookMessage = { readonly id: string; readonly body: string }

/** Tries once to deliver a message. Returns what came of it, and never throws. */
export type PostMessage = (url: string, message: WebhookMessage, stop: AbortSignal) => Promise<DeliveryResult>

const timeout = 10_000

/** Posts by fetch, signed with each of the keys. */
export const createPostMessage =
  (keys: readonly SigningKey[]): PostMessage =>
  async (url, message, stop) => {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Scimulator',
          ...deliveryHeaders(keys, message, Date.now()),
        },
        body: message.body,
        // Where it leads nobody has said that anything may be sent.
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(timeout)]),
      })
      await answer.body?.cancel()
      const { ok, status } = answer
      return ok ? { ok, status } : { ok, status, reason: `it answered with status ${status}` }
    } catch (error) {
      return { ok: false, reason: failureReason(error) }
    }
  }

// Not the message, in which the URL may stand.
function failureReason(error: unknown): string {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return 'it did not answer within 10 seconds'
  const code = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'it could not be reached'
}

/** What became of the notices for one URL since the start. Times are the machine's. */
export type DeliveryStatus = {
  readonly delivered: number
  readonly failed: number
  readonly last?: { readonly at: number; readonly event: WebhookEvent['type']; readonly status?: number }
}

export type Delivery = WebhookMessage & { readonly event: WebhookEvent['type'] }

export type DeliveryQueue = {
  /** Takes it for later; with too many waiting it counts as failed. */
  add(delivery: Delivery): void
  state(): DeliveryStatus
}

export type DeliveryQueueOptions = {
  readonly url: string
  readonly post: PostMessage
  /** Milliseconds before the second attempt, and before the third. */
  readonly retryDelays?: readonly number[]
  readonly maxQueued?: number
  readonly stop: AbortSignal
  /** Told why a letter was given up. */
  readonly onFailure: (reason: string) => void
}

/** The notices for one URL, posted one after the other, each tried three times. */
export function createDeliveryQueue(options: DeliveryQueueOptions): DeliveryQueue {
  const { url, post, retryDelays = [2_000, 10_000], maxQueued = 100, stop, onFailure } = options
  const waiting: Delivery[] = []
  let isBusy = false
  let state: DeliveryStatus = { delivered: 0, failed: 0 }

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    let posted = await post(url, delivery, stop)
    for (const milliseconds of retryDelays) {
      if (posted.ok || stop.aborted) break
      await pause(milliseconds, undefined, { signal: stop, ref: false })
      posted = await post(url, delivery, stop)
    }
    return posted
  }

  const note = ({ event }: Delivery, { ok, status, reason = '' }: DeliveryResult) => {
    state = {
      delivered: state.delivered + (ok ? 1 : 0),
      failed: state.failed + (ok ? 0 : 1),
      last: { at: Date.now(), event, ...(status !== undefined && { status }) },
    }
    if (!ok) onFailure(reason)
  }

  const work = async () => {
    isBusy = true
    for (let delivery = waiting.shift(); delivery && !stop.aborted; delivery = waiting.shift()) {
      const posted = await deliver(delivery)
      if (!stop.aborted) note(delivery, posted)
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
      // Pauses end with an error once it is to stop; there is nothing left to do then.
      if (!isBusy) work().catch(() => undefined)
    },
    state: () => state,
  }
}
