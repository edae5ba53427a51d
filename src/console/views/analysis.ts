import type { Quarantine } from '../../domain/contract/findings.ts'
import type { AnalysisProgress } from '../../insight/analysis/scheduler.ts'

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
