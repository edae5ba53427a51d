import type { AnalysisProgress } from '../../contract/analysis.ts'

/** In the place of a verdict while too many requests wait for the analysis. */
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
