import type { ClientDialect } from '../journal/exchange.ts'

/** A run of a provisioning client: requests of one tenant and token that belong together. Times are the machine's. */
export type Cycle = {
  readonly id: string
  readonly tenant: string
  readonly token?: { readonly id: string; readonly ending: string }
  /** `test-connection`: probes and nothing else. */
  readonly kind: 'cycle' | 'test-connection'
  /** Absent as long as nothing tells. */
  readonly dialect?: ClientDialect
  readonly started: number
  /** The last request. */
  readonly last: number
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly disabled: number
  readonly deleted: number
  readonly failed: number
}
