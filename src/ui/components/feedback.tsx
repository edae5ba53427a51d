import type { ComponentChildren } from 'preact'
import type { ApiProblem } from '../api.ts'

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
