import type { Evaluation, Explanation } from '../../../domain/contract/explanation.ts'
import { Badge } from '../../components/feedback.tsx'
import { Prose, Source } from '../../components/text.tsx'
import { profileLabels } from '../tenants/tenant-page.tsx'

export const Evaluations = ({
  evaluations,
  notEvaluated,
}: Pick<Explanation, 'evaluations' | 'notEvaluated'>) => {
  if (evaluations.length === 0 && notEvaluated === undefined) return null
  return (
    <section aria-label="Compare profiles">
      <h2>Compare profiles</h2>
      {notEvaluated !== undefined && <p class="card muted">Cannot compare profiles: {notEvaluated}.</p>}
      <div class="evaluations">
        {evaluations.map(evaluation => (
          <EvaluationCard key={evaluation.profile} {...evaluation} />
        ))}
      </div>
    </section>
  )
}

const outcomeLabel = (isTenantProfile: boolean, accepted: boolean): string => {
  if (isTenantProfile) return accepted ? 'accepted' : 'rejected'
  return accepted ? 'would accept' : 'would reject'
}

const EvaluationCard = ({
  profile,
  isTenantProfile,
  accepted,
  status,
  scimType,
  detail,
  rules,
}: Evaluation) => (
  <article class="card">
    <h3>
      {profileLabels[profile]} {isTenantProfile && <Badge tone="accent">this tenant</Badge>}
    </h3>
    <p>
      <Badge tone={accepted ? 'good' : 'bad'}>{outcomeLabel(isTenantProfile, accepted)}</Badge> {status}
      {scimType && (
        <>
          {' '}
          <code>{scimType}</code>
        </>
      )}
    </p>
    {detail && <p class="client-text">{detail}</p>}
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
