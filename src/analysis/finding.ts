import type { ClientKind } from '../journal/exchange.ts'
import type { Statement } from '../profiles/profile.ts'

export type Severity = 'error' | 'warning' | 'note'

/** Something that can be found about an exchange, the same for each time that it is. */
export type FindingKind = {
  /** Stable: `client/no-external-id`; for what AWS would refuse the id of its rule, `aws/one-email`. */
  readonly id: string
  readonly severity: Severity
  /** The finding in a few words. */
  readonly title: string
  /** Why it matters. */
  readonly reason: string
  /** What to change, and on which page of Entra. */
  readonly mend: string
  /** Where it is known from, and how surely. */
  readonly source?: string
  readonly basis?: Statement['basis']
}

/** Whose requests something was found in: a provisioning service's, or those of others, which say nothing about it. */
export type FindingOrigin = 'provisioning' | 'compliance' | 'ad-hoc'

export const originOf = (client: ClientKind): FindingOrigin =>
  client === 'compliance' || client === 'ad-hoc' ? client : 'provisioning'

/** A finding about one exchange. */
export type Finding = {
  /** Of a FindingKind. */
  readonly id: string
  /** Whom it is about: a label, or an id. */
  readonly subject?: string
  /** What was seen: the evidence in one sentence. */
  readonly detail: string
}
