import type { HistoryEntry, RelatedResource } from '../../../domain/contract/identities.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { Differences, formatNamed, JsonView } from '../../components/json.tsx'
import { ClientText, escapeHidden, Time } from '../../components/text.tsx'
import { useLoad, usePages } from '../../load.ts'
import { pathTo, query } from '../../router.ts'
import { type IdentityRef, unrecorded } from './identity-facts.tsx'

export function AttributeHistory({ identity: { tenant, list, id } }: { readonly identity: IdentityRef }) {
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id/attributes`, { params: { tenant, id } })
  const problem = loaded.problem.value
  const history = loaded.value.value
  if (problem) return <ProblemBox problem={problem} />
  if (!history) return <Loading />
  return (
    <dl class="attributes card">
      {history.items.map(({ path, values }) => (
        <div key={path}>
          <dt>
            <code>{escapeHidden(path)}</code>
          </dt>
          {values.map(({ at, revision, value, exchange, via }) => (
            <dd key={revision}>
              <code class="client-text">
                {value === undefined ? '(none)' : formatNamed(value, history.names)}
              </code>{' '}
              <span class="muted">
                since <Time at={at} />,{' '}
                {exchange === undefined ? (
                  `revision ${revision}`
                ) : (
                  <a href={pathTo('exchange', { id: exchange })}>revision {revision}</a>
                )}
                {via && `, Identity Store API, access key ${via.accessKey}`}
              </span>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  )
}

export function Timeline({ identity: { tenant, list, id } }: { readonly identity: IdentityRef }) {
  const pages = usePages(`GET /tenants/:tenant/${list}/:id/history`, { params: { tenant, id } })
  const entries = pages.items.value
  const problem = pages.problem.value
  if (problem) return <ProblemBox problem={problem} />
  if (entries.length === 0 && pages.loading.value) return <Loading />
  return (
    <>
      <ol class="timeline" reversed>
        {entries.filter(isShown).map((entry, index) => (
          <li key={index} {...propsOf(entry)}>
            {entry.kind === 'revision' ? (
              <RevisionEntry entry={entry} tenant={tenant} />
            ) : (
              <MembershipEntry entry={entry} />
            )}
          </li>
        ))}
      </ol>
      {pages.hasMore.value && <ActionButton onAction={pages.loadMore}>Show older</ActionButton>}
    </>
  )
}

const isShown = (entry: HistoryEntry, index: number, all: readonly HistoryEntry[]): boolean =>
  entry.kind === 'membership' ||
  entry.action !== 'modified' ||
  entry.differences.length > 0 ||
  query.value.get('revision') === String(entry.revision) ||
  all[index + 1]?.kind !== 'membership' ||
  all[index + 1]?.exchange !== entry.exchange

function propsOf(entry: HistoryEntry) {
  if (entry.kind === 'membership') return { class: entry.event }
  if (query.value.get('revision') !== String(entry.revision)) return { class: entry.action }
  return {
    class: `${entry.action} highlighted`,
    ref: (element: HTMLLIElement | null) => element?.scrollIntoView({ block: 'center' }),
  }
}

type Revision = Extract<HistoryEntry, { readonly kind: 'revision' }>
type Membership = Extract<HistoryEntry, { readonly kind: 'membership' }>

const RevisionEntry = ({ entry, tenant }: { readonly entry: Revision; readonly tenant: string }) => (
  <>
    <p>
      <Badge tone="accent">revision {entry.revision}</Badge> <strong>{entry.action}</strong>{' '}
      <Time at={entry.at} /> {entry.action === 'purged' ? <Purge tenant={tenant} /> : <Cause entry={entry} />}
    </p>
    {entry.action === 'modified' && <Differences differences={entry.differences} names={entry.names} />}
    {entry.document && (
      <details>
        <summary>JSON at this revision</summary>
        <JsonView value={entry.document} label={`Revision ${entry.revision}`} />
      </details>
    )}
  </>
)

/** The audit log has who purged it. Its entries name the first purged records only, but all have the tenant. */
const Purge = ({ tenant }: { readonly tenant: string }) => (
  <span class="muted">
    by <a href={pathTo('audit', {}, { q: `operation:purgeStale tenant:${tenant}` })}>the console</a>
  </span>
)

const displayName = ({ display, id }: RelatedResource): string => display ?? id

const MembershipEntry = ({ entry }: { readonly entry: Membership }) => (
  <p>
    <ClientText text={displayName(entry.member)} />{' '}
    <strong>{entry.event === 'added' ? 'joined' : 'left'}</strong>{' '}
    <ClientText text={displayName(entry.group)} /> <Time at={entry.at} /> <Cause entry={entry} />
  </p>
)

/** The request that made the change, and its token or access key; changes without a request came from the console. */
const Cause = ({ entry: { exchange, via, cause, missing } }: { readonly entry: HistoryEntry }) => {
  if (exchange === undefined) return <span class="muted">by the console</span>
  return (
    <span class="muted">
      by <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? unrecorded(missing)}</a>
      {via &&
        ` (Identity Store API${cause?.operation ? `, ${cause.operation}` : ''}, access key ${via.accessKey})`}
      {cause?.token && `, token …${cause.token}`}
      {cause?.replay && ', a replay'}
    </span>
  )
}
