import { createMailbox, type Mailbox, type MailboxState } from './mailbox.ts'
import { type Notice, type Notify, noticeBody } from './notice.ts'
import { createPost, type Post, type Posted } from './post.ts'
import { newMessageId, type SigningKey } from './signature.ts'
import { maskedUrl } from './webhook-url.ts'

/** A webhook as it may be shown. */
export type WebhookView = MailboxState & {
  readonly url: string
  /** Whether receivers can tell by a signature who has sent it. */
  readonly signed: boolean
}
export type WebhookTest = Posted & { readonly url: string }

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
  readonly post?: Post
  /** Milliseconds before the second attempt, and before the third. */
  readonly pauses?: readonly number[]
}

/** Webhooks that are told what `notify` is told. */
export function createWebhooks({ urls, keys = [], warn, ...options }: WebhooksOptions): Webhooks {
  const { post = createPost(keys), pauses } = options
  const stopping = new AbortController()
  const stop = stopping.signal
  const mailboxOf = (url: string): Mailbox =>
    createMailbox({
      url,
      post,
      stop,
      ...(pauses && { pauses }),
      onFailure: reason => warn(`the webhook ${maskedUrl(url)} was not told: ${reason}`),
    })
  const mailboxes = urls.map(url => ({ url, mailbox: mailboxOf(url) }))
  const messageOf = (notice: Notice) => ({
    id: newMessageId(),
    body: noticeBody(notice, Date.now(), options.console()),
  })

  return {
    notify(notice) {
      if (mailboxes.length === 0) return
      const letter = { event: notice.type, ...messageOf(notice) }
      for (const { mailbox } of mailboxes) mailbox.add(letter)
    },
    list: () =>
      mailboxes.map(({ url, mailbox }) => ({
        url: maskedUrl(url),
        signed: keys.length > 0,
        ...mailbox.state(),
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
