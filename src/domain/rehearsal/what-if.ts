import { excerpt } from '../../scim/text.ts'
import type { Rehearsal } from '../contract/rehearsal.ts'
import { isGone, maxText, type PlanSection } from './plan.ts'

export type WhatIf = ReturnType<typeof compareMappings>

/** Plays by their mappings: their counts, and whose outcomes differ. A `Person` has access, a `User` is at AWS. */
export function compareMappings(played: ReadonlyMap<string, Rehearsal>) {
  const results = [...played.values()]
  const found = new Map<string, { type: string; name: string; outcomes: readonly Set<string>[] }>()
  for (const [at, result] of results.entries()) {
    for (const { type, id, name, outcome } of outcomesIn(result)) {
      const key = `${type} ${id}`
      const move = found.get(key) ?? { type, name, outcomes: results.map(() => new Set<string>()) }
      move.outcomes[at]?.add(outcome)
      found.set(key, move)
    }
  }
  const all = [...found.values()].map(move => ({
    ...move,
    outcomes: move.outcomes.map(each => [...each].join(', ') || 'unchanged'),
  }))
  return {
    whatIf: 1,
    mappings: [...played].map(([mapping, { summary }]) => ({ mapping, summary })),
    moves: all.filter(({ outcomes }) => new Set(outcomes).size > 1),
    warnings: results[0]?.warnings ?? [],
  }
}

const outcomesIn = ({ people, objects }: Rehearsal) => [
  ...people.map(({ user, source = '', person: name, outcome, cause }) => ({
    ...{ type: 'Person', id: user || source, name },
    outcome: isGone(cause) ? String(cause) : outcome,
  })),
  ...objects.map(({ type, aws, source = '', awsName, sourceName, outcome }) => ({
    ...{ type, id: aws ?? source, name: awsName ?? sourceName ?? source, outcome },
  })),
]

export function whatIfReport({ mappings, moves, warnings }: WhatIf, maxRows: number): readonly PlanSection[] {
  const names = mappings.map(({ mapping }) => mapping)
  const row = (title: string, of: (summary: Rehearsal['summary']) => number) => [
    title,
    ...mappings.map(({ summary }) => String(of(summary))),
  ]
  const objects = (outcome: string) =>
    row(`Users and groups ${outcome}`, ({ users, groups }) => (users[outcome] ?? 0) + (groups[outcome] ?? 0))
  const counts = ['refused', 'deleted', 'created', 'changed'].map(objects)
  const rows = [row('People who lose access', ({ lose }) => lose), ...counts]
  const moving = moves
    .slice(0, maxRows)
    .map(({ type, name, outcomes }) => [type, excerpt(name, maxText), ...outcomes])
  const omitted = moves.length - moving.length
  return [
    { title: 'Result', table: { columns: ['Outcome', ...names], rows, omitted: 0 } },
    { title: 'Who moves', table: { columns: ['Type', 'Name', ...names], rows: moving, omitted } },
    ...(warnings.length > 0 ? [{ title: 'Warnings about the files', lines: warnings }] : []),
  ]
}
