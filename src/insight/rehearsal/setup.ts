import type {
  AccessOutcome,
  ObjectOutcome,
  Rehearsal,
  RehearsedClient,
} from '../../domain/contract/rehearsal.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import type { Source } from './clients.ts'
import type { OnProgress, Played } from './played.ts'

/** What is played. Remedies and open questions change one part of it and play again. */
export type Setup = {
  readonly directory: AwsDirectory
  readonly profile: Profile
  readonly client: RehearsedClient
  readonly source: Source
  /** An attribute of the source, or an expression of Entra ID. */
  readonly nameId?: string
  readonly people?: readonly { readonly aws: string; readonly source: string }[]
  /** Milliseconds since 1970. */
  readonly now: number
  readonly horizon: number
}

export type Run = { readonly signal: AbortSignal; readonly onProgress?: OnProgress }

/** A user of AWS and the person in the source, and why they are the same. */
export type SamePerson = {
  readonly source: string
  readonly grade: NonNullable<ObjectOutcome['person']>
  readonly by: string
}

/** The outcome of one play, complete. */
export type Found = {
  readonly setup: Setup
  readonly played: Played
  /** By ID of the user at AWS before the change. */
  readonly people: ReadonlyMap<string, SamePerson>
  /** Users and groups, `kept` ones included. */
  readonly objects: readonly ObjectOutcome[]
  /** What is lost, gained, or kept by unknown memberships. */
  readonly access: readonly AccessOutcome[]
  readonly summary: Rehearsal['summary']
}

/** Plays the client, and compares what AWS has before and after. */
export async function playSetup(_setup: Setup, _run: Run): Promise<Found> {
  throw new Error('Not implemented.')
}
