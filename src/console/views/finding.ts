import { getFindingKind } from '../../analysis/diagnosis/diagnose.ts'
import type { FindingGroup } from '../../contract/findings.ts'
import { toIsoTime } from '../../contract/operation.ts'
import type { FindingGroup as StoredFindingGroup } from '../../ports/analysis.ts'

/** A group as the API shows it; none for a kind that this version does not know. */
export function viewFindings(group: StoredFindingGroup): readonly FindingGroup[] {
  const kind = getFindingKind(group.id)
  if (!kind) return []
  const { first, last, evidence, ...rest } = group
  return [
    {
      ...kind,
      ...rest,
      first: toIsoTime(first),
      last: toIsoTime(last),
      evidence: evidence.map(({ at, ...one }) => ({ ...one, at: toIsoTime(at) })),
    },
  ]
}
