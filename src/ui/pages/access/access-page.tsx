import type { AccessEntry } from '../../../domain/contract/access.ts'
import { Badge, Empty, type Tone } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { useLoad, usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { MomentNote, MomentSlider, selectedMoment } from '../directory/moment.tsx'

export function AccessPage({ tenant = '' }: PageProps) {
  const at = selectedMoment()
  const value = (name: string) => query.value.get(name) || undefined
  const filter = {
    user: value('user'),
    group: value('group'),
    account: value('account'),
    permissionSet: value('permissionSet'),
  }
  return (
    <>
      <PageHead
        title="Access"
        description={
          <>
            Who has access to which AWS account, through which group and assignment.{' '}
            <a href={pathTo('users', { tenant }, { view: 'unused' })}>Stale identities</a> lists assignments
            of deleted users and groups.
          </>
        }
      />
      <MomentSlider tenant={tenant} />
      {at !== undefined && <MomentNote at={at} />}
      <Filters tenant={tenant} at={at} {...filter} />
      <AccessTable tenant={tenant} at={at} {...filter} />
    </>
  )
}

type FilterProps = {
  readonly tenant: string
  readonly at: string | undefined
  readonly user: string | undefined
  readonly group: string | undefined
  readonly account: string | undefined
  readonly permissionSet: string | undefined
}

function Filters({ tenant, at, user, group, account, permissionSet }: FilterProps) {
  const input = { params: { tenant }, query: { at } }
  const accounts = useLoad('GET /tenants/:tenant/access/accounts', input).value.value?.items ?? []
  const sets = useLoad('GET /tenants/:tenant/access/permission-sets', input).value.value?.items ?? []
  return (
    <search>
      <form class="inline" onSubmit={event => event.preventDefault()}>
        <NameField name="user" label="User" value={user} />
        <NameField name="group" label="Group" value={group} />
        <Choice
          name="account"
          label="Account"
          value={account}
          options={accounts.map(({ account }) => [account, account])}
        />
        <Choice
          name="permissionSet"
          label="Permission set"
          value={permissionSet}
          options={sets.map(({ id, name }) => [id, name])}
        />
      </form>
    </search>
  )
}

const NameField = ({
  name,
  label,
  value,
}: {
  readonly name: string
  readonly label: string
  readonly value: string | undefined
}) => (
  <div class="field">
    <label for={name}>{label}</label>
    <input
      id={name}
      type="search"
      placeholder="Name or ID"
      key={value}
      defaultValue={value ?? ''}
      onChange={event => setQuery({ [name]: event.currentTarget.value.trim() })}
      spellcheck={false}
    />
  </div>
)

const Choice = ({
  name,
  label,
  value,
  options,
}: {
  readonly name: string
  readonly label: string
  readonly value: string | undefined
  readonly options: readonly (readonly [value: string, label: string])[]
}) => {
  const isKnown = value === undefined || options.some(([each]) => each === value)
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select
        id={name}
        value={value ?? ''}
        onChange={event => setQuery({ [name]: event.currentTarget.value })}
      >
        <option value="">any</option>
        {!isKnown && <option value={value}>{value}</option>}
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}

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
