import type { ClientSuite, Suite } from '../check.ts'
import type { Result } from '../run/result.ts'

/** A level of IPSIE, with the rules that fail, and those that weren't checked. */
export type AssuranceLevel = {
  readonly level: 'AL1' | 'AL2' | 'AL3'
  readonly verdict: 'pass' | 'fail' | 'unknown' | 'not defined'
  readonly failed: readonly string[]
  readonly unchecked: readonly string[]
}

/** About a section of a draft. */
export type OpenPoint = {
  readonly level: 'all' | 'AL1' | 'AL2'
  readonly section: string
  readonly text: string
}

export type ClientVerdict = {
  readonly client: ClientSuite | 'ipsie'
  /** `unknown`: too few checks were run. */
  readonly works: 'yes' | 'partly' | 'no' | 'unknown'
  /** "Will provision, but disabled users stay active." */
  readonly summary: string
  /** One line for each problem. */
  readonly because: readonly string[]
  /** The client's own terms in these texts, each with its meaning: "escrow: …". */
  readonly terms: readonly string[]
  readonly levels?: readonly AssuranceLevel[]
  /** Requirements that no request shows, as questions. */
  readonly vendor?: readonly OpenPoint[]
  /** Where the draft contradicts itself or its sources. */
  readonly contradictions?: readonly OpenPoint[]
}

export type EvaluatedRun = Pick<Result, 'outcomes' | 'exchanges'> & Partial<Pick<Result, 'probes' | 'types'>>

/** Undefined if the run contained none of the client’s checks. */
export type EvaluateClient = (result: EvaluatedRun) => ClientVerdict | undefined

export const clientNames: Readonly<Record<ClientSuite, string>> = {
  entra: 'Microsoft Entra ID',
  aws: 'AWS IAM Identity Center',
  okta: 'Okta',
}

export const verdictNames: Readonly<Record<ClientVerdict['client'], string>> = {
  ...clientNames,
  ipsie: 'IPSIE AL profile (draft 00)',
}

export const isClientSuite = (suite: Suite): suite is ClientSuite => suite in clientNames
