import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  HistoryEntry,
  IdentityDetail,
  Member,
  RelatedResource,
} from '../../../domain/contract/identities.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Collection, loadedRows } from '../../components/collection.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { Differences, formatNamed, JsonView } from '../../components/json.tsx'
import { PageHead } from '../../components/layout.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { type View, Views, viewIn } from '../../components/views.tsx'
import { useLoad, usePages } from '../../load.ts'
import { type PageProps, pagesByType, pathTo, query, setQuery } from '../../router.ts'
import { AccessTable } from '../access/access-table.tsx'
import { UserVerdict } from '../sign-in-check/verdict.tsx'
import { IdentityFacts, type IdentityRef, Status, unrecorded } from './identity-facts.tsx'
import { useHistory, useLast } from './moment.tsx'
import { WhyPanel } from './why.tsx'

export const UserPage = (props: PageProps) => <IdentityPage {...props} list="users" />
export const GroupPage = (props: PageProps) => <IdentityPage {...props} list="groups" />

function viewsOf(
  list: IdentityRef['list'],
  { members, groups }: IdentityDetail,
): Readonly<Record<string, View>> {
  const timeline = { label: 'Timeline' }
  const others = {
    attributes: { label: 'Attributes' },
    access: { label: 'Access' },
    ...(list === 'users' && { signIn: { label: 'Sign-in' } }),
    document: { label: 'JSON' },
  }
  return list === 'groups'
    ? { memberships: { label: 'Members', count: members }, timeline, ...others }
    : { timeline, memberships: { label: 'Groups', count: groups.length }, ...others }
}

