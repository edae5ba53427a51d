import { hash } from 'node:crypto'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { hostOf } from '../../domain/outbound/addresses.ts'
import type { Deliveries, WaitingDelivery, WebhookEventType } from '../../domain/ports/deliveries.ts'
import type { Leader } from '../../domain/ports/leader.ts'
import {
  createDeliveryQueue,
  createPostMessage,
  type DeliveryQueue,
  type DeliveryResult,
  type DeliveryStatus,
  isRefusedWebhookAddress,
  newMessageId,
  type PostMessage,
  type SigningKey,
} from './delivery.ts'

const invalidUrls = 'must be URLs that begin with http:// or https://, separated by spaces'

/** Reads the URLs from the text of the setting. Throws an Error without them, since they may contain secrets. */
export function readWebhookUrls(text: string): readonly string[] {
  const urls = text.split(/\s+/).filter(Boolean)
  for (const [index, url] of urls.entries()) {
    const read = URL.parse(url)
    if (read?.protocol !== 'http:' && read?.protocol !== 'https:') {
      throw new Error(urls.length === 1 ? invalidUrls : `${invalidUrls}; number ${index + 1} is invalid`)
    }
    if (read.username !== '' || read.password !== '') {
      throw new Error('must be URLs without a user name and password')
    }
    const host = hostOf(read)
    if (isIP(host) !== 0 && isRefusedWebhookAddress(host)) {
      const which = urls.length === 1 ? '' : `; number ${index + 1} has one`
      throw new Error(
        `must be URLs without the address of a metadata service or a link-local address${which}`,
      )
    }
  }
  return [...new Set(urls)]
}

/** The URL without its path and query, which may be secret. */
export function maskedUrl(url: string): string {
  const read = URL.parse(url)
  if (!read) return '…'
  return `${read.origin}/${read.pathname === '/' && read.search === '' ? '' : '…'}`
}

type WebhookView = DeliveryStatus & {
  readonly url: string
  readonly signed: boolean
}
type WebhookTest = DeliveryResult & { readonly url: string }

export type Webhooks = {
  readonly notify: Notify
  /** In the order of the setting. */
  list(): readonly WebhookView[]
  test(): Promise<readonly WebhookTest[]>
  /** Ends all deliveries. Resolves once nothing more is stored; what waits is delivered after the next start, or by another instance. */
  stop(): Promise<void>
}

type WebhooksOptions = {
  readonly urls: readonly string[]
  /** Without a key, messages are not signed. */
  readonly keys?: readonly SigningKey[]
  /** The URL of the console without a trailing slash; undefined until it listens. */
  readonly console: () => string | undefined
  readonly warn: (sentence: string) => void
  readonly post?: PostMessage
  readonly deliveries: Deliveries
  readonly leader: Leader
  /** Milliseconds before the second and the third attempt. */
  readonly retryDelays?: readonly number[]
}

type Queue = { readonly url: string; readonly target: string; readonly queue: DeliveryQueue }

/** Milliseconds before the second and the third attempt to store a message. */
const storeDelays = [1000, 1000]

export function createWebhooks({ urls, keys = [], warn, ...options }: WebhooksOptions): Webhooks {
  const { deliveries, leader, post = createPostMessage(keys), retryDelays } = options
  const stopping = new AbortController()
  const stop = stopping.signal
  const queues = urls.map((url): Queue => {
    const target = hash('sha256', url, 'hex')
    const queue = createDeliveryQueue({
      ...{ url, target, deliveries, post },
      ...(retryDelays && { retryDelays }),
      onFailure: reason => warn(`webhook ${maskedUrl(url)}: delivery failed: ${reason}`),
      onUnavailable: error =>
        warn(
          `webhook ${maskedUrl(url)}: messages wait, since the database fails: ${error instanceof Error ? error.message : error}`,
        ),
    })
    return { url, target, queue }
  })
  const messageOf = (event: WebhookEvent) => ({
    id: newMessageId(),
    body: eventBody(event, Date.now(), options.console()),
  })

  const deliverWhileHeld = async (signal: AbortSignal): Promise<void> => {
    await deliveries.removeOld().catch(() => {})
    const unsubscribe = deliveries.onAdded(() => {
      for (const { queue } of queues) queue.wake()
    })
    await Promise.all(queues.map(({ queue }) => queue.deliver(signal)))
    unsubscribe()
  }
  const release =
    queues.length === 0 ? async () => {} : leader.lead((_term, signal) => deliverWhileHeld(signal))

  /** Returns the targets for which it was not stored. */
  const store = async (waiting: readonly WaitingDelivery[]): Promise<readonly string[]> => {
    for (const delay of storeDelays) {
      try {
        return await deliveries.add(waiting)
      } catch {
        await pause(delay, undefined, { signal: stop, ref: false }).catch(() => {})
      }
    }
    return deliveries.add(waiting).catch(() => {
      warn('webhooks: a message could not be stored, and is lost')
      return waiting.map(({ target }) => target)
    })
  }
  const add = async (event: WebhookEvent) => {
    const message = messageOf(event)
    const lost = await store(queues.map(({ target }) => ({ target, event: event.type, ...message })))
    for (const { target, queue } of queues) if (lost.includes(target)) queue.recordLost()
  }
  let stored: Promise<void> = Promise.resolve()

  return {
    notify(event) {
      if (queues.length === 0 || stop.aborted) return
      stored = stored.then(() => add(event))
    },
    list: () =>
      queues.map(({ url, queue }) => ({
        url: maskedUrl(url),
        signed: keys.length > 0,
        ...queue.state(),
      })),
    test() {
      const message = messageOf({ type: 'test', text: 'Test event from Scimulator.', page: '/' })
      return Promise.all(
        urls.map(async url => ({ url: maskedUrl(url), ...(await post(url, message, stop)) })),
      )
    },
    async stop() {
      stopping.abort()
      await Promise.all([stored, release()])
    },
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Invisible, no space: keeps the characters on both sides from being parsed as one token. */
const wordJoiner = '\u2060'

/** Slack and Teams read entities for `&`, `<` and `>`; client data must not become markup, links or mentions. */
export const escapeForChat = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/[&<>]/g, character => entities[character] ?? '')
    .replaceAll('://', `:${wordJoiner}//`)
    .replaceAll('](', `]${wordJoiner}(`)
    .replace(/\bwww\./gi, found => `${found.slice(0, -1)}${wordJoiner}.`)
    // A mention has no letter before it; e-mail addresses are unchanged.
    .replace(/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu, `@${wordJoiner}`)

export type WebhookEvent = {
  readonly type: WebhookEventType
  readonly tenant?: string
  readonly text: string
  readonly page?: string
  readonly facts?: Readonly<Record<string, string | number>>
}

/** Queues an event for all webhooks. Never throws. */
export type Notify = (event: WebhookEvent) => void

/** Client data is escaped in `text` only, which chat programs display. `at` is in milliseconds since 1970. */
const eventBody = (
  { type, tenant, text, page, facts }: WebhookEvent,
  at: number,
  console: string | undefined,
): string =>
  JSON.stringify({
    type,
    at: new Date(at).toISOString(),
    tenant,
    text: escapeForChat(text),
    ...facts,
    link: console === undefined || page === undefined ? undefined : console + page,
  })
