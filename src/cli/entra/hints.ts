import { codes } from '../../entra/error-codes.ts'
import type { Quarantine } from '../../entra/job-state.ts'
import { counted, printable, shortTime } from '../words.ts'
import type { Waiting } from './failures.ts'

const shown = 5

/** Who failed and why, as far as that fits a screen. */
export function failuresInWords(waiting: readonly Waiting[]): string {
  const lines = waiting.slice(0, shown).map(failureInWords)
  const rest = waiting.length - lines.length
  const more = rest > 0 ? [`  … and ${rest} more: \`scimulator entra status\` lists them.`] : []
  return [...lines, ...more].map(line => `${line}\n`).join('')
}

function failureInWords({ name, what, errorCode, reason, attempts, nextAttempt }: Waiting): string {
  const of = what === 'manager' || what === 'members' ? `${what} of ${name}` : name
  const next =
    nextAttempt === undefined
      ? 'waits for another object'
      : `next attempt ${shortTime(new Date(nextAttempt).toISOString())}`
  return `  ${printable(of)}: ${errorCode} (${counted(attempts, 'attempt')}, ${next}): ${printable(shortened(reason))}`
}

const longest = 300
const shortened = (text: string) => (text.length > longest ? `${text.slice(0, longest)}…` : text)

/** What can be done about it. */
export function hintsFor(quarantine: Quarantine | undefined, waiting: readonly Waiting[]): readonly string[] {
  const hints: string[] = []
  if (quarantine?.reason === 'TooManyDeletes') {
    hints.push('If they are meant, `scimulator entra sync --allow-deletions` lets them pass.')
  } else if (quarantine) {
    hints.push('Once the cause is mended, `scimulator entra sync --now` tries at once.')
  }
  if (waiting.some(({ errorCode }) => errorCode === codes.invalidAnchor)) {
    hints.push(
      'Objects are gone from the target behind the job: `scimulator entra restart --full` forgets its links, ' +
        'and the next cycle matches and creates again.',
    )
  }
  return hints
}
