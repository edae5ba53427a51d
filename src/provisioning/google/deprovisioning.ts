import { day } from '../../domain/duration.ts'

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

export const everyOccasion = (delay: Delay): DelayOf => ({
  deleted: delay,
  suspended: delay,
  'app-off': delay,
  'out-of-group': delay,
})
