import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  ChangedResource,
  Evaluation,
  ExplainedOperation,
  Explanation,
} from '../../../domain/contract/explanation.ts'
import type { RelatedResource } from '../../../domain/contract/identities.ts'
import { rulePage } from '../../../domain/documentation.ts'
import { DocumentedId } from '../../components/documentation.tsx'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { Differences, formatValue, JsonComparison, JsonView } from '../../components/json.tsx'
import { ResourceLink } from '../../components/record-link.tsx'
import { ClientText, Prose, Source } from '../../components/text.tsx'
import { profileLabels } from '../server/tenant-page.tsx'

const outcomes: Readonly<Record<ExplainedOperation['outcome'], readonly [label: string, tone: Tone]>> = {
  changed: ['changed', 'good'],
  'no-effect': ['no effect', 'plain'],
  rejected: ['rejected', 'bad'],
  'not-reached': ['not reached', 'plain'],
}

/** Which operation did what, unless there is nothing to tell apart. What they changed is below. */
export const Operations = ({ operations }: { readonly operations: readonly ExplainedOperation[] }) => {
  if (operations.length < 2 && operations.every(({ outcome }) => outcome === 'changed')) return null
  return (
    <section aria-label="Operations">
      <h2>Operations</h2>
      <ol class="operations">
        {operations.map(operation => (
          <li key={operation.index}>
            <Outcome outcome={operation.outcome} /> <code>{escapeHidden(operation.op)}</code>{' '}
            {operation.path !== undefined && <code>{escapeHidden(operation.path)}</code>}{' '}
            {operation.value !== undefined && <code class="value">{formatValue(operation.value)}</code>}
            {operation.outcome !== 'changed' && <span class="muted"> {operation.summary}</span>}
          </li>
        ))}
      </ol>
    </section>
  )
}

const Outcome = ({ outcome }: Pick<ExplainedOperation, 'outcome'>) => {
  const [label, tone] = outcomes[outcome]
  return <Badge tone={tone}>{label}</Badge>
}

export const ResourceChanges = ({
  resources,
  tenant,
  names,
}: {
  readonly resources: readonly ChangedResource[]
  readonly tenant: string | undefined
  readonly names: Explanation['names']
}) => (
  <section aria-label="Changes">
    <h2>Changes</h2>
    {resources.length === 0 && <p class="muted">No resource changed.</p>}
    {resources.map(change => (
      <article key={change.id}>
        <h3>
          <ResourceLink type={change.type} id={change.id} tenant={tenant} text={change.label} />
        </h3>
        <p class="muted">
          <Revisions change={change} tenant={tenant} />
        </p>
        {(change.differences.length > 0 || change.memberships.length === 0) && (
          <Differences differences={change.differences} names={names} />
        )}
        <Memberships change={change} />
        <Documents change={change} names={names} />
      </article>
    ))}
  </section>
)

function Revisions({ change: { id, type, revisions }, tenant }: ChangeProps) {
  const { before, after } = revisions
  const link = (revision: number | undefined) => (
    <ResourceLink type={type} id={id} tenant={tenant} revision={revision}>
      {revision}
    </ResourceLink>
  )
  if (before === undefined)
    return (
      <>
        {type} created, revision {link(after)}
      </>
    )
  if (after === undefined)
    return (
      <>
        {type} deleted, last revision {link(before)}
      </>
    )
  return (
    <>
      {type}, revision {link(before)}
      {before !== after && <> to {link(after)}</>}
    </>
  )
}

type ChangeProps = { readonly change: ChangedResource; readonly tenant: string | undefined }

const Documents = ({
  change: { before, after },
  names,
}: {
  readonly change: ChangedResource
  readonly names: Explanation['names']
}) => {
  if (before && after) {
    return (
      <details>
        <summary>Before and after</summary>
        <JsonComparison before={before} after={after} names={names} />
      </details>
    )
  }
  const label = before ? 'Before' : 'After'
  return (
    <details>
      <summary>{label}</summary>
      <JsonView value={before ?? after} label={label} />
    </details>
  )
}

const Memberships = ({ change }: { readonly change: ChangedResource }) => {
  if (change.memberships.length === 0) return null
  return (
    <ul class="plain">
      {change.memberships.map(({ event, group, member }) => (
        <li key={`${event} ${group.id} ${member.id}`}>
          <ClientText text={displayName(member)} /> {event === 'added' ? 'joined' : 'left'}{' '}
          <ClientText text={displayName(group)} />
        </li>
      ))}
    </ul>
  )
}

const displayName = ({ display, id }: RelatedResource): string => display ?? id

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
              <DocumentedId id={id} page={rulePage} />, {basis}, <Source text={source} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </article>
)
