import { type ChosenFrom, chosenFrom, switchesIn } from '../choices.ts'
import { referencesChoice } from '../references.ts'
import { choices as ofRfc } from '../rfc/choices.ts'

/** The points on which Microsoft's documents leave a choice and clients want opposite things. */
export const choices = {
  nestedGroups: ofRfc.nestedGroups,
  references: referencesChoice,
} as const

/** The value of every switch. */
export type Choices = ChosenFrom<typeof choices>

export const switches = switchesIn(choices)

/** The values that hold when these are chosen; the others have their defaults. */
export const choicesWith = (chosen: Readonly<Record<string, string>>): Choices => chosenFrom(choices, chosen)
