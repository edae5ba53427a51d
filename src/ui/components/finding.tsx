import type { ComponentChildren } from 'preact'
import type { Finding } from '../../domain/contract/explanation.ts'
import type { Severity } from '../../domain/contract/findings.ts'
import { findingPage } from '../../domain/documentation.ts'
import { DocumentedId } from './documentation.tsx'
import type { Tone } from './feedback.tsx'
import { ClientText, HowToFix, Prose, Source } from './text.tsx'

export const severityTones: Readonly<Record<Severity, Tone>> = {
  error: 'bad',
  warning: 'warn',
  note: 'plain',
}

const severities = Object.keys(severityTones)

/** The worst first. */
export const bySeverity = (one: { readonly severity: Severity }, other: { readonly severity: Severity }) =>
  severities.indexOf(one.severity) - severities.indexOf(other.severity)

export const weights: Readonly<Record<Severity, readonly [word: string, tone: string]>> = {
  error: ['fails', 'bad'],
  warning: ['breaks later', 'warn'],
  note: ['note', 'muted'],
}

type Shown = Omit<Finding, 'detail'> & { readonly headline?: string | undefined; readonly detail?: string }

/** How to fix it, then why. `about` stands before the ID of the rule. */
export const FindingText = ({
  finding: { id, title, headline = title, reason, basis, source, ...remedy },
  about,
  children,
}: {
  readonly finding: Shown
  readonly about?: ComponentChildren
  readonly children?: ComponentChildren
}) => (
  <>
    <p>
      <HowToFix {...remedy} />
    </p>
    <p class="muted">
      {headline !== title && (
        <>
          The rule: <Prose text={title} />
          {title.endsWith('.') ? ' ' : '. '}
        </>
      )}
      <Prose text={reason} />
    </p>
    {children}
    <p class="muted">
      {about}
      <DocumentedId id={id} page={findingPage} />
      {basis && `, ${basis}`}
      {source && (
        <>
          , <Source text={source} />
        </>
      )}
    </p>
  </>
)

/** One line each; opened, the reason and the fix. */
export const FindingRows = <Item extends Shown>({
  findings,
  children,
}: {
  readonly findings: readonly Item[]
  readonly children?: (finding: Item) => ComponentChildren
}) => (
  <>
    {findings.map((finding, index) => {
      const [word, tone] = weights[finding.severity]
      return (
        <details key={index} class="finding-row">
          <summary>
            <span class="what">
              <b>
                <Prose text={finding.headline ?? finding.title} />
              </b>{' '}
              <span class="muted">
                <ClientText text={finding.detail ?? ''} />
              </span>
            </span>
            <span class={tone}>{word}</span>
          </summary>
          <div class="opened">
            <FindingText finding={finding}>{children?.(finding)}</FindingText>
          </div>
        </details>
      )
    })}
  </>
)
