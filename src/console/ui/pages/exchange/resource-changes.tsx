import type { Explanation, Related } from '../../answers.ts'
import { Foreign } from '../../components/basics.tsx'
import { Differences } from '../../components/differences.tsx'
import { JsonView } from '../../components/json.tsx'
import { pageOfType } from '../../page-of-type.ts'
import { pathTo } from '../../router.ts'

type Change = Explanation['resources'][number]

/** What is different since then: the resource before and after, and who joined or left. */
export const ResourceChanges = ({
  resources,
  tenant,
}: {
  readonly resources: readonly Change[]
  readonly tenant: string | undefined
}) => (
  <section aria-label="Changes">
    <h2>What it changed</h2>
    {resources.length === 0 && <p class="card muted">Nothing: no resource is different since then.</p>}
    {resources.map(change => (
      <article key={change.id} class="card">
        <h3>
          <ResourceLink change={change} tenant={tenant} />
        </h3>
        <p class="muted">
          <Versions change={change} tenant={tenant} />
        </p>
        {(change.differences.length > 0 || change.memberships.length === 0) && (
          <Differences differences={change.differences} />
        )}
        <Memberships change={change} />
        <div class="beside">
          {change.before && <State words="Before" document={change.before} />}
          {change.after && <State words="After" document={change.after} />}
        </div>
      </article>
    ))}
  </section>
)

const ResourceLink = ({
  change,
  tenant,
}: {
  readonly change: Change
  readonly tenant: string | undefined
}) => {
  const page = pageOfType[change.type]
  if (!page || tenant === undefined) return <Foreign text={change.label} />
  return (
    <a href={pathTo(page, { tenant, id: change.id })}>
      <Foreign text={change.label} />
    </a>
  )
}

/** Which versions it is about; each leads to its place in the timeline. */
function Versions({ change, tenant }: { readonly change: Change; readonly tenant: string | undefined }) {
  const { id, type, versions } = change
  const { before, after } = versions
  const link = (version: number | undefined) => {
    const page = pageOfType[type]
    if (!page || tenant === undefined) return version
    return <a href={pathTo(page, { tenant, id }, { version: String(version) })}>{version}</a>
  }
  if (before === undefined) {
    return (
      <>
        {type} created, version {link(after)}
      </>
    )
  }
  if (after === undefined) {
    return (
      <>
        {type} deleted; version {link(before)} was the last
      </>
    )
  }
  return (
    <>
      {type}, version {link(before)}
      {before !== after && <> to {link(after)}</>}
    </>
  )
}

const State = ({
  words,
  document,
}: {
  readonly words: string
  readonly document: NonNullable<Change['after']>
}) => (
  <details>
    <summary>{words}</summary>
    <JsonView value={document} label={words} />
  </details>
)

const Memberships = ({ change }: { readonly change: Change }) => {
  if (change.memberships.length === 0) return null
  return (
    <ul class="plain">
      {change.memberships.map(({ event, group, member }) => (
        <li key={`${event} ${group.id} ${member.id}`}>
          <Foreign text={nameOf(member)} /> {event === 'added' ? 'joined' : 'left'}{' '}
          <Foreign text={nameOf(group)} />
        </li>
      ))}
    </ul>
  )
}

const nameOf = ({ display, id }: Related): string => display ?? id
