import type { Identity, IdentitySort, IdentityStatus } from '../../../domain/contract/identities.ts'
import type { Failure } from '../../../domain/contract/overview.ts'
import type { Counts } from '../../../domain/contract/tenants.ts'
import { apiSort, Collection, type Column } from '../../components/collection.tsx'
import { ClientText } from '../../components/text.tsx'
import { useNewer, usePages } from '../../load.ts'
import { pathTo, query } from '../../router.ts'
import { Origin, originText, Status, statusWord, When } from './identity-facts.tsx'

type ListProps = {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly view: 'all' | 'disabled' | 'deleted'
  readonly at: string | undefined
  /** The numbers of all identities of the type, now, whatever the view shows. */
  readonly counts: Counts[string] | undefined
  /** The newest objects whose last request failed. */
  readonly failures: readonly Failure[]
  readonly onReload: () => void
}

const statusPrefix = 'status:'

/** "anna status:disabled" has a text and a status. An unknown status is left to the API to report. */
function parseFilter(filter: string) {
  const words = filter.split(' ').filter(Boolean)
  const status = words.findLast(word => word.startsWith(statusPrefix))?.slice(statusPrefix.length)
  const text = words.filter(word => !word.startsWith(statusPrefix)).join(' ')
  return { status: status as IdentityStatus | 'deleted' | undefined, text: text || undefined }
}

export function Identities({ tenant, list, view, at, counts, failures, onReload }: ListProps) {
  const columns = columnsOf({ tenant, list, view, at, failures })
  const { status = view === 'all' ? undefined : view, text } = parseFilter(query.value.get('text') ?? '')
  const sort = at === undefined ? (apiSort(columns) as IdentitySort | undefined) : undefined
  const pages = usePages(`GET /tenants/:tenant/${list}`, {
    params: { tenant },
    query: { at, status, text, sort },
  })
  const newer = useNewer(tenant, () => {
    pages.reload()
    onReload()
  })
  const isKnown = at === undefined && text === undefined
  return (
    <Collection
      noun={list === 'users' ? ['user', 'users'] : ['group', 'groups']}
      rows={pages}
      columns={columns}
      keyOf={({ id }) => id}
      total={isKnown ? counts && totalOf(counts, status) : undefined}
      filter={{ name: 'text', hint: 'Filter: name, ID, status:disabled' }}
      file={`${list}.csv`}
      newer={at === undefined ? newer : undefined}
      empty={
        <p class="muted">
          {view !== 'all' ? (
            `No ${view} ${list}.`
          ) : at === undefined ? (
            <>
              No {list} yet. <a href={pathTo('connect', { tenant })}>Connect</a>
            </>
          ) : (
            `No ${list} at that time.`
          )}
        </p>
      }
    />
  )
}

const totalOf = (counts: Counts[string], status: IdentityStatus | 'deleted' | undefined): number => {
  const { active, disabled, retained, removed } = counts
  if (status === 'deleted') return retained + removed
  return status === undefined ? active + disabled + retained + removed : (counts[status] ?? 0)
}

const columnsOf = ({
  tenant,
  list,
  view,
  at,
  failures,
}: Pick<ListProps, 'tenant' | 'list' | 'view' | 'at' | 'failures'>): readonly Column<Identity>[] => {
  const isUsers = list === 'users'
  const failing = new Map(failures.map(failure => [failure.label, failure]))
  const failureOf = ({ id, label }: Identity) => {
    const failure = at === undefined ? failing.get(label) : undefined
    return failure?.id === undefined || failure.id === id ? failure : undefined
  }
  const ordered = (order: string) => (at === undefined ? { order } : {})
  const time = (name: string, of: (identity: Identity) => string): Column<Identity> => ({
    name,
    text: of,
    of: identity => <When at={of(identity)} tenant={tenant} />,
    kind: 'time',
  })
  return [
    {
      name: isUsers ? 'User name' : 'Name',
      text: ({ label }) => label,
      of: ({ id, label }) => (
        <a href={pathTo(isUsers ? 'user' : 'group', { tenant, id }, { at })}>
          <ClientText text={label} />
        </a>
      ),
      kind: 'name',
      ...ordered('label'),
    },
    {
      name: isUsers ? 'Name' : 'Display name',
      text: ({ label, display }) => (display === label ? '' : display),
      of: ({ label, display }) => display !== label && <ClientText text={display} />,
      wide: true,
      ...ordered('display'),
    },
    isUsers
      ? {
          name: 'Groups',
          text: formatGroups,
          of: one => one.groups.length > 0 && <ClientText text={formatGroups(one)} />,
          kind: 'rest',
        }
      : { name: 'Members', text: ({ members }) => members, of: formatMembers, kind: 'number' },
    {
      name: 'Status',
      ...(view === 'all' && { always: true as const }),
      text: identity => (failureOf(identity) ? failedWord(failureOf(identity)) : statusWord(identity.status)),
      of: identity => {
        const failure = failureOf(identity)
        return failure ? <Failed failure={failure} /> : <Status status={identity.status} />
      },
    },
    {
      ...time('Modified', ({ lastModified }) => lastModified),
      always: true,
      wide: true,
      ...ordered('lastModified'),
    },
    { ...time('Created', ({ created }) => created), extra: true, ...ordered('created') },
    { ...time('Last seen', ({ lastSeen }) => lastSeen), extra: true },
    { name: 'Revisions', text: ({ revisions }) => revisions, kind: 'number', extra: true },
    { name: 'Created by', text: originText, of: ({ origin }) => <Origin origin={origin} />, extra: true },
  ]
}

export const failedWord = (failure: Failure | undefined): string =>
  failure?.finding === undefined ? 'failed' : 'refused'

export const Failed = ({ failure }: { readonly failure: Failure }) => (
  <a class="status-bad" href={pathTo('exchange', { id: failure.exchange })} title={failure.reason}>
    {failedWord(failure)}
  </a>
)

const formatMembers = ({ members }: Identity) => members?.toLocaleString('en') ?? '—'

const maxGroups = 3

function formatGroups({ groups }: Identity): string {
  const names = groups.slice(0, maxGroups).map(({ display, id }) => display ?? id)
  return names.join(', ') + (groups.length > maxGroups ? ` and ${groups.length - maxGroups} more` : '')
}
