import type { Identity, Related } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import { Badge, Empty, Foreign } from '../../components/basics.tsx'
import { PagedTable, Table } from '../../components/list.tsx'
import { usePages } from '../../load.ts'
import { pageOfType } from '../../page-of-type.ts'
import { pathTo } from '../../router.ts'
import type { Shown } from './shown.ts'

const RelatedLink = ({ related, shown }: { readonly related: Related; readonly shown: Shown }) => {
  const page = pageOfType[related.type ?? '']
  const name = <Foreign text={related.display ?? related.id} />
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

const columnsFor = (shown: Shown, words: string) => [
  { name: words, of: (related: Related) => <RelatedLink related={related} shown={shown} /> },
  { name: 'Type', of: ({ type }: Related) => type ?? '—' },
  { name: 'Id', of: ({ id }: Related) => <code>{id}</code>, wide: true },
]

/** The members of a group, at the moment that is shown. */
export function Members({ shown }: { readonly shown: Shown }) {
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
export const GroupsOf = ({ identity, shown }: { readonly identity: Identity; readonly shown: Shown }) =>
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
