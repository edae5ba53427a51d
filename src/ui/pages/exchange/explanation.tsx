import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  ChangedResource,
  Evaluation,
  ExplainedOperation,
  Explanation,
  Finding,
} from '../../../domain/contract/explanation.ts'
import type { Severity } from '../../../domain/contract/findings.ts'
import type { RelatedResource } from '../../../domain/contract/identities.ts'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { Differences, formatValue, JsonComparison, JsonView } from '../../components/json.tsx'
import { ClientText, HowToFix, Prose, Source } from '../../components/text.tsx'
import { pagesByType, pathTo } from '../../router.ts'
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
          <ResourceLink change={change} tenant={tenant} />
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

const ResourceLink = ({
  change,
  tenant,
}: {
  readonly change: ChangedResource
  readonly tenant: string | undefined
}) => {
  const page = pagesByType[change.type]
  if (!page || tenant === undefined) return <ClientText text={change.label} />
  return (
    <a href={pathTo(page, { tenant, id: change.id })}>
      <ClientText text={change.label} />
    </a>
  )
}

function Revisions({
  change,
  tenant,
}: {
  readonly change: ChangedResource
  readonly tenant: string | undefined
}) {
  const { id, type, revisions } = change
  const { before, after } = revisions
  const link = (revision: number | undefined) => {
    const page = pagesByType[type]
    if (!page || tenant === undefined) return revision
    return <a href={pathTo(page, { tenant, id }, { revision: String(revision) })}>{revision}</a>
  }
  if (before === undefined) {
    return (
      <>
        {type} created, revision {link(after)}
      </>
    )
  }
  if (after === undefined) {
    return (
      <>
        {type} deleted, last revision {link(before)}
      </>
    )
  }
  return (
    <>
      {type}, revision {link(before)}
      {before !== after && <> to {link(after)}</>}
    </>
  )
}

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
              <code>{id}</code>, {basis}, <Source text={source} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </article>
)

export const severityTones: Readonly<Record<Severity, Tone>> = {
  error: 'bad',
  warning: 'warn',
  note: 'plain',
}

const weights: Readonly<Record<Severity, string>> = {
  error: 'Fails',
  warning: 'Breaks later',
  note: 'Note',
}

/** One line each; opened, the reason and the fix. */
export const FindingRows = ({
  title,
  findings,
}: {
  readonly title: string
  readonly findings: readonly Finding[]
}) =>
  findings.length === 0 ? null : (
    <section aria-label={title}>
      <h2>{title}</h2>
      {findings.map((finding, index) => (
        <details key={index} class="finding-row">
          <summary>
            <span class="what">
              <span class={finding.severity === 'note' ? 'muted' : severityTones[finding.severity]}>
                {weights[finding.severity]}:
              </span>{' '}
              <Prose text={finding.title} />.{' '}
              <span class="muted">
                <ClientText text={finding.detail} />
              </span>
            </span>
          </summary>
          <div class="opened">
            <p>
              <HowToFix {...finding} />
            </p>
            <p class="muted">
              <Prose text={finding.reason} />
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
          </div>
        </details>
      ))}
    </section>
  )
