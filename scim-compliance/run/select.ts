import type { Check } from '../check.ts'
import { currentId, formerIds, renamedNote } from '../checks/former-ids.ts'
import type { RunSettings } from './result.ts'

type Selection = Pick<RunSettings, 'as' | 'only' | 'skip'>

export const selectChecks = (checks: readonly Check[], selection: Selection): readonly Check[] =>
  checks.filter(({ id }) => isSelected(id, selection))

/** An ID starts with its suite. */
export const isSelected = (id: string, { as, only, skip }: Selection): boolean =>
  as.some(suite => startsWithSegment(id, suite)) &&
  (only.length === 0 || only.some(prefix => startsWithSegment(id, prefix))) &&
  !isSkipped(id, { skip })

export const isSkipped = (id: string, { skip }: Pick<Selection, 'skip'>): boolean =>
  skip.some(prefix => startsWithSegment(id, prefix))

/**
 * Replaces each beginning in `only` and `skip` that names no whole segments: former IDs by those of the checks that replaced
 * them, with a note, and the beginning of a name (`rfc/create/loc`) by the IDs that start so. Others are unchanged.
 */
export function expandSelection<Given extends Selection>(
  selection: Given,
  checks: readonly Check[],
): { readonly selection: Given; readonly notes: readonly string[] } {
  const expand = (prefixes: readonly string[]) => prefixes.map(prefix => expandPrefix(prefix, checks))
  const only = expand(selection.only)
  const skip = expand(selection.skip)
  return {
    selection: { ...selection, only: only.flatMap(({ ids }) => ids), skip: skip.flatMap(({ ids }) => ids) },
    notes: [...new Set([...only, ...skip].flatMap(({ notes }) => notes))],
  }
}

function expandPrefix(prefix: string, checks: readonly Check[]) {
  const exists = (id: string) => checks.some(check => check.id === id)
  if (checks.some(({ id }) => startsWithSegment(id, prefix))) return { ids: [prefix], notes: [] }
  const former = formerIds.filter(id => startsWithSegment(id, prefix))
  if (former.length > 0) {
    const ids = [...new Set(former.map(id => currentId(id, exists)))]
    const note = former.includes(prefix) ? renamedNote(prefix) : `${prefix} is now ${ids.join(', ')}.`
    return { ids, notes: [note] }
  }
  const beginning = checks.flatMap(({ id }) => (id.startsWith(prefix) ? [id] : []))
  return { ids: beginning.length > 0 ? beginning : [prefix], notes: [] }
}

export function selectionErrors(selection: Selection, checks: readonly Check[]): readonly string[] {
  const mistakes = (['only', 'skip'] as const).flatMap(option =>
    selection[option]
      .filter(prefix => !checks.some(({ id }) => startsWithSegment(id, prefix)))
      .map(
        prefix =>
          `--${option} ${prefix}: no check has an ID that starts with this; --list --as all,interop,ipsie shows them.`,
      ),
  )
  if (mistakes.length > 0 || selectChecks(checks, selection).length > 0) return mistakes
  return [`No check matches --only and --skip with --as ${selection.as.join(',')}.`]
}

// `rfc/create` does not match `rfc/created-by`.
const startsWithSegment = (id: string, prefix: string): boolean =>
  id === prefix || id.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
