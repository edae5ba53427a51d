import { durationInWords } from '../entra/duration.ts'
import { record, table } from './table.ts'
import { shortTime } from './words.ts'

export type ClockAnswer = { readonly now: string; readonly offset: number; readonly machine: string }

type Counts = {
  readonly active: number
  readonly disabled: number
  readonly retained: number
  readonly removed: number
}

type Switch = {
  readonly id: string
  readonly says: string
  readonly values: readonly string[]
  readonly default: string
  readonly chosen: string
}

export type TenantAnswer = {
  readonly id: string
  readonly profile: string
  readonly onDelete: string
  readonly throttle: string
  readonly endpoint: string
  readonly created: string
  readonly clock: ClockAnswer
  readonly switches: readonly Switch[]
  readonly tokens: number
  readonly counts: Readonly<Record<string, Counts>>
}

/** What is to be known of a tenant: facts, counts and switches. */
export const tenantInWords = (tenant: TenantAnswer): string =>
  [tenantFacts(tenant), counts(tenant), ...(tenant.switches.length > 0 ? [switches(tenant)] : [])].join('\n')

/** Its settings and where it is. */
export const tenantFacts = (tenant: TenantAnswer): string =>
  record([
    ['tenant', tenant.id],
    ['SCIM endpoint', tenant.endpoint],
    ['profile', tenant.profile],
    ['on delete', tenant.onDelete],
    ['throttle', tenant.throttle],
    ['tokens', tenant.tokens],
    ['created', shortTime(tenant.created)],
    ['clock', clockInWords(tenant.clock)],
  ])

/** What the clock shows, and how far it is ahead. */
export const clockInWords = ({ now, offset }: ClockAnswer): string =>
  offset === 0 ? `${shortTime(now)}, as the machine's` : `${shortTime(now)}, ${durationInWords(offset)} ahead`

const counts = (tenant: TenantAnswer): string =>
  table(
    [
      { name: 'type', of: ([type]) => type },
      { name: 'active', of: ([, { active }]) => active },
      { name: 'disabled', of: ([, { disabled }]) => disabled },
      { name: 'retained', of: ([, { retained }]) => retained },
      { name: 'removed', of: ([, { removed }]) => removed },
    ],
    Object.entries(tenant.counts),
  )

const switches = (tenant: TenantAnswer): string =>
  table(
    [
      { name: 'switch', of: ({ id }) => id },
      { name: 'chosen', of: ({ chosen }) => chosen },
      { name: 'of', of: one => one.values.join(', ') },
      { name: 'what it decides', of: ({ says }) => says },
    ],
    tenant.switches,
  )
