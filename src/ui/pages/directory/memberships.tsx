import type { Identity, Related } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import { Badge, ClientText, Empty } from '../../components/elements.tsx'
import { PagedTable, Table } from '../../components/table.tsx'
import { usePages } from '../../load.ts'
import { pagesByType, pathTo } from '../../router.ts'
import type { IdentityRef } from './identity-facts.tsx'

const RelatedLink = ({ related, shown }: { readonly related: Related; readonly shown: IdentityRef }) => {
  const page = pagesByType[related.type ?? '']
  const name = <ClientText text={related.display ?? related.id} />
  if (related.type === undefined) {
    return (
      <>
        {name} <Badge tone="bad">names nobody</Badge>
      </>
    )
  }
  return page ? (
    <a href={pathTo(page, { tenant: shown.tenant, id: related.id }, { at: shown.at })}>{name}</a>
  ) : (
    name
  )
}

const columnsFor = (shown: IdentityRef, words: string) => [
  { name: words, of: (related: Related) => <RelatedLink related={related} shown={shown} /> },
  { name: 'Type', of: ({ type }: Related) => type ?? '—' },
  { name: 'Id', of: ({ id }: Related) => <code>{id}</code>, wide: true },
]

/** The members of a group, at the moment that is shown. */
export function Members({ shown }: { readonly shown: IdentityRef }) {
  const { tenant, list, id, at } = shown
  const pages = usePages<Related>(apiPath(['tenants', tenant, list, id, 'members'], { at }))
  return (
    <PagedTable
      pages={pages}
      caption="Members"
      columns={columnsFor(shown, 'Member')}
      keyOf={related => related.id}
      empty={<Empty title="No members." />}
    />
  )
}

/** The groups that a user is in, or was in when it was deleted; who joined and left when, the timeline tells. */
export const GroupsOf = ({
  identity,
  shown,
}: {
  readonly identity: Identity
  readonly shown: IdentityRef
}) =>
  identity.groups.length === 0 ? (
    <Empty title="In no group." />
  ) : (
    <Table
      caption="Groups"
      columns={columnsFor(shown, 'Group')}
      items={identity.groups}
      keyOf={({ id }) => id}
    />
  )
