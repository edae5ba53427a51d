import type { ComponentChildren } from 'preact'
import type { AttributeChange, CycleChanges, TypeChanges } from '../../../domain/contract/cycles.ts'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { formatNamed } from '../../components/json.tsx'
import { ClientText, escapeHidden } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { pagesByType, pathTo } from '../../router.ts'

export function Changes({ id, tenant }: { readonly id: string; readonly tenant: string }) {
  const loaded = useLoad('GET /cycles/:id/changes', { params: { id } })
  const changes = loaded.value.value
  const problem = loaded.problem.value
  return (
    <section aria-label="Changes">
      <h2>What it changed</h2>
      {problem && <ProblemBox problem={problem} />}
      {!changes && !problem && <Loading />}
      {changes && <ChangesView changes={changes} tenant={tenant} />}
    </section>
  )
}

const ChangesView = ({ changes, tenant }: { readonly changes: CycleChanges; readonly tenant: string }) => (
  <>
    {!changes.complete && (
      <p class="muted">Only the newest {formatCount(changes.requests, 'request')} that changed something.</p>
    )}
    {changes.types.length + changes.groups.length === 0 && (
      <p class="card muted">The directory is the same as before.</p>
    )}
    {changes.types.map(one => (
      <TypeView key={one.type} changes={one} tenant={tenant} names={changes.names} />
    ))}
    {changes.groups.length > 0 && (
      <article class="card">
        <h3>Members</h3>
        {changes.groups.map(({ group, joined, left }) => (
          <Folded
            key={group.id}
            summary={
              <>
                <ClientText text={group.display ?? group.id} />: {joined.length} joined, {left.length} left
              </>
            }
          >
            <ul>
              {[
                ...joined.map(one => ['joined', one] as const),
                ...left.map(one => ['left', one] as const),
              ].map(([event, { id, type = '', display = id }]) => (
                <li key={`${event} ${id}`}>
                  <ResourceLink tenant={tenant} type={type} id={id} label={display} /> {event}
                </li>
              ))}
            </ul>
          </Folded>
        ))}
      </article>
    )}
  </>
)

type TypeViewProps = {
  readonly changes: TypeChanges
  readonly tenant: string
  readonly names: CycleChanges['names']
}

const TypeView = ({ changes: { type, created, deleted, attributes }, tenant, names }: TypeViewProps) => (
  <article class="card">
    <h3>{type}s</h3>
    {Object.entries({ created, deleted }).map(
      ([what, { count, items }]) =>
        count > 0 && (
          <Folded key={what} summary={`${count.toLocaleString('en')} ${what}`}>
            <Resources tenant={tenant} type={type} items={items} count={count} />
          </Folded>
        ),
    )}
    {attributes.map(attribute => (
      <Folded
        key={attribute.path}
        summary={
          <>
            <code>{escapeHidden(attribute.path)}</code> changed for{' '}
            {formatCount(attribute.count, type.toLowerCase())}
          </>
        }
      >
        <AttributeView attribute={attribute} tenant={tenant} type={type} names={names} />
      </Folded>
    ))}
  </article>
)

const AttributeView = ({
  attribute: { changes, count },
  tenant,
  type,
  names,
}: {
  readonly attribute: AttributeChange
  readonly tenant: string
  readonly type: string
  readonly names: CycleChanges['names']
}) => (
  <>
    <dl class="differences">
      {changes.map(({ kind, before, after, resources }, at) => (
        <div key={at} class={kind}>
          <dt>
            {before !== undefined && <del>{formatNamed(before, names)}</del>}
            {before !== undefined && after !== undefined && ' → '}
            {after !== undefined && <ins>{formatNamed(after, names)}</ins>}
          </dt>
          <dd>
            <Resources tenant={tenant} type={type} items={resources} count={resources.length} />
          </dd>
        </div>
      ))}
    </dl>
    <Rest shown={changes.reduce((sum, { resources }) => sum + resources.length, 0)} of={count} />
  </>
)

const Folded = ({
  summary,
  children,
}: {
  readonly summary: ComponentChildren
  readonly children: ComponentChildren
}) => (
  <details class="more">
    <summary>{summary}</summary>
    {children}
  </details>
)

const Resources = ({
  tenant,
  type,
  items,
  count,
}: {
  readonly tenant: string
  readonly type: string
  readonly items: TypeChanges['created']['items']
  readonly count: number
}) => (
  <>
    <ul class="names">
      {items.map(({ id, label }) => (
        <li key={id}>
          <ResourceLink tenant={tenant} type={type} id={id} label={label} />
        </li>
      ))}
    </ul>
    <Rest shown={items.length} of={count} />
  </>
)

const Rest = ({ shown, of }: { readonly shown: number; readonly of: number }) =>
  shown < of ? <p class="muted">And {(of - shown).toLocaleString('en')} more.</p> : null

const ResourceLink = ({
  tenant,
  type,
  id,
  label,
}: {
  readonly tenant: string
  readonly type: string
  readonly id: string
  readonly label: string
}) => {
  const page = pagesByType[type]
  const name = <ClientText text={label} />
  return page ? <a href={pathTo(page, { tenant, id })}>{name}</a> : name
}