function IdentityPage({ tenant = '', id = '', list }: PageProps & { readonly list: IdentityRef['list'] }) {
  const { at, button, slider } = useHistory(tenant)
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id`, { params: { tenant, id }, query: { at } })
  const identity = useLast(loaded)
  const problem = loaded.problem.value
  // A link to a revision leads to the timeline.
  useEffect(() => {
    if (query.value.has('revision') && !query.value.has('view')) setQuery({ view: 'timeline' })
  }, [])
  const identityRef = { tenant, list, id, at }
  if (!identity) {
    return (
      <>
        <PageHead title={list === 'users' ? 'User' : 'Group'} />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
        {problem && at !== undefined && (
          <button type="button" onClick={() => setQuery({ at: undefined })}>
            Back to live
          </button>
        )}
      </>
    )
  }
  const views = viewsOf(list, identity)
  const view = viewIn(views)
  const title = identity.display || identity.label
  return (
    <>
      <PageHead
        title={title}
        description={
          <span class="identity-head">
            {title !== identity.label && <ClientText text={identity.label} />}
            <Status status={identity.status} />
          </span>
        }
      >
        {button}
      </PageHead>
      {at === undefined && <WhyPanel identity={identityRef} groups={identity.groups.length} />}
      {slider}
      <Views label={title} views={views} />
      <div class="identity-view">
        {view === 'timeline' && <Timeline identity={identityRef} />}
        {view === 'attributes' && <AttributeHistory identity={identityRef} />}
        {view === 'document' && <Document identity={identity} />}
        {view === 'memberships' &&
          (list === 'groups' ? (
            <Members group={identityRef} />
          ) : (
            <GroupsOf groups={identity.groups} user={identityRef} />
          ))}
        {view === 'access' && (
          <AccessTable tenant={tenant} at={at} {...(list === 'groups' ? { group: id } : { user: id })} />
        )}
        {view === 'signIn' &&
          (at === undefined ? (
            <UserVerdict tenant={tenant} id={id} />
          ) : (
            <p class="muted">The verdict is about the present. Go back to live to see it.</p>
          ))}
      </div>
      <IdentityFacts identity={identity} tenant={tenant} list={list} />
    </>
  )
}

const Document = ({ identity }: { readonly identity: IdentityDetail }) =>
  identity.document ? (
    <JsonView value={identity.document} label="SCIM resource" />
  ) : (
    <p class="muted">Removed. Only the history is kept.</p>
  )

const relatedColumns = ({ tenant, at }: IdentityRef, name: string) =>
  [
    {
      name,
      kind: 'name',
      text: ({ display, id }: RelatedResource) => display ?? id,
      to: ({ type = '', id }: RelatedResource) => {
        const page = pagesByType[type]
        return page && pathTo(page, { tenant, id }, { at })
      },
    },
    {
      name: 'Type',
      text: ({ type }: RelatedResource) => type?.toLowerCase() ?? 'unknown ID',
      tone: ({ type }: RelatedResource) => type === undefined && 'bad',
    },
    { name: 'ID', text: ({ id }: RelatedResource) => id, code: true, extra: true },
  ] as const

/** What made a change without a request. */
const originOf = (via: Member['via']): string =>
  via?.api === 'import' ? 'AWS, before the import' : 'the console'

const formatKey = (via: Member['via']): string | undefined =>
  via?.api === 'identity-store' ? `, Identity Store API, access key ${via.accessKey}` : undefined

const joinedBy = ({ exchange, cause, missing, via }: Member): string =>
  `${exchange === undefined ? originOf(via) : (cause?.action ?? unrecorded(missing))}${formatKey(via) ?? ''}`

function Members({ group }: { readonly group: IdentityRef }) {
  const { tenant, id, at } = group
  const pages = usePages('GET /tenants/:tenant/groups/:id/members', { params: { tenant, id }, query: { at } })
  return (
    <Collection
      noun={['member', 'members']}
      rows={pages}
      columns={[
        ...relatedColumns(group, 'Member'),
        {
          name: 'Joined by',
          text: joinedBy,
          to: ({ exchange }) => exchange && pathTo('exchange', { id: exchange }),
          kind: 'rest',
        },
        { name: 'Joined', text: ({ joined }) => joined, kind: 'time' },
      ]}
      keyOf={related => related.id}
      file="members.csv"
      empty="No members."
    />
  )
}

const GroupsOf = ({
  groups,
  user,
}: {
  readonly groups: readonly RelatedResource[]
  readonly user: IdentityRef
}) => (
  <Collection
    noun={['group', 'groups']}
    rows={loadedRows(groups)}
    columns={relatedColumns(user, 'Group')}
    keyOf={({ id }) => id}
    file="groups.csv"
    empty="No groups."
  />
)

function AttributeHistory({ identity: { tenant, list, id } }: { readonly identity: IdentityRef }) {
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id/attributes`, { params: { tenant, id } })
  const problem = loaded.problem.value
  const history = loaded.value.value
  if (problem) return <ProblemBox problem={problem} />
  if (!history) return <Loading />
  return (
    <>
      <DeletedBefore since={history.since} />
      <dl class="attributes">
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
                  {formatKey(via)}
                </span>
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </>
  )
}

function Timeline({ identity: { tenant, list, id } }: { readonly identity: IdentityRef }) {
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
      {pages.hasMore.value ? (
        <ActionButton onAction={pages.loadMore}>Show older</ActionButton>
      ) : (
        <DeletedBefore since={pages.since.value} />
      )}
    </>
  )
}

const DeletedBefore = ({ since }: { readonly since: string | undefined }) =>
  since === undefined ? null : (
    <p class="muted">
      Changes before <Time at={since} /> are deleted (<code>--keep-history-days</code>).
    </p>
  )

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
    by{' '}
    <a href={pathTo('activity', {}, { view: 'changes', q: `operation:purgeStale tenant:${tenant}` })}>
      the console
    </a>
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
  if (exchange === undefined) return <span class="muted">by {originOf(via)}</span>
  return (
    <span class="muted">
      by <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? unrecorded(missing)}</a>
      {via?.api === 'identity-store' &&
        ` (Identity Store API${cause?.operation ? `, ${cause.operation}` : ''}, access key ${via.accessKey})`}
      {cause?.token && `, token …${cause.token}`}
      {cause?.replay && ', a replay'}
    </span>
  )
}
