import type { ComponentChildren } from 'preact'
import type { AnalysisProgress } from '../../domain/contract/findings.ts'
import type { ApiProblem } from '../api.ts'
import { formatCount } from '../format.ts'

type Children = { readonly children?: ComponentChildren }

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'accent'

export const Badge = ({
  tone = 'plain',
  title,
  children,
}: Children & { readonly tone?: Tone; readonly title?: string }) => (
  <span class={`badge ${tone}`} title={title}>
    {children}
  </span>
)

export const Empty = ({ title, children }: Children & { readonly title: string }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
)

export const ProblemBox = ({ problem, children }: Children & { readonly problem: ApiProblem }) => (
  <div class="problem" role="alert">
    <p>{problem.message}</p>
    {children}
  </div>
)

export const FileProblem = ({ problem }: { readonly problem: ApiProblem }) => (
  <ProblemBox problem={problem}>
    {problem.errors.length > 1 && (
      <ul>
        {problem.errors.map(({ message }) => (
          <li key={message}>{message}</li>
        ))}
      </ul>
    )}
  </ProblemBox>
)

export const Loading = ({ label = 'Loading' }: { readonly label?: string }) => (
  <p class="muted loading" role="status">
    {label}…
  </p>
)

export const Analyzing = ({ analysis }: { readonly analysis: AnalysisProgress }) => (
  <div>
    <p class="muted">{analysis.summary}</p>
    <AnalysisBar analysis={analysis} />
  </div>
)

export const AnalysisBar = ({ analysis: { analyzed, total } }: { readonly analysis: AnalysisProgress }) => (
  <progress class="analyzing" max={Math.max(1, total)} value={analyzed} aria-label="Analyzed requests" />
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
