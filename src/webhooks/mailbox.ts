import { setTimeout as pause } from 'node:timers/promises'
import type { Notice } from './notice.ts'
import type { Message, Post, Posted } from './post.ts'

/** What became of the notices for one URL since the start. Times are the machine's. */
export type MailboxState = {
  readonly delivered: number
  readonly failed: number
  readonly last?: { readonly at: number; readonly event: Notice['type']; readonly status?: number }
}

export type Letter = Message & { readonly event: Notice['type'] }

export type Mailbox = {
  /** Takes it for later; with too many waiting it counts as failed. */
  add(letter: Letter): void
  state(): MailboxState
}

export type MailboxOptions = {
  readonly url: string
  readonly post: Post
  /** Milliseconds before the second attempt, and before the third. */
  readonly pauses?: readonly number[]
  readonly mostWaiting?: number
  readonly stop: AbortSignal
  /** Told why a letter was given up. */
  readonly onFailure: (reason: string) => void
}

/** The notices for one URL, posted one after the other, each tried three times. */
export function createMailbox(options: MailboxOptions): Mailbox {
  const { url, post, pauses = [2_000, 10_000], mostWaiting = 100, stop, onFailure } = options
  const waiting: Letter[] = []
  let isBusy = false
  let state: MailboxState = { delivered: 0, failed: 0 }

  const deliver = async (letter: Letter): Promise<Posted> => {
    let posted = await post(url, letter, stop)
    for (const milliseconds of pauses) {
      if (posted.ok || stop.aborted) break
      await pause(milliseconds, undefined, { signal: stop, ref: false })
      posted = await post(url, letter, stop)
    }
    return posted
  }

  const note = ({ event }: Letter, { ok, status, reason = '' }: Posted) => {
    state = {
      delivered: state.delivered + (ok ? 1 : 0),
      failed: state.failed + (ok ? 0 : 1),
      last: { at: Date.now(), event, ...(status !== undefined && { status }) },
    }
    if (!ok) onFailure(reason)
  }

  const work = async () => {
    isBusy = true
    for (let letter = waiting.shift(); letter && !stop.aborted; letter = waiting.shift()) {
      const posted = await deliver(letter)
      if (!stop.aborted) note(letter, posted)
    }
    isBusy = false
  }

  return {
    add(letter) {
      if (stop.aborted) return
      if (waiting.length >= mostWaiting) {
        state = { ...state, failed: state.failed + 1 }
        return
      }
      waiting.push(letter)
      // Pauses end with an error once it is to stop; there is nothing left to do then.
      if (!isBusy) work().catch(() => undefined)
    },
    state: () => state,
  }
}
