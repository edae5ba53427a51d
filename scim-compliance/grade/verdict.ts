import type { Consequence } from '../check.ts'
import type { Outcome, Result } from '../run/result.ts'

/** What a client makes of a server: whether it provisions, and what is lost on the way. */
export type ClientVerdict = {
  readonly client: 'entra' | 'aws'
  /** `unknown`: too little was looked at to promise anything. */
  readonly works: 'yes' | 'partly' | 'no' | 'unknown'
  /** "Will provision, but disabled users stay active." */
  readonly words: string
  /** One sentence for each thing that goes wrong. */
  readonly because: readonly string[]
}

/** Undefined where none of the client’s checks was in the run. */
export type Judge = (outcomes: readonly Outcome[]) => ClientVerdict | undefined

/** What comes of failures that only follow from another, by the ids of their checks: what comes of that one. */
export type Explain = (result: Pick<Result, 'outcomes' | 'exchanges'>) => ReadonlyMap<string, Consequence>

export const clientNames: Readonly<Record<ClientVerdict['client'], string>> = {
  entra: 'Microsoft Entra ID',
  aws: 'AWS IAM Identity Center',
}
