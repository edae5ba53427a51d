import { profileTitles } from '../../../profiles/names.ts'
import type { Evaluation, Explanation } from '../../answers.ts'
import { Badge, Prose, Source } from '../../components/elements.tsx'

const services: Readonly<Record<string, string>> = profileTitles

/** What each profile says of the same request. */
export const Evaluations = ({
  evaluations,
  notEvaluated,
}: Pick<Explanation, 'evaluations' | 'notEvaluated'>) => {
  if (evaluations.length === 0 && notEvaluated === undefined) return null
  return (
    <section aria-label="Verdicts">
      <h2>What others would say</h2>
      {notEvaluated !== undefined && <p class="card muted">{notEvaluated}</p>}
      <div class="evaluations">
        {evaluations.map(evaluation => (
          <EvaluationCard key={evaluation.profile} {...evaluation} />
        ))}
      </div>
    </section>
  )
}

const outcomeLabel = (own: boolean, accepted: boolean): string => {
  if (own) return accepted ? 'took it' : 'refused it'
  return accepted ? 'would take it' : 'would refuse it'
}

const EvaluationCard = ({ profile, own, accepted, status, scimType, detail, rules }: Evaluation) => (
  <article class="card">
    <h3>
      {services[profile] ?? profile} {own && <Badge tone="accent">this tenant</Badge>}
    </h3>
    <p>
      <Badge tone={accepted ? 'good' : 'bad'}>{outcomeLabel(own, accepted)}</Badge> {status}
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
        {rules.map(({ id, description, source, basis }) => (
          <li key={id}>
            <Prose text={description} />{' '}
            <span class="muted">
              <code>{id}</code>, {basis}, <Source text={source} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </article>
)
