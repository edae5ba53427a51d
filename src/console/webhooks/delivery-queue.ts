import { setTimeout as pause } from 'node:timers/promises'
import type { Deliveries, WaitingDelivery, WebhookEventType } from '../../domain/ports/deliveries.ts'
import type { DeliveryResult, PostMessage } from './delivery.ts'

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
