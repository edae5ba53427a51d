import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { JobClock } from '../../provisioning/kit/client.ts'
import type { SourceValue } from '../../provisioning/kit/directory/source-directory.ts'
import type { Target } from '../../provisioning/kit/target.ts'
import type { JsonObject } from '../../scim/json.ts'
import type { Documents } from '../../storage/sqlite/scratch.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'

/** Users and groups that exist, as SCIM documents by ID. */
export type State = {
  readonly users: Documents
  readonly groups: Documents
  /** IDs in the order of joining. */
  members(group: string): readonly string[]
}

/** A user or group of the identity provider, in one form for all clients. */
export type SourceObject = {
  readonly id: string
  readonly type: 'User' | 'Group'
  readonly name: string
  /** Whether the client provisions it. */
  readonly isInScope: boolean
  readonly isEnabled: boolean
  /** What the provider sends as SAML NameID by default; absent for groups. */
  readonly nameId?: string
  readonly attributes: Readonly<Record<string, SourceValue>>
  /** IDs of users in scope. */
  readonly members?: readonly string[]
}

export type PlayedRequest = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly detail?: string
  readonly rule?: string
  /** From 0. */
  readonly cycle: number
  /** Milliseconds since 1970: the start of the cycle, and its requests before this one at the pace of the client. */
  readonly at: number
}

/** For clients that list what AWS has instead of searching. */
export type DirectoryReads = {
  users(): Iterable<JsonObject & { readonly id: string }>
  groups(): Iterable<JsonObject & { readonly id: string }>
  members(group: string): readonly string[]
}

export type OnProgress = (text: string, done: number, total: number) => void

export type PlayContext = {
  readonly target: Target
  readonly directory: DirectoryReads
  readonly clock: JobClock
  /** Milliseconds since 1970. */
  readonly horizon: number
  readonly signal: AbortSignal
  beginCycle(): void
  readonly onProgress: OnProgress
}

export type Unsent = {
  readonly outcome: 'skipped' | 'ambiguous' | 'refused'
  /** As the client reports it. */
  readonly reason: string
}

export type PlayedClient = {
  readonly title: string
  /** The pace of the client. */
  readonly requestsPerSecond: number
  /** All of the source, with what is out of scope. */
  readonly objects: readonly SourceObject[]
  /** Runs cycles until nothing more happens before the horizon. */
  run(play: PlayContext): Promise<void>
  /** IDs at AWS by IDs of the source, after the run. */
  links(): ReadonlyMap<string, string>
  /** By ID of the source. */
  unsent(): ReadonlyMap<string, Unsent>
}

export type PlayOptions = {
  /** Milliseconds since 1970: when the client is switched on, and until when it is played. */
  readonly now: number
  readonly horizon: number
  readonly signal: AbortSignal
  readonly onProgress?: OnProgress
  /** `requestsAbout` finds none: for 100,000 users, they are 100 MB on disk. */
  readonly withoutRequests?: boolean
}

/** What happened. The states are read from the copy, which has to be disposed of. */
export type Played = AsyncDisposable & {
  readonly directory: AwsDirectory
  readonly profile: Profile
  readonly client: Pick<PlayedClient, 'title' | 'objects'>
  readonly before: State
  readonly after: State
  readonly links: ReadonlyMap<string, string>
  readonly unsent: ReadonlyMap<string, Unsent>
  /**
   * By `User <id>` and `Group <id>` at AWS, and by `User name <folded name>` and `Group name <folded name>` for look-ups and
   * refused creations. At most 12 each: the first and the last ones.
   */
  readonly requestsAbout: (key: string) => readonly PlayedRequest[]
  readonly cycles: readonly {
    readonly at: number
    readonly requests: number
    readonly writes: number
    readonly seconds: number
  }[]
  /** Those that remain: the profile may delete assignments with their user or group. */
  readonly assignments: readonly AssignmentTarget[]
}

/** The times are apart, so that they can be dropped before further plays: 10 MB for 100,000 users. */
export type PlayedWithTimes = Played & {
  readonly times: {
    /** When a user or group at AWS was first changed, by ID. */
    readonly written: ReadonlyMap<string, number>
    /** When a user whom the play created became a member, by `<group> <user>`. */
    readonly joined: ReadonlyMap<string, number>
  }
}

export type RehearsalMistake = {
  readonly part: 'files' | 'client' | 'nameId' | 'people' | 'ignore'
  readonly message: string
}

/** The input can't be played. */
export class RehearsalError extends Error {
  readonly mistakes: readonly RehearsalMistake[]
  constructor(mistakes: readonly RehearsalMistake[]) {
    super(mistakes.map(({ message }) => message).join(' '))
    this.name = 'RehearsalError'
    this.mistakes = mistakes
  }
}
