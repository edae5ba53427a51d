import type { AttributeUse, MappingUse } from '../../../domain/contract/setup.ts'
import { Badge, ProblemBox } from '../../components/feedback.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { formatCount } from '../../format.ts'
import type { Loaded } from '../../load.ts'

export function Mapping({
  use: loaded,
  compared,
}: {
  readonly use: Loaded<MappingUse>
  readonly compared: boolean
}) {
  const use = loaded.value.value
  const problem = loaded.problem.value
  return (
    <section aria-label="Mapping">
      <h2>Mapping</h2>
      <p class="muted">
        {compared
          ? 'Entra’s default mapping, compared with the newest users and groups. Yours is under Provisioning, Attribute mapping.'
          : 'The attributes of the newest users and groups.'}
      </p>
      {problem && <ProblemBox problem={problem} />}
      {use && <Uses name="Users" use={use.users} compared={compared} />}
      {use && <Uses name="Groups" use={use.groups} compared={compared} />}
    </section>
  )
}

type UsesProps = { readonly name: string; readonly use: MappingUse['users']; readonly compared: boolean }

function Uses({ name, use: { resources, attributes }, compared }: UsesProps) {
  const differs = ({ recommended, sent }: AttributeUse) =>
    compared && resources > 0 && (!recommended || sent === 0)
  const columns = columnsOf(resources)
  const differing = attributes.filter(differs)
  const rest = attributes.filter(attribute => !differs(attribute))
  const keyOf = ({ target }: AttributeUse) => target
  return (
    <>
      {differing.length > 0 && (
        <>
          <h3>{name}</h3>
          <Table caption={`${name}: differences`} columns={columns} items={differing} keyOf={keyOf} />
        </>
      )}
      {rest.length > 0 && (
        <details class="more">
          <summary>
            {name}: {formatCount(rest.length, 'attribute')}
            {compared && resources > 0 && ' sent as recommended'}
          </summary>
          <Table caption={name} columns={columns} items={rest} keyOf={keyOf} />
        </details>
      )}
    </>
  )
}

const columnsOf = (resources: number): readonly Column<AttributeUse>[] => [
  {
    name: 'Sent in',
    of: ({ sent, recommended }) =>
      resources === 0 ? (
        '—'
      ) : sent === 0 ? (
        <Badge tone="warn">never sent</Badge>
      ) : (
        <>
          {sent} of {resources} {!recommended && <Badge>not in the mapping</Badge>}
        </>
      ),
  },
  { name: 'Application attribute', of: ({ target }) => <code>{target}</code> },
  { name: 'Microsoft Entra ID attribute', of: ({ source }) => source && <code>{source}</code> },
  {
    name: 'Matching',
    of: ({ matching }) => matching && <Badge tone="accent">precedence {matching}</Badge>,
    wide: true,
  },
  { name: 'Note', of: ({ note }) => note, wide: true },
]
