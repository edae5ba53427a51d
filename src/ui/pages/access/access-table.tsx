import type { AccessEntry } from '../../../domain/contract/access.ts'
import { Badge, Empty, type Tone } from '../../components/feedback.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'

export type AccessFilter = {
  readonly user?: string | undefined
  readonly group?: string | undefined
  readonly account?: string | undefined
  readonly permissionSet?: string | undefined
  /** An earlier time; now if absent. */
  readonly at?: string | undefined
}

const results: Readonly<Record<AccessEntry['result'], readonly [tone: Tone, label: string]>> = {
  access: ['good', 'access'],
  disabled: ['warn', 'user disabled'],
  'no-members': ['plain', 'group empty'],
  'no-principal': ['bad', 'does not exist'],
}

export function AccessTable({ tenant, ...filter }: AccessFilter & { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access', { params: { tenant }, query: filter })
  return (
    <PagedTable
      pages={pages}
      caption="Access"
      columns={columnsOf(tenant, filter.at)}
      keyOf={({ assignment, user }) => `${assignment.id} ${user?.id}`}
      empty={
        <Empty title="No access.">
          <p>
            Assign accounts to users and groups with <code>aws sso-admin create-account-assignment</code>.
          </p>
        </Empty>
      }
    />
  )
}

const columnsOf = (tenant: string, at: string | undefined): readonly Column<AccessEntry>[] => [
  {
    name: 'User',
    of: ({ user, principal }) =>
      user ? (
        <a href={pathTo('user', { tenant, id: user.id }, { at })}>
          <ClientText text={user.name} />
        </a>
      ) : principal.type === 'User' ? (
        <ClientText text={principal.name} />
      ) : (
        <span class="muted">none</span>
      ),
  },
  {
    name: 'Access',
    of: ({ result, summary }) => {
      const [tone, label] = results[result]
      return (
        <Badge tone={tone} title={summary}>
          {label}
        </Badge>
      )
    },
  },
  {
    name: 'Account',
    of: ({ account }) => (
      <a href={pathTo('access', { tenant }, { account, at })}>
        <code class="account-id">{account}</code>
      </a>
    ),
  },
  {
    name: 'Permission set',
    of: ({ permissionSet }) => (
      <a href={pathTo('access', { tenant }, { permissionSet: permissionSet.id, at })}>{permissionSet.name}</a>
    ),
  },
  {
    name: 'Through',
    of: ({ principal, joined }) =>
      principal.type === 'Group' ? (
        <>
          <a href={pathTo('group', { tenant, id: principal.id }, { at })}>
            <ClientText text={principal.name} />
          </a>
          {joined !== undefined && (
            <div class="muted">
              since <Time at={joined} />
            </div>
          )}
        </>
      ) : (
        <span class="muted">direct</span>
      ),
  },
  {
    name: 'Assigned',
    of: ({ assignment: { created, exchange } }) => (
      <>
        <Time at={created} />
        {exchange !== undefined && (
          <>
            {' '}
            <a href={pathTo('exchange', { id: exchange })}>View request</a>
          </>
        )}
      </>
    ),
    wide: true,
  },
]
