import type { Check } from '../check.ts'

/** Each check after those that it names; otherwise in the given order. Throws for a circle: an error of this tool. */
export function inOrder(checks: readonly Check[]): readonly Check[] {
  const byId = new Map(checks.map(check => [check.id, check]))
  const ordered = new Set<Check>()
  const path: string[] = []
  const add = (check: Check) => {
    if (ordered.has(check)) return
    if (path.includes(check.id))
      throw new Error(`Checks follow from each other: ${[...path, check.id].join(', ')}.`)
    path.push(check.id)
    for (const id of check.after ?? []) {
      const before = byId.get(id)
      if (before) add(before)
    }
    path.pop()
    ordered.add(check)
  }
  checks.forEach(add)
  return [...ordered]
}

/** The checks that selected ones follow, which run unreported if they aren't selected. Those that `--skip` names don't run. */
export function preconditionsOf(
  selected: readonly Check[],
  all: readonly Check[],
  isSkipped: (id: string) => boolean,
): readonly Check[] {
  const byId = new Map(all.map(check => [check.id, check]))
  const chosen = new Set(selected.map(({ id }) => id))
  const found = new Set<Check>()
  const visit = ({ after = [] }: Check) => {
    for (const id of after) {
      const check = byId.get(id)
      if (!check || isSkipped(id) || found.has(check)) continue
      if (!chosen.has(id)) found.add(check)
      visit(check)
    }
  }
  selected.forEach(visit)
  return [...found]
}
