import type { Outcome } from '../run/result.ts'

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

export const clientNames: Readonly<Record<ClientVerdict['client'], string>> = {
  entra: 'Microsoft Entra ID',
  aws: 'AWS IAM Identity Center',
}
