import type { FindingGroup, FindingMute, Quarantine } from '../../domain/contract/findings.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type {
  FindingGroup as StoredFindingGroup,
  FindingMute as StoredMute,
} from '../../domain/ports/analysis.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { headlineOf } from '../../insight/analysis/diagnosis/finding-headlines.ts'
import { textsFor } from '../../insight/analysis/diagnosis/finding-texts.ts'
import type { AnalysisProgress } from '../../insight/analysis/scheduler.ts'
import { compact } from '../../scim/json.ts'

/** Texts are for the client of the newest request. Empty for a kind that this version does not know. */
export function viewFindings(group: StoredFindingGroup, mute?: StoredMute): readonly FindingGroup[] {
  const kind = getFindingKind(group.id)
  if (!kind) return []
  const { first, last, trend, evidence, ...rest } = group
  return [
    {
      ...textsFor(kind, evidence[0]?.client),
      headline: headlineOf(group, kind.title),
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

export const viewAnalysis = ({ isCurrent, ...progress }: AnalysisProgress) => ({
  ...progress,
  current: isCurrent,
  summary: describe(progress),
})

function describe({
  waiting,
  analyzed,
  total,
  seconds,
}: Pick<AnalysisProgress, 'waiting' | 'analyzed' | 'total' | 'seconds'>): string {
  if (waiting === 0) return 'All requests are analyzed.'
  const progress = `Analyzing ${formatCount(analyzed)} of ${formatCount(total)} requests`
  return seconds === undefined ? `${progress}.` : `${progress}, ready in ${formatAbout(seconds)}.`
}

const formatCount = (number: number) => number.toLocaleString('en-US')

/** "about 2 min": an estimate is not more precise. */
function formatAbout(seconds: number): string {
  if (seconds < 10) return 'a few seconds'
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} h`
}

type Verdict = Pick<Quarantine, 'status' | 'reason' | 'detail'>

export const currentVerdict = <Estimate extends Verdict>(
  estimate: Estimate,
  { current, summary }: ReturnType<typeof viewAnalysis>,
): Omit<Estimate, keyof Verdict> & Verdict =>
  current ? estimate : { ...estimate, status: 'analyzing', reason: 'None', detail: summary }
