import type { AnalysisProgress } from '../../domain/contract/findings.ts'
import { formatCount } from '../format.ts'

export const Analyzing = ({
  analysis: { summary, analyzed, total },
}: {
  readonly analysis: AnalysisProgress
}) => (
  <div class="analyzing">
    <p>{summary}</p>
    <progress max={Math.max(1, total)} value={analyzed} aria-label="Analyzed requests" />
  </div>
)

/** The few requests that wait while a page is current, below all else: the number comes and goes, and must not move the page. */
export const Waiting = ({
  analysis,
  waiting,
}: {
  readonly analysis: AnalysisProgress
  readonly waiting: number
}) =>
  analysis.current && waiting > 0 ? (
    <p class="below-table muted">{formatCount(waiting, 'request')} not analyzed yet.</p>
  ) : null
