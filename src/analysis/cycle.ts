import type { ClientDialect, ClientKind } from '../journal/exchange.ts'

/**
 * A run of a client: requests to one tenant with one token that belong together. `started` and `last` are times of the
 * machine, `tenantStarted` and `tenantLast` the same moments by the tenant's clock, as it was then.
 */
export type Cycle = {
  readonly id: string
  readonly tenant: string
  readonly token?: { readonly id: string; readonly ending: string }
  readonly kind: CycleKind
  readonly client: ClientKind
  /** The product name that the client sends; absent for Entra ID and for clients that send none. */
  readonly userAgent?: string
  /** Of a compliance run: the mark that names what it creates. */
  readonly mark?: string
  /** Absent as long as nothing tells. */
  readonly dialect?: ClientDialect
  readonly started: number
  readonly tenantStarted: number
  /** The last request. */
  readonly last: number
  readonly tenantLast: number
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly disabled: number
  readonly deleted: number
  readonly failed: number
}

/**
 * `cycle` and `test-connection` are runs of a provisioning service, the latter with probes and nothing else;
 * `compliance` is a run of the compliance suite, and `ad-hoc` whatever anybody else sends.
 */
export type CycleKind = 'cycle' | 'test-connection' | 'compliance' | 'ad-hoc'
