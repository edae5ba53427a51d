import type { HistoryEntry, RelatedResource } from '../../domain/contract/identities.ts'
import { Badge, Empty } from '../components/feedback.tsx'
import { Differences, JsonView } from '../components/json.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { hrefTo, moment } from './address.ts'
import { MomentField } from './moment-field.tsx'
import { statusTones } from './resources.tsx'
import type { Session } from './session.ts'
import { stateAt } from './state-at.ts'

export function ResourcePage({ session, id }: { readonly session: Session; readonly id: string }) {
  const item = session.resourceById.get(id)
  if (!item) {
    return (
      <>
        <PageHead title="No such record" />
        <Empty title="The file does not have this record." />
      </>
    )
  }
  const { resource, history } = item
  const state = stateAt(item, moment.value)
  return (
    <>
      <PageHead title={resource.label} description={<code>{resource.id}</code>} />
      <MomentField session={session} />
      <section class="card" aria-label="State">
        <p>
          {resource.type}{' '}
          <Badge tone={statusTones[state.status]}>
            {state.status === 'none' ? 'not created yet' : state.status}
          </Badge>
        </p>
        <Related title="Groups" session={session} items={state.groups} />
        <Related title="Members" session={session} items={state.members} />
        {state.document && <JsonView value={state.document} label="JSON" />}
      </section>
      <section aria-label="History">
        <h2>History</h2>
        <ol class="timeline" reversed>
          {history.map((entry, index) => (
            <li key={index} class={entry.kind === 'revision' ? entry.action : entry.event}>
              <Entry session={session} entry={entry} />
            </li>
          ))}
        </ol>
      </section>
    </>
  )
}

const Related = ({
  title,
  session,
  items,
}: {
  readonly title: string
  readonly session: Session
  readonly items: readonly RelatedResource[]
}) =>
  items.length === 0 ? null : (
    <>
      <h2>{title}</h2>
      <ul>
        {items.map(related => (
          <li key={related.id}>
            <Name session={session} related={related} />
          </li>
        ))}
      </ul>
    </>
  )

function Name({ session, related }: { readonly session: Session; readonly related: RelatedResource }) {
  const { id, display = id } = related
  const name = <ClientText text={display} />
  return session.resourceById.has(id) ? <a href={hrefTo({ view: 'resource', id })}>{name}</a> : name
}

function Entry({ session, entry }: { readonly session: Session; readonly entry: HistoryEntry }) {
  const cause = <Cause session={session} exchange={entry.exchange} />
  if (entry.kind === 'membership') {
    return (
      <p>
        <Name session={session} related={entry.member} />{' '}
        <strong>{entry.event === 'added' ? 'joined' : 'left'}</strong>{' '}
        <Name session={session} related={entry.group} /> <Time at={entry.at} /> {cause}
      </p>
    )
  }
  return (
    <>
      <p>
        <Badge tone="accent">revision {entry.revision}</Badge> <strong>{entry.action}</strong>{' '}
        <Time at={entry.at} /> {cause}
      </p>
      {entry.action === 'modified' && <Differences differences={entry.differences} />}
    </>
  )
}

function Cause({ session, exchange }: { readonly session: Session; readonly exchange: string | undefined }) {
  if (exchange === undefined) return <span class="muted">by the console</span>
  const request = session.requestById.get(exchange)
  if (!request) return <span class="muted">by a request that is not in the file</span>
  return (
    <span class="muted">
      by <a href={hrefTo({ view: 'request', id: exchange })}>{request.action}</a>
    </span>
  )
}
