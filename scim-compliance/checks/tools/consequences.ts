import type { Consequence } from '../../check.ts'
import type { Outcome } from '../../run/result.ts'

/** A failed check that says what a client makes of it. */
export type TellingFailure = {
  readonly id: string
  readonly effect: Consequence['effect']
  readonly words: string
}

/** Undefined when no check of that client was made at all. */
export function failuresOf(
  outcomes: readonly Outcome[],
  client: Consequence['client'],
): readonly TellingFailure[] | undefined {
  const looked = outcomes.filter(
    ({ check, verdict }) => check.suite === client && (verdict === 'passed' || verdict === 'failed'),
  )
  if (looked.length === 0) return undefined
  return looked.flatMap(({ check: { id, consequence }, verdict }) =>
    verdict === 'failed' && consequence ? [{ id, effect: consequence.effect, words: consequence.words }] : [],
  )
}

/** `a, b and c` */
export const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
