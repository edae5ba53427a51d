import type { Provider } from '../provider/provider.ts'

/** What the operations on resources need. */
export type ResourceParts = {
  readonly provider: Provider
  /** Told which resources a client has asked about. */
  readonly seen: (keys: readonly number[], at: number) => void
}
