import { baseProfile } from '../base.ts'
import type { Features } from '../profile.ts'
import {
  type ChoicesFrom,
  nestedGroupsChoice,
  referencesChoice,
  resolveChoices,
  toSwitches,
} from '../switches.ts'

/** The points on which Microsoft's documents leave a choice and clients differ. */
const choices = {
  nestedGroups: nestedGroupsChoice,
  references: referencesChoice,
} as const

/** The value of every switch. */
export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

/** The chosen values, and the defaults of the other switches. */
export const entraChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)

export const entraFeatures: Features = { ...baseProfile.features, search: true }
