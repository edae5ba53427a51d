import type { Json } from './json.ts'
import type { Stage } from './stage.ts'

/** How binding a check is to who wants it: the word of an RFC, of Microsoft or of AWS, or what clients rely on without one. */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'practice'

/** Whose expectations a check tells: the RFCs', an AWS client's, or Entra's provisioning client's. */
export type Suite = 'rfc' | 'aws' | 'entra'

/** What a server has to offer for a check to make sense; what it doesn't advertise isn't checked, and told as skipped. */
export type Need =
  | 'write'
  | 'users'
  | 'groups'
  | 'enterprise'
  | 'patch'
  | 'filter'
  | 'sort'
  | 'etag'
  | 'bulk'
  | 'change-password'
  | 'index-paging'
  | 'cursor-paging'
  | 'search'

/** A sentence of an RFC, word for word, and where it is: `RFC 7644 §3.3`. */
export type Sentence = { readonly section: string; readonly text: string }

/** One thing that a server is looked at for. */
export type Check = {
  /** Stable and unique: `rfc/create/answers-201`. */
  readonly id: string
  readonly suite: Suite
  /** Under which heading reports show it: `Create`, `PATCH`, `Filter`. */
  readonly section: string
  readonly level: Level
  /** What a server does that passes, in one sentence. */
  readonly says: string
  /** `RFC 7644 §3.3`, an address, or who sends it. */
  readonly source: string
  /** The sentence that makes it a MUST of an RFC. */
  readonly sentence?: Sentence
  /** Numbers of docs/rfc-requirements.md. */
  readonly requirements?: readonly string[]
  /** Why it matters, and to which client. */
  readonly matters: string
  /** How to mend a server that fails. */
  readonly mend: string
  readonly needs?: readonly Need[]
  /** It is about load: it runs alone, at its own pace, and what is refused isn't tried again. */
  readonly load?: true
  /** It sends wrong credentials, which some servers answer ever more slowly: it runs after all others. */
  readonly wrongCredentials?: true
  /** What a failure leads to for a client; only of checks that say so. */
  readonly consequence?: Consequence
  /** The same, when the request is known whose response was wrong: a rejected write leads to something else than one without effect. */
  readonly foresee?: (seen: Seen) => Consequence
  /** A server that fails it gets no better grade than this. */
  readonly gradeAtMost?: 'D'
  /** Comes back when the server passes. Throws a `Failure`, or a `Skip` (`expect.ts`). */
  readonly run: (stage: Stage) => Promise<void>
}

/** What becomes of an object, or of the whole job, after such a response. */
export type Consequence = {
  readonly client: 'entra' | 'aws'
  readonly effect: 'quarantine' | 'escrow' | 'not-linked' | 'data-lost' | 'slower' | 'shown-wrong'
  /** In sentences: "Disabled users stay active. …". */
  readonly words: string
  /** Which jobs it concerns: "your job matches users by externalId". Left out where it concerns the client's default requests. */
  readonly when?: string
}

/** The request whose response shows a failure. */
export type Seen = {
  readonly method: string
  /** Undefined where no whole response came. */
  readonly status: number | undefined
  /** Undefined where the body isn't JSON. */
  readonly body: Json | undefined
}
