import type { Check, Suite } from '../check.ts'

type Selection = {
  readonly as: readonly Suite[]
  readonly only: readonly string[]
  readonly skip: readonly string[]
}

export const selectChecks = (checks: readonly Check[], selection: Selection): readonly Check[] =>
  checks.filter(({ id }) => isSelected(id, selection))

/** An ID starts with its suite. */
export const isSelected = (id: string, { as, only, skip }: Selection): boolean =>
  as.some(suite => startsWithSegment(id, suite)) &&
  (only.length === 0 || only.some(prefix => startsWithSegment(id, prefix))) &&
  !skip.some(prefix => startsWithSegment(id, prefix))

export function selectionErrors(selection: Selection, checks: readonly Check[]): readonly string[] {
  const mistakes = (['only', 'skip'] as const).flatMap(option =>
    selection[option]
      .filter(prefix => !checks.some(({ id }) => startsWithSegment(id, prefix)))
      .map(
        prefix =>
          `--${option} ${prefix}: no check has an ID that starts with this; --list --as all shows them.`,
      ),
  )
  if (mistakes.length > 0 || selectChecks(checks, selection).length > 0) return mistakes
  return [`No check matches --only and --skip with --as ${selection.as.join(',')}.`]
}

// `rfc/create` does not match `rfc/created-by`.
const startsWithSegment = (id: string, prefix: string): boolean =>
  id === prefix || id.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
