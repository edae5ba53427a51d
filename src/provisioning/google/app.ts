import { type DelayOf, everyOccasion } from './deprovisioning.ts'
import type { AttributeName } from './planning/attributes.ts'

export type App = {
  /** The request that changes a user. Which of them Google sends is not documented. */
  readonly update: 'put' | 'patch'
  /** `both`: SCIM 1.0's URN before the one of RFC 7643, as captured. */
  readonly schemas: 'both' | 'core'
  readonly attributes: readonly AttributeName[]
  readonly suspendAfter: DelayOf
  readonly deleteAfter: DelayOf
}

export const defaultApp: App = {
  update: 'put',
  schemas: 'both',
  attributes: [],
  suspendAfter: everyOccasion('within-24h'),
  deleteAfter: everyOccasion('never'),
}

/** Requests per second. Google publishes no number. */
export const requestsPerSecond = 5

export const unknowns: readonly string[] = [
  'whether a search by userName precedes a create. Assumed: yes, `GET /Users?filter=userName eq "…"`.',
  'whether users are changed by PUT or by PATCH. Assumed: PUT of the whole user; --update patch sends PATCH.',
]

export const howToSettle =
  'To settle it, point an app of a Google Workspace trial at Scimulator through a tunnel, provision and rename a user, and give ' +
  'the recording: `scimulator journal export --format recording`.'
