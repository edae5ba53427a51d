import type { Outcome } from '../run/result.ts'
import { listOfObjects, readJson, textIn, Unreadable } from './unreadable.ts'

/** A failure that is put up with, and why. */
export type Known = { readonly id: string; readonly reason: string }

/** What became of each entry of the file. */
export type KnownFailures = {
  /** Fail, as they are known to. */
  readonly standing: readonly Known[]
  /** Pass now: their entries can go. */
  readonly outdated: readonly Known[]
  /** Weren't looked at this time: skipped, broken, or not asked for. */
  readonly unseen: readonly Known[]
}

/** Reads `[{ "id": "rfc/create/answers-201", "reason": "…" }]`. */
export function readKnown(text: string, what: string): readonly Known[] {
  const list = listOfObjects(readJson(text, what), what)
  const entries = list.map((entry, index) => {
    const where = `Entry ${index + 1} of ${what}`
    return { id: textIn(entry, 'id', where), reason: textIn(entry, 'reason', where) }
  })
  const twice = entries.find(({ id }, index) => entries.findIndex(other => other.id === id) !== index)
  if (twice) throw new Unreadable(`${what} names "${twice.id}" twice.`)
  return entries
}

export function compareWithKnown(known: readonly Known[], outcomes: readonly Outcome[]): KnownFailures {
  const verdicts = new Map(outcomes.map(({ check, verdict }) => [check.id, verdict]))
  const those = (...wanted: readonly (Outcome['verdict'] | undefined)[]) =>
    known.filter(({ id }) => wanted.includes(verdicts.get(id)))
  return {
    standing: those('failed'),
    outdated: those('passed'),
    unseen: those('skipped', 'broken', undefined),
  }
}
