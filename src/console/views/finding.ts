import type { FindingGroup, FindingMute } from '../../domain/contract/findings.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type {
  FindingGroup as StoredFindingGroup,
  FindingMute as StoredMute,
} from '../../domain/ports/analysis.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { textsFor } from '../../insight/analysis/diagnosis/finding-texts.ts'
import { compact } from '../../scim/json.ts'

/** Texts are for the client of the newest request. Empty for a kind that this version does not know. */
export function viewFindings(group: StoredFindingGroup, mute?: StoredMute): readonly FindingGroup[] {
  const kind = getFindingKind(group.id)
  if (!kind) return []
  const { first, last, trend, evidence, ...rest } = group
  return [
    {
      ...textsFor(kind, evidence[0]?.client),
      ...rest,
      first: toIsoTime(first),
      last: toIsoTime(last),
      ...toTenantLast(last, evidence),
      trend: trend.map(({ started, ...point }) => ({ ...point, started: toIsoTime(started) })),
      ...(mute && { mute: viewMute(mute) }),
      evidence: evidence.map(({ at, tenantTime, client: _, ...one }) => ({
        ...one,
        at: toIsoTime(at),
        ...(tenantTime !== undefined && { tenantTime: toIsoTime(tenantTime) }),
      })),
    },
  ]
}

/** The newest occurrence shows how far the tenant's clock was ahead. */
const toTenantLast = (
  last: number,
  [newest]: StoredFindingGroup['evidence'],
): Pick<FindingGroup, 'tenantLast'> =>
  newest?.tenantTime === undefined ? {} : { tenantLast: toIsoTime(last + newest.tenantTime - newest.at) }

export const viewMute = ({ reason, by, at }: StoredMute): FindingMute => ({
  reason,
  ...compact({ by }),
  at: toIsoTime(at),
})
