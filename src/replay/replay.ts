import type { RecordedRequest } from '../recordings/recording.ts'
import type { Comparison, SendRequest } from './comparison.ts'

export type ReplayOptions = {
  /** Ends the replay before the next request. */
  readonly signal?: AbortSignal
  /** Milliseconds of any clock. */
  readonly now?: () => number
}

/** Sends recorded requests one after the other, with the IDs of the new server, and compares each response. */
export declare function replay(
  requests: Iterable<RecordedRequest> | AsyncIterable<RecordedRequest>,
  send: SendRequest,
  options?: ReplayOptions,
): AsyncGenerator<Comparison>
