import type { AccessOutcome, ObjectOutcome, Rehearsal } from '../../domain/contract/rehearsal.ts'
import type { Found, Setup } from './setup.ts'

export type FoundRemedies = {
  readonly remedies: Rehearsal['remedies']
  /** The ID of the remedy that helps an object or a person. */
  remedyOf(outcome: ObjectOutcome | AccessOutcome): string | undefined
}

/** Tries remedies one by one, each in a play of its own. */
export async function findRemedies(
  _found: Found,
  _play: (setup: Setup) => Promise<Found>,
): Promise<FoundRemedies> {
  return { remedies: [], remedyOf: () => undefined }
}
