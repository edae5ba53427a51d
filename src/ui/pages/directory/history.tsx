import type { HistoryEntry, Json, Related } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import {
  ActionButton,
  Badge,
  ClientText,
  escapeHidden,
  Loading,
  ProblemBox,
  Time,
} from '../../components/elements.tsx'
import { Differences, formatValue, JsonView } from '../../components/json.tsx'
import { useLoad, usePages } from '../../load.ts'
import { pathTo, query } from '../../router.ts'
import type { IdentityRef } from './identity-facts.tsx'

type AttributeHistoryResponse = {
  readonly items: readonly {
    readonly path: string
    readonly values: readonly {
      readonly at: string
      readonly version: number
      readonly value?: Json
      readonly exchange?: string
    }[]
  }[]
}

/** Each attribute with all the values it ever had. */
export function AttributeHistory({ shown: { tenant, list, id } }: { readonly shown: IdentityRef }) {
  const loaded = useLoad<AttributeHistoryResponse>(apiPath(['tenants', tenant, list, id, 'attributes']))
  const problem = loaded.problem.value
  const attributes = loaded.value.value?.items
  if (problem) return <ProblemBox problem={problem} />
  if (!attributes) return <Loading />
  return (
    <dl class="attributes card">
      {attributes.map(({ path, values }) => (
        <div key={path}>
          <dt>
            <code>{escapeHidden(path)}</code>
          </dt>
          {values.map(({ at, version, value, exchange }) => (
            <dd key={version}>
              <code class="foreign">{value === undefined ? '(none)' : formatValue(value)}</code>{' '}
              <span class="muted">
                since <Time at={at} />,{' '}
                {exchange === undefined ? (
                  `version ${version}`
                ) : (
                  <a href={pathTo('exchange', { id: exchange })}>version {version}</a>
                )}
              </span>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  )
}

/** Every version and every membership that came or went, newest first, each with what differs and who did it. */
export function Timeline({ shown: { tenant, list, id } }: { readonly shown: IdentityRef }) {
  const pages = usePages<HistoryEntry>(apiPath(['tenants', tenant, list, id, 'history']))
  const entries = pages.items.value
  const problem = pages.problem.value
  if (problem) return <ProblemBox problem={problem} />
  if (entries.length === 0 && pages.loading.value) return <Loading />
  return (
    <>
      <ol class="timeline" reversed>
        {entries.map((entry, at) => (
          <li key={at} {...markOf(entry)}>
            {entry.kind === 'version' ? <VersionEntry entry={entry} /> : <MembershipEntry entry={entry} />}
          </li>
        ))}
      </ol>
      {pages.more.value && <ActionButton act={pages.loadMore}>Show older</ActionButton>}
    </>
  )
}

/** The version that the address names is brought into view. */
function markOf(entry: HistoryEntry) {
  if (entry.kind === 'membership') return { class: entry.event }
  if (query.value.get('version') !== String(entry.version)) return { class: entry.action }
  return {
    class: `${entry.action} named`,
    ref: (element: HTMLLIElement | null) => element?.scrollIntoView({ block: 'center' }),
  }
}

type Version = Extract<HistoryEntry, { readonly kind: 'version' }>
type Membership = Extract<HistoryEntry, { readonly kind: 'membership' }>

const VersionEntry = ({ entry }: { readonly entry: Version }) => (
  <>
    <p>
      <Badge tone="accent">version {entry.version}</Badge> <strong>{entry.action}</strong>{' '}
      <Time at={entry.at} /> <Cause entry={entry} />
    </p>
    {entry.action === 'changed' && <Differences differences={entry.differences} />}
    {entry.document && (
      <details>
        <summary>As it was then</summary>
        <JsonView value={entry.document} label={`Version ${entry.version}`} />
      </details>
    )}
  </>
)

const displayName = ({ display, id }: Related): string => display ?? id

const MembershipEntry = ({ entry }: { readonly entry: Membership }) => (
  <p>
    <ClientText text={displayName(entry.member)} />{' '}
    <strong>{entry.event === 'added' ? 'joined' : 'left'}</strong>{' '}
    <ClientText text={displayName(entry.group)} /> <Time at={entry.at} /> <Cause entry={entry} />
  </p>
)

/** Who did it: the request, by its words and its token; without one it was the console. */
const Cause = ({ entry: { exchange, cause } }: { readonly entry: HistoryEntry }) => {
  if (exchange === undefined) return <span class="muted">by the console</span>
  return (
    <span class="muted">
      by <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? 'a request'}</a>
      {cause?.token && `, token …${cause.token}`}
      {cause?.replay && ', a replay'}
    </span>
  )
}
