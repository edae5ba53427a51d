export type WebhookEventType =
  | 'first-contact'
  | 'failure'
  | 'finding'
  | 'token-expiry'
  | 'secret-expiry'
  | 'issuer-unreachable'
  | 'drift'
  | 'test'

export type WaitingDelivery = {
  /** The id of the message: the same for each URL and in each attempt. */
  readonly id: string
  /** Identifies the URL, which may be secret and is not stored. */
  readonly target: string
  readonly event: WebhookEventType
  readonly body: string
}

export const maxWaiting = 100

/** Milliseconds. Older messages are not sent. */
export const maxWaitingTime = 24 * 60 * 60 * 1000

/** The messages to webhooks that wait, in the order in which they were added. They survive the process. */
export interface Deliveries {
  /**
   * Stores messages with different targets, and resolves once they are on disk, with the targets that had too many already. A message
   * that waits is not added again, so a call that failed can be repeated.
   */
  add(deliveries: readonly WaitingDelivery[]): Promise<readonly string[]>
  oldest(target: string): Promise<WaitingDelivery | undefined>
  /** Does nothing if the message does not wait. */
  remove(delivery: Pick<WaitingDelivery, 'id' | 'target'>): Promise<void>
  /** Removes messages that have waited for too long, also those to URLs that are not configured any more. */
  removeOld(): Promise<void>
  onAdded(listener: () => void): () => void
}
