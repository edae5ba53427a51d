import { baseProfile } from '../base.ts'
import type { Features } from '../profile.ts'
import {
  type ChoicesFrom,
  memberDisplayChoice,
  nestedGroupsChoice,
  referencesChoice,
  resolveChoices,
  toSwitches,
} from '../switches.ts'

/** Choices that Microsoft's documentation leaves open, and on which clients differ. */
const choices = {
  nestedGroups: nestedGroupsChoice,
  // Entra sends none, so a display that follows the member's name is more useful to the clients that read groups.
  memberDisplay: { ...memberDisplayChoice, values: ['user', 'sent'] },
  references: referencesChoice,
} as const

export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

export const entraChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)

export const entraFeatures: Features = { ...baseProfile.features, search: true }
