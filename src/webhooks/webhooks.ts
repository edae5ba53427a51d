import {
  createDeliveryQueue,
  createPostMessage,
  type DeliveryQueue,
  type DeliveryResult,
  type DeliveryStatus,
  newMessageId,
  type PostMessage,
  type SigningKey,
} from './delivery.ts'
import { eventBody, type Notify, type WebhookEvent } from './event.ts'

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
  }
  return [...new Set(urls)]
}

/** The URL without its path and query, which may be secret. */
export function maskedUrl(url: string): string {
  const read = URL.parse(url)
  if (!read) return '…'
  return `${read.origin}/${read.pathname === '/' && read.search === '' ? '' : '…'}`
}

/** A webhook without secrets. */
type WebhookView = DeliveryStatus & {
  readonly url: string
  /** Whether messages are signed. */
  readonly signed: boolean
}
type WebhookTest = DeliveryResult & { readonly url: string }

/** The servers that are notified of events over HTTP. */
export type Webhooks = {
  readonly notify: Notify
  /** In the order of the setting. */
  list(): readonly WebhookView[]
  /** Posts a test event to each webhook, once. */
  test(): Promise<readonly WebhookTest[]>
  /** Ends all deliveries. */
  stop(): void
}

type WebhooksOptions = {
  readonly urls: readonly string[]
  /** Without a key, messages are not signed. */
  readonly keys?: readonly SigningKey[]
  /** The URL of the console without a trailing slash; undefined until it listens. */
  readonly console: () => string | undefined
  /** Logs a failed delivery. */
  readonly warn: (sentence: string) => void
  readonly post?: PostMessage
  /** Milliseconds before the second and the third attempt. */
  readonly retryDelays?: readonly number[]
}

export function createWebhooks({ urls, keys = [], warn, ...options }: WebhooksOptions): Webhooks {
  const { post = createPostMessage(keys), retryDelays } = options
  const stopping = new AbortController()
  const stop = stopping.signal
  const queueFor = (url: string): DeliveryQueue =>
    createDeliveryQueue({
      url,
      post,
      stop,
      ...(retryDelays && { retryDelays }),
      onFailure: reason => warn(`webhook ${maskedUrl(url)}: delivery failed: ${reason}`),
    })
  const queues = urls.map(url => ({ url, queue: queueFor(url) }))
  const messageOf = (event: WebhookEvent) => ({
    id: newMessageId(),
    body: eventBody(event, Date.now(), options.console()),
  })

  return {
    notify(event) {
      if (queues.length === 0) return
      const delivery = { event: event.type, ...messageOf(event) }
      for (const { queue } of queues) queue.add(delivery)
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
    stop: () => stopping.abort(),
  }
}
