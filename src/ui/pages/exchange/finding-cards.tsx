import type { Finding } from '../../../domain/contract/explanation.ts'
import type { Severity } from '../../../domain/contract/findings.ts'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { HowToFix } from '../../components/how-to-fix.tsx'
import { ClientText, Prose, Source } from '../../components/text.tsx'

export const severityTones: Readonly<Record<Severity, Tone>> = {
  error: 'bad',
  warning: 'warn',
  note: 'plain',
}

export const FindingCards = ({
  title,
  findings,
}: {
  readonly title: string
  readonly findings: readonly Finding[]
}) => {
  if (findings.length === 0) return null
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {findings.map((finding, index) => (
        <article key={index} class="card finding">
          <h3>
            <Badge tone={severityTones[finding.severity]}>{finding.severity}</Badge>{' '}
            <Prose text={finding.title} />
          </h3>
          <p>
            <ClientText text={finding.detail} />
          </p>
          <p>
            <Prose text={finding.reason} />
          </p>
          <p>
            <HowToFix {...finding} />
          </p>
          <p class="muted">
            <code>{finding.id}</code>
            {finding.basis && `, ${finding.basis}`}
            {finding.source && (
              <>
                , <Source text={finding.source} />
              </>
            )}
          </p>
        </article>
      ))}
    </section>
  )
}
