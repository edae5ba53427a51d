import type { Consequence } from '../check.ts'
import type { Result } from '../run/result.ts'

/** What a client makes of a server: whether it provisions, and what is lost on the way. */
export type ClientVerdict = {
  readonly client: 'entra' | 'aws'
  /** `unknown`: too little was looked at to promise anything. */
  readonly works: 'yes' | 'partly' | 'no' | 'unknown'
  /** "Will provision, but disabled users stay active." */
  readonly words: string
  /** One line for each thing that goes wrong. */
  readonly because: readonly string[]
  /** The client's own terms in these texts, each with its meaning: "escrow: …". */
  readonly terms: readonly string[]
}

/** What a verdict is made of. */
export type Judged = Pick<Result, 'outcomes' | 'exchanges'>

/** Undefined where none of the client’s checks was in the run. */
export type Judge = (result: Judged) => ClientVerdict | undefined

/** What comes of failures that only follow from another, by the ids of their checks: what comes of that one. */
export type Explain = (result: Judged) => ReadonlyMap<string, Consequence>

export const clientNames: Readonly<Record<ClientVerdict['client'], string>> = {
  entra: 'Microsoft Entra ID',
  aws: 'AWS IAM Identity Center',
}
