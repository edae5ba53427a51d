import type { ClientSuite, Suite } from '../check.ts'
import type { Result } from '../run/result.ts'

export type ClientVerdict = {
  readonly client: ClientSuite
  /** `unknown`: too few checks were run. */
  readonly works: 'yes' | 'partly' | 'no' | 'unknown'
  /** "Will provision, but disabled users stay active." */
  readonly summary: string
  /** One line for each problem. */
  readonly because: readonly string[]
  /** The client's own terms in these texts, each with its meaning: "escrow: …". */
  readonly terms: readonly string[]
}

export type EvaluatedRun = Pick<Result, 'outcomes' | 'exchanges'> & Partial<Pick<Result, 'probes' | 'types'>>

/** Undefined if the run contained none of the client’s checks. */
export type EvaluateClient = (result: EvaluatedRun) => ClientVerdict | undefined

export const clientNames: Readonly<Record<ClientSuite, string>> = {
  entra: 'Microsoft Entra ID',
  aws: 'AWS IAM Identity Center',
  okta: 'Okta',
}

export const isClientSuite = (suite: Suite): suite is ClientSuite => suite in clientNames
