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

const urlMistake = 'has to be URLs that begin with http:// or https://, separated by blanks'

/** The URLs in the text of the setting. Throws an Error that doesn't repeat them, for they may hold secrets. */
export function readWebhookUrls(text: string): readonly string[] {
  const urls = text.split(/\s+/).filter(Boolean)
  for (const [index, url] of urls.entries()) {
    const read = URL.parse(url)
    if (read?.protocol !== 'http:' && read?.protocol !== 'https:') {
      throw new Error(urls.length === 1 ? urlMistake : `${urlMistake}; number ${index + 1} is not one`)
    }
    if (read.username !== '' || read.password !== '') {
      throw new Error("has to be URLs without a user's name and password")
    }
  }
  return [...new Set(urls)]
}

/** A URL that may be shown: whoever knows what is behind the host may post there. */
export function maskedUrl(url: string): string {
  const read = URL.parse(url)
  if (!read) return '…'
  return `${read.origin}/${read.pathname === '/' && read.search === '' ? '' : '…'}`
}

/** A webhook as it may be shown. */
export type WebhookView = DeliveryStatus & {
  readonly url: string
  /** Whether receivers can tell by a signature who has sent it. */
  readonly signed: boolean
}
export type WebhookTest = DeliveryResult & { readonly url: string }

/** Who is told what happens, by HTTP. */
export type Webhooks = {
  readonly notify: Notify
  /** In the order of the setting. */
  list(): readonly WebhookView[]
  /** Posts a notice to each of them, once. */
  test(): Promise<readonly WebhookTest[]>
  /** Nothing is posted any more. */
  stop(): void
}

export type WebhooksOptions = {
  readonly urls: readonly string[]
  /** What messages are signed with; without a key they aren't. */
  readonly keys?: readonly SigningKey[]
  /** URL of the console, without a slash at its end; undefined until it listens. */
  readonly console: () => string | undefined
  /** Told in a sentence what could not be delivered. */
  readonly warn: (sentence: string) => void
  readonly post?: PostMessage
  /** Milliseconds before the second attempt, and before the third. */
  readonly retryDelays?: readonly number[]
}

/** Webhooks that are told what `notify` is told. */
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
      onFailure: reason => warn(`the webhook ${maskedUrl(url)} was not told: ${reason}`),
    })
  const queues = urls.map(url => ({ url, queue: queueFor(url) }))
  const messageOf = (notice: WebhookEvent) => ({
    id: newMessageId(),
    body: eventBody(notice, Date.now(), options.console()),
  })

  return {
    notify(notice) {
      if (queues.length === 0) return
      const delivery = { event: notice.type, ...messageOf(notice) }
      for (const { queue } of queues) queue.add(delivery)
    },
    list: () =>
      queues.map(({ url, queue }) => ({
        url: maskedUrl(url),
        signed: keys.length > 0,
        ...queue.state(),
      })),
    test() {
      const message = messageOf({ type: 'test', text: 'This is a test of Scimulator.', page: '/' })
      return Promise.all(
        urls.map(async url => ({ url: maskedUrl(url), ...(await post(url, message, stop)) })),
      )
    },
    stop: () => stopping.abort(),
  }
}
