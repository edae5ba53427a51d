import { type AccessDefect, defectLabels } from '../../../domain/access-review.ts'
import type { AccessEntry } from '../../../domain/contract/access.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { ClientText } from '../../components/text.tsx'
import { usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'

export type AccessFilter = {
  readonly user?: string | undefined
  readonly group?: string | undefined
  readonly account?: string | undefined
  readonly permissionSet?: string | undefined
  readonly shouldNot?: AccessDefect | 'any' | undefined
  /** An earlier time; now if absent. */
  readonly at?: string | undefined
}

/** The access of a user, or of the members of a group. */
export function AccessTable({ tenant, ...filter }: AccessFilter & { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access', { params: { tenant }, query: filter })
  const columns = accessColumns(tenant, filter.at)
  return (
    <Collection
      noun={['assignment', 'assignments']}
      rows={pages}
      columns={filter.user === undefined ? columns : columns.slice(1)}
      keyOf={entryKey}
      file={fileOf('access', tenant, filter.at)}
      empty="No access."
    />
  )
}

export const entryKey = ({ assignment, user }: AccessEntry): string => `${assignment.id} ${user?.id}`

export const fileOf = (name: string, tenant: string, at = new Date().toISOString()): string =>
  `${name}-${tenant}-${at.slice(0, 10)}.csv`

const tones = { disabled: 'disabled', deleted: 'bad', missing: 'bad', 'cannot-sign-in': 'plain' } as const

const whyNot = ({ defect, result }: AccessEntry): string =>
  defect ? defectLabels[defect] : result === 'no-members' ? 'no members' : ''

const sinceOf = ({ joined, assignment: { created } }: AccessEntry): string =>
  joined !== undefined && joined > created ? joined : created

const accountOf = ({ account, accountName }: AccessEntry): string =>
  accountName === undefined ? account : `${accountName} (${account})`

export const accessColumns = (tenant: string, at: string | undefined): readonly Column<AccessEntry>[] => [
  {
    name: 'Who',
    kind: 'name',
    text: ({ user, principal, result }) =>
      user?.name ?? (result === 'no-members' ? '' : principal.name || principal.id),
    of: entry => <Who entry={entry} tenant={tenant} at={at} />,
  },
  {
    name: 'Why not',
    text: whyNot,
    tone: ({ defect }) => (defect ? tones[defect] : 'plain'),
    title: ({ summary }) => summary,
  },
  {
    name: 'Account',
    always: true,
    wide: true,
    text: accountOf,
    of: ({ account, accountName }) => (
      <a href={pathTo('access', { tenant }, { view: 'everyone', account, at })} title={account}>
        {accountName === undefined ? account : <ClientText text={accountName} />}
      </a>
    ),
  },
  {
    name: 'Permission set',
    always: true,
    text: ({ permissionSet }) => permissionSet.name,
    of: ({ permissionSet: { id, name }, account, accountName = account }) => (
      <>
        <a href={pathTo('access', { tenant }, { view: 'everyone', permissionSet: id, at })}>
          <ClientText text={name} />
        </a>
        <span class="narrow">
          {' in '}
          <ClientText text={accountName} />
        </span>
      </>
    ),
  },
  {
    name: 'Through',
    kind: 'rest',
    wide: true,
    text: ({ principal }) => (principal.type === 'Group' ? principal.name : 'directly'),
    tone: ({ principal }) => principal.type === 'User' && 'plain',
    to: ({ principal, defect, user }) =>
      principal.type === 'User' || (defect === 'missing' && !user)
        ? undefined
        : pathTo('group', { tenant, id: principal.id }, { at }),
  },
  {
    name: 'Since',
    kind: 'time',
    wide: true,
    text: sinceOf,
  },
  { name: 'Assigned', kind: 'time', extra: true, text: ({ assignment }) => assignment.created },
  {
    name: 'Assigned by',
    extra: true,
    text: ({ assignment }) => assignment.exchange,
    of: ({ assignment: { exchange } }) =>
      exchange !== undefined && <a href={pathTo('exchange', { id: exchange })}>request</a>,
  },
]

/** A deleted user or group has a page; one that never existed here has none. */
function Who({
  entry: { user, principal, result, defect },
  tenant,
  at,
}: {
  readonly entry: AccessEntry
  readonly tenant: string
  readonly at: string | undefined
}) {
  if (result === 'no-members') return <span class="muted">nobody</span>
  const { id, name } = user ?? principal
  const text = (
    <>
      {!user && principal.type === 'Group' && 'group '}
      <ClientText text={name || id} />
    </>
  )
  if (defect === 'missing') return text
  const page = user || principal.type === 'User' ? 'user' : 'group'
  return <a href={pathTo(page, { tenant, id }, { at: defect === 'deleted' ? undefined : at })}>{text}</a>
}
