import { type ChosenFrom, chosenFrom, switchesIn } from '../choices.ts'
import { referencesChoice } from '../references.ts'

/** The points on which Microsoft's documents leave a choice and clients want opposite things. */
export const choices = {
  references: referencesChoice,
} as const

/** The value of every switch. */
export type Choices = ChosenFrom<typeof choices>

export const switches = switchesIn(choices)

/** The values that hold when these are chosen; the others have their defaults. */
export const choicesWith = (chosen: Readonly<Record<string, string>>): Choices => chosenFrom(choices, chosen)
