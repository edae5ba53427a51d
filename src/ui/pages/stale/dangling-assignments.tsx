import { useEffect } from 'preact/hooks'
import type { DanglingAssignment } from '../../../domain/contract/access.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'

export function DanglingAssignments({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access/dangling', { params: { tenant } })
  useEffect(() => onLive('changed', pages.reload), [])
  if (pages.items.value.length === 0 && !pages.problem.value) return null
  return (
    <div class="below-table">
      <h2>Assignments of deleted users and groups</h2>
      <p class="muted">
        AWS keeps the account assignments of deleted users and groups. A user or group that is created again
        has a new ID and no assignments.
      </p>
      <PagedTable
        pages={pages}
        caption="Assignments of deleted users and groups"
        columns={columnsOf(tenant)}
        keyOf={({ assignment }) => assignment.id}
        empty={null}
      />
    </div>
  )
}

const columnsOf = (tenant: string): readonly Column<DanglingAssignment>[] => {
  const pageOf = ({ type }: DanglingAssignment['principal']) => (type === 'Group' ? 'group' : 'user')
  return [
    {
      name: 'Name',
      of: ({ principal }) => (
        <a href={pathTo(pageOf(principal), { tenant, id: principal.id })}>
          <ClientText text={principal.name} />
        </a>
      ),
    },
    { name: 'Type', of: ({ principal }) => principal.type, wide: true },
    {
      name: 'Account',
      of: ({ account }) => (
        <a href={pathTo('access', { tenant }, { account })}>
          <code class="account-id">{account}</code>
        </a>
      ),
    },
    { name: 'Permission set', of: ({ permissionSet }) => permissionSet.name },
    { name: 'Deleted', of: ({ deleted }) => deleted !== undefined && <Time at={deleted} /> },
    {
      name: 'Created again',
      of: ({ principal, successor }) =>
        successor !== undefined && (
          <a href={pathTo(pageOf(principal), { tenant, id: successor })}>later record</a>
        ),
      wide: true,
    },
    {
      name: 'Command to delete',
      of: ({ command, principal }) => (
        <CopyButton text={command} what={`the command that deletes the assignment of ${principal.name}`} />
      ),
    },
  ]
}
