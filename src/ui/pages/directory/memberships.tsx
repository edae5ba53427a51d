import type { Member, RelatedResource } from '../../../domain/contract/identities.ts'
import { Badge, Empty } from '../../components/feedback.tsx'
import { PagedTable, Table } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { usePages } from '../../load.ts'
import { pagesByType, pathTo } from '../../router.ts'
import { type IdentityRef, unrecorded } from './identity-facts.tsx'

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

const joinedColumn = {
  name: 'Joined',
  of: ({ joined, exchange, cause, missing, via }: Member) => (
    <>
      <Time at={joined} />{' '}
      <span class="muted">
        by{' '}
        {exchange === undefined ? (
          'the console'
        ) : (
          <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? unrecorded(missing)}</a>
        )}
        {via && `, Identity Store API, access key ${via.accessKey}`}
      </span>
    </>
  ),
}

export function Members({ group }: { readonly group: IdentityRef }) {
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

export const GroupsOf = ({
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
