import type { Explanation, Verdict } from '../../answers.ts'
import { Badge } from '../../components/basics.tsx'
import { Prose, Source } from '../../components/prose.tsx'

const services: Readonly<Record<string, string>> = {
  aws: 'AWS IAM Identity Center',
  entra: 'A server that follows Entra’s wishes',
  rfc: 'A strict RFC server',
}

/** What each profile says of the same request. */
export const Verdicts = ({ verdicts, unjudged }: Pick<Explanation, 'verdicts' | 'unjudged'>) => {
  if (verdicts.length === 0 && unjudged === undefined) return null
  return (
    <section aria-label="Verdicts">
      <h2>What others would say</h2>
      {unjudged !== undefined && <p class="card muted">{unjudged}</p>}
      <div class="verdicts">
        {verdicts.map(verdict => (
          <VerdictCard key={verdict.profile} {...verdict} />
        ))}
      </div>
    </section>
  )
}

const judgement = (own: boolean, accepted: boolean): string => {
  if (own) return accepted ? 'took it' : 'refused it'
  return accepted ? 'would take it' : 'would refuse it'
}

const VerdictCard = ({ profile, own, accepted, status, scimType, detail, rules }: Verdict) => (
  <article class="card">
    <h3>
      {services[profile] ?? profile} {own && <Badge tone="accent">this tenant</Badge>}
    </h3>
    <p>
      <Badge tone={accepted ? 'good' : 'bad'}>{judgement(own, accepted)}</Badge> {status}
      {scimType && (
        <>
          {' '}
          <code>{scimType}</code>
        </>
      )}
    </p>
    {detail && <p class="foreign">{detail}</p>}
    {rules.length > 0 && (
      <ul>
        {rules.map(({ id, says, source, basis }) => (
          <li key={id}>
            <Prose text={says} />{' '}
            <span class="muted">
              <code>{id}</code>, {basis}, <Source text={source} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </article>
)
