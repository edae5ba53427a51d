import { type ChoicesFrom, resolveChoices, toSwitches } from '../base.ts'
import { choices as ofRfc, referencesChoice } from '../rfc/features.ts'

/** The points on which Microsoft's documents leave a choice and clients want opposite things. */
export const choices = {
  nestedGroups: ofRfc.nestedGroups,
  references: referencesChoice,
} as const

/** The value of every switch. */
export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

/** The values that hold when these are chosen; the others have their defaults. */
export const entraChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)
