import { day } from '../entra/duration.ts'
import type { AttributeName } from './planning/attributes.ts'

/** Why a person is no longer provisioned, the strongest reason first. Google's settings have delays for each. */
export const occasions = ['deleted', 'suspended', 'app-off', 'out-of-group'] as const
export type Occasion = (typeof occasions)[number]

export const occasionLabels: Readonly<Record<Occasion, string>> = {
  deleted: 'user deleted in Google',
  suspended: 'user suspended in Google',
  'app-off': 'app turned off for the user',
  'out-of-group': 'user left the scope group',
}

/** The delays that Google offers, in milliseconds. `within-24h`: with the next run, since Google promises no minimum. */
export const delays = {
  'within-24h': 0,
  '1d': day,
  '7d': 7 * day,
  '30d': 30 * day,
  never: Number.POSITIVE_INFINITY,
} as const
export type Delay = keyof typeof delays
export const delayNames = Object.keys(delays) as readonly Delay[]

export type DelayOf = Readonly<Record<Occasion, Delay>>

/** The auto-provisioning of one app. */
export type App = {
  /** The request that changes a user. Which of them Google sends is not documented. */
  readonly update: 'put' | 'patch'
  /** `both`: SCIM 1.0's URN before the one of RFC 7643, as captured. */
  readonly schemas: 'both' | 'core'
  /** Attributes that are mapped beside the mandatory ones. */
  readonly attributes: readonly AttributeName[]
  /** How long after an occasion a user is disabled, or deleted. */
  readonly suspendAfter: DelayOf
  readonly deleteAfter: DelayOf
}

export const everyOccasion = (delay: Delay): DelayOf => ({
  deleted: delay,
  suspended: delay,
  'app-off': delay,
  'out-of-group': delay,
})

export const defaultApp: App = {
  update: 'put',
  schemas: 'both',
  attributes: [],
  suspendAfter: everyOccasion('within-24h'),
  deleteAfter: everyOccasion('never'),
}

/** Requests per second. Google publishes no number. */
export const requestsPerSecond = 5

/** What is not known about Google's requests, and what this client assumes. */
export const unknowns: readonly string[] = [
  'whether a search by userName precedes a create. Assumed: yes, `GET /Users?filter=userName eq "…"`.',
  'whether users are changed by PUT or by PATCH. Assumed: PUT of the whole user; --update patch sends PATCH.',
]

/** How a capture of real requests would settle what is not known. */
export const howToSettle =
  'To settle it, point an app of a Google Workspace trial at Scimulator through a tunnel, provision and rename a user, and give ' +
  'the recording: `scimulator journal export --format recording`.'
