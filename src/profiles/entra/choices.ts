import { type ChosenFrom, chosenFrom, switchesIn } from '../choices.ts'
import { choices as ofRfc } from '../rfc/choices.ts'

/** The points on which a tenant may choose: those of the RFCs that Microsoft's clients don't decide. */
export const choices = { nestedGroups: ofRfc.nestedGroups } as const

/** The value of every switch. */
export type Choices = ChosenFrom<typeof choices>

export const switches = switchesIn(choices)

/** The values that hold when these are chosen; the others have their defaults. */
export const choicesWith = (chosen: Readonly<Record<string, string>>): Choices => chosenFrom(choices, chosen)
