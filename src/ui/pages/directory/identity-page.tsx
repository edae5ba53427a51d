import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  HistoryEntry,
  IdentityDetail,
  Member,
  RelatedResource,
} from '../../../domain/contract/identities.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Badge, Empty, Loading, ProblemBox } from '../../components/feedback.tsx'
import { Differences, formatNamed, JsonView } from '../../components/json.tsx'
import { PageHead } from '../../components/layout.tsx'
import { PagedTable, Table } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { useLoad, usePages } from '../../load.ts'
import { type PageProps, pagesByType, pathTo, query, setQuery } from '../../router.ts'
import { AccessTable } from '../access/access-table.tsx'
import { UserVerdict } from '../sign-in-check/verdict.tsx'
import { IdentityFacts, type IdentityRef, StatusBadge, unrecorded } from './identity-facts.tsx'
import { MomentNote, MomentSlider, selectedMoment } from './moment.tsx'
import { WhyPanel } from './why.tsx'

export const UserPage = (props: PageProps) => <IdentityPage {...props} list="users" />
export const GroupPage = (props: PageProps) => <IdentityPage {...props} list="groups" />

type View = 'timeline' | 'document' | 'attributes' | 'memberships' | 'access' | 'signIn'

const otherViews = {
  document: 'Current JSON',
  attributes: 'Attribute history',
} as const

const viewsOf = (
  list: IdentityRef['list'],
  { members }: Pick<IdentityDetail, 'members'>,
): Readonly<Partial<Record<View, string>>> =>
  list === 'groups'
    ? {
        memberships: members === undefined ? 'Members' : `Members (${members.toLocaleString('en')})`,
        timeline: 'Timeline',
        ...otherViews,
        access: 'Access',
      }
    : {
        timeline: 'Timeline',
        ...otherViews,
        memberships: 'Memberships',
        access: 'Access',
        signIn: 'Sign-in',
      }

const firstView = (list: IdentityRef['list']): View => (list === 'groups' ? 'memberships' : 'timeline')

function IdentityPage({ tenant = '', id = '', list }: PageProps & { readonly list: IdentityRef['list'] }) {
  const at = selectedMoment()
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id`, { params: { tenant, id }, query: { at } })
  const identity = loaded.value.value
  const problem = loaded.problem.value
  const implied = query.value.has('revision') ? 'timeline' : firstView(list)
  const view = query.value.get('view') ?? implied
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
  return (
    <>
      <PageHead
        title={identity.label}
        description={identity.display !== identity.label && <ClientText text={identity.display} />}
      >
        <StatusBadge status={identity.status} />
      </PageHead>
      {at === undefined && <WhyPanel identity={identityRef} />}
      <IdentityFacts identity={identity} tenant={tenant} list={list} />
      <MomentSlider tenant={tenant} />
      {at !== undefined && <MomentNote at={at} />}
      <ViewTabs view={view} views={viewsOf(list, identity)} />
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
        list === 'users' &&
        (at === undefined ? (
          <UserVerdict tenant={tenant} id={id} />
        ) : (
          <p class="card muted">The verdict is about the present. Go back to live to see it.</p>
        ))}
    </>
  )
}

const ViewTabs = ({
  view,
  views,
}: {
  readonly view: string
  readonly views: Readonly<Partial<Record<View, string>>>
}) => (
  <fieldset class="tabs">
    <legend class="visually-hidden">View</legend>
    {Object.entries(views).map(([name, label], at) => (
      <button
        key={name}
        type="button"
        aria-pressed={view === name}
        onClick={() => setQuery({ view: at === 0 ? undefined : name, revision: undefined })}
      >
        {label}
      </button>
    ))}
  </fieldset>
)

const Document = ({ identity }: { readonly identity: IdentityDetail }) =>
  identity.document ? (
    <JsonView value={identity.document} label="SCIM resource" />
  ) : (
    <p class="card muted">Removed. Only the history is kept.</p>
  )

const RelatedLink = ({
  related,
  from,
}: {
  readonly related: RelatedResource
  readonly from: IdentityRef
}) => {
  const page = pagesByType[related.type ?? '']
  const name = <ClientText text={related.display ?? related.id} />
  if (related.type === undefined) {
    return (
      <>
        {name} <Badge tone="bad">unknown ID</Badge>
      </>
    )
  }
  return page ? (
    <a href={pathTo(page, { tenant: from.tenant, id: related.id }, { at: from.at })}>{name}</a>
  ) : (
    name
  )
}

const nameColumn = (from: IdentityRef, name: string) => ({
  name,
  of: (related: RelatedResource) => <RelatedLink related={related} from={from} />,
})
const typeColumn = { name: 'Type', of: ({ type }: RelatedResource) => type ?? '—' }
const idColumn = { name: 'ID', of: ({ id }: RelatedResource) => <code>{id}</code>, wide: true }

/** What made a change without a request. */
const originOf = (via: Member['via']): string =>
  via?.api === 'import' ? 'AWS, before the import' : 'the console'

const formatKey = (via: Member['via']): string | undefined =>
  via?.api === 'identity-store' ? `, Identity Store API, access key ${via.accessKey}` : undefined

const joinedColumn = {
  name: 'Joined',
  of: ({ joined, exchange, cause, missing, via }: Member) => (
    <>
      <Time at={joined} />{' '}
      <span class="muted">
        by{' '}
        {exchange === undefined ? (
          originOf(via)
        ) : (
          <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? unrecorded(missing)}</a>
        )}
        {formatKey(via)}
      </span>
    </>
  ),
}

function Members({ group }: { readonly group: IdentityRef }) {
  const { tenant, id, at } = group
  const pages = usePages('GET /tenants/:tenant/groups/:id/members', { params: { tenant, id }, query: { at } })
  return (
    <PagedTable
      pages={pages}
      caption="Members"
      columns={[nameColumn(group, 'Member'), joinedColumn, typeColumn, idColumn]}
      keyOf={related => related.id}
      empty={<Empty title="No members." />}
    />
  )
}

const GroupsOf = ({
  groups,
  user,
}: {
  readonly groups: readonly RelatedResource[]
  readonly user: IdentityRef
}) =>
  groups.length === 0 ? (
    <Empty title="No groups." />
  ) : (
    <Table
      caption="Groups"
      columns={[nameColumn(user, 'Group'), typeColumn, idColumn]}
      items={groups}
      keyOf={({ id }) => id}
    />
  )

function AttributeHistory({ identity: { tenant, list, id } }: { readonly identity: IdentityRef }) {
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
                {formatKey(via)}
              </span>
            </dd>
          ))}
        </div>
      ))}
    </dl>
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
