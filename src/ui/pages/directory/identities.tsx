import { useEffect } from 'preact/hooks'
import type { AnalysisProgress } from '../../../domain/contract/findings.ts'
import type { Identity, IdentitySort, IdentityStatus } from '../../../domain/contract/identities.ts'
import type { Failure } from '../../../domain/contract/overview.ts'
import type { Counts } from '../../../domain/contract/tenants.ts'
import { apiSort, Collection, type Column } from '../../components/collection.tsx'
import { Analyzing } from '../../components/feedback.tsx'
import { Prose } from '../../components/text.tsx'
import { usePages } from '../../load.ts'
import { pathTo, query } from '../../router.ts'
import { originText, statusOf } from './identity-facts.tsx'

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
      live={at === undefined ? tenant : undefined}
      onReload={onReload}
      empty={
        view !== 'all' ? (
          `No ${view} ${list}.`
        ) : at === undefined ? (
          <>
            No {list} yet. <a href={pathTo('connect', { tenant })}>Connect</a>
          </>
        ) : (
          `No ${list} at that time.`
        )
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
  return [
    {
      name: isUsers ? 'User name' : 'Name',
      text: ({ label }) => label,
      to: ({ id }) => pathTo(isUsers ? 'user' : 'group', { tenant, id }, { at }),
      kind: 'name',
      ...ordered('label'),
    },
    {
      name: isUsers ? 'Name' : 'Display name',
      text: ({ label, display }) => (display === label ? '' : display),
      wide: true,
      ...ordered('display'),
    },
    isUsers
      ? { name: 'Groups', text: formatGroups, kind: 'rest' }
      : { name: 'Members', text: ({ members }) => members, absent: '—', kind: 'number' },
    {
      name: 'Status',
      ...(view === 'all' && { always: true as const }),
      text: identity => failedWord(failureOf(identity)) ?? statusOf(identity.status).word,
      to: identity => {
        const failure = failureOf(identity)
        return failure && pathTo('exchange', { id: failure.exchange })
      },
      tone: identity => (failureOf(identity) ? 'bad' : statusOf(identity.status).tone),
      title: identity => failureOf(identity)?.reason ?? statusOf(identity.status).title,
    },
    {
      name: 'Modified',
      text: ({ lastModified }) => lastModified,
      kind: 'time',
      wide: true,
      ...ordered('lastModified'),
    },
    { name: 'Created', text: ({ created }) => created, kind: 'time', extra: true, ...ordered('created') },
    { name: 'Last seen', text: ({ lastSeen }) => lastSeen, kind: 'time', extra: true },
    { name: 'Revisions', text: ({ revisions }) => revisions, kind: 'number', extra: true },
    {
      name: 'Created by',
      text: originText,
      to: ({ origin }) => origin && pathTo('exchange', { id: origin.exchange }),
      extra: true,
    },
  ]
}

const failedWord = (failure: Failure | undefined): string | undefined =>
  failure && (failure.finding === undefined ? 'failed' : 'refused')

const maxGroups = 3

function formatGroups({ groups }: Identity): string {
  const names = groups.slice(0, maxGroups).map(({ display, id }) => display ?? id)
  return names.join(', ') + (groups.length > maxGroups ? ` and ${groups.length - maxGroups} more` : '')
}

/** The objects whose last request failed, also those that were never accepted. */
export function Failing({
  tenant,
  list,
  analysis,
}: {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly analysis: AnalysisProgress | undefined
}) {
  const isUsers = list === 'users'
  const pages = usePages('GET /tenants/:tenant/failures', {
    params: { tenant },
    query: { type: isUsers ? 'User' : 'Group' },
  })
  const columns: readonly Column<Failure>[] = [
    {
      name: isUsers ? 'User name' : 'Name',
      text: ({ label, action }) => label ?? action,
      to: ({ id, exchange }) =>
        id === undefined
          ? pathTo('exchange', { id: exchange })
          : pathTo(isUsers ? 'user' : 'group', { tenant, id }),
      kind: 'name',
    },
    {
      name: 'Why',
      text: ({ reason }) => reason,
      of: ({ reason }) => <Prose text={reason} />,
      kind: 'rest',
    },
    { name: 'Request', text: ({ action }) => action, extra: true },
    {
      name: 'Status',
      text: failedWord,
      to: ({ exchange }) => pathTo('exchange', { id: exchange }),
      tone: () => 'bad',
      always: true,
    },
    { name: 'Attempts', text: ({ attempts }) => attempts, kind: 'number', always: true, wide: true },
    { name: 'Since', text: ({ since }) => since, kind: 'time', wide: true },
  ]
  const isCurrent = analysis?.current
  // What failed is known once it is analyzed.
  useEffect(() => {
    if (isCurrent) pages.reload()
  }, [isCurrent])
  if (analysis && !isCurrent) return <Analyzing analysis={analysis} />
  return (
    <Collection
      noun={isUsers ? ['user', 'users'] : ['group', 'groups']}
      rows={pages}
      columns={columns}
      keyOf={({ exchange }) => exchange}
      file={`failing-${list}.csv`}
      live={tenant}
      empty={<>No failing {list}.</>}
    />
  )
}
