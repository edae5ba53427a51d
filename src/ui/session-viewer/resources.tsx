import { useMemo, useState } from 'preact/hooks'
import type { HistoryEntry, RelatedResource } from '../../domain/contract/identities.ts'
import type { SessionResource } from '../../domain/contract/session-file.ts'
import { Badge, Empty, type Tone } from '../components/feedback.tsx'
import { Differences, JsonView } from '../components/json.tsx'
import { PageHead } from '../components/layout.tsx'
import { ExchangeLink, ResourceLink } from '../components/record-link.tsx'
import { ClientText, TenantTime, Time } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { moment } from './address.ts'
import { List } from './list.tsx'
import type { Session } from './session.ts'
import { type StateAt, type StatusAt, stateAt } from './state-at.ts'

const statusTones: Readonly<Record<StatusAt, Tone>> = {
  none: 'plain',
  active: 'good',
  disabled: 'warn',
  deleted: 'bad',
}

type Row = SessionResource & { readonly state: StateAt }

export function Resources({ session, type }: { readonly session: Session; readonly type: string }) {
  const [name, setName] = useState('')
  const plural = session.facts.types.find(known => known.name === type)?.plural ?? type
  const rows = useMemo(
    () =>
      session.resources
        .filter(({ resource }) => resource.type === type)
        .map(item => ({ id: item.resource.id, ...item, state: stateAt(item, moment.value) }))
        .filter(({ state }) => state.status !== 'none'),
    [moment.value],
  )
  const part = name.trim().toLowerCase()
  const found = rows.filter(({ resource: { label, display, id } }) =>
    [label, display, id].some(value => value.toLowerCase().includes(part)),
  )
  return (
    <>
      <PageHead title={plural} description={`${formatCount(found.length, 'record')}, newest first.`} />
      <MomentField session={session} />
      <div class="field">
        <label for="name">Name or ID</label>
        <input id="name" type="search" value={name} onInput={event => setName(event.currentTarget.value)} />
      </div>
      <List label={plural} name={`${type} ${part}`} items={found}>
        {row => <ResourceRow row={row} />}
      </List>
    </>
  )
}

const ResourceRow = ({ row: { resource, state } }: { readonly row: Row }) => (
  <div class="exchange-row resource-row">
    <span class="what">
      <ResourceLink {...resource} text={resource.label} />
    </span>
    <span class="whom">{resource.display !== resource.label && <ClientText text={resource.display} />}</span>
    <span class="badges">
      {state.members.length > 0 && <Badge>{formatCount(state.members.length, 'member')}</Badge>}
      {state.groups.length > 0 && <Badge>{formatCount(state.groups.length, 'group')}</Badge>}
      <Badge tone={statusTones[state.status]}>{state.status}</Badge>
    </span>
  </div>
)

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
        <Related title="Groups" items={state.groups} />
        <Related title="Members" items={state.members} />
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

const Related = ({ title, items }: { readonly title: string; readonly items: readonly RelatedResource[] }) =>
  items.length === 0 ? null : (
    <>
      <h2>{title}</h2>
      <ul>
        {items.map(related => (
          <li key={related.id}>
            <ResourceLink {...related} text={related.display} />
          </li>
        ))}
      </ul>
    </>
  )

function Entry({ session, entry }: { readonly session: Session; readonly entry: HistoryEntry }) {
  const cause = <Cause session={session} exchange={entry.exchange} />
  if (entry.kind === 'membership') {
    return (
      <p>
        <ResourceLink {...entry.member} text={entry.member.display} />{' '}
        <strong>{entry.event === 'added' ? 'joined' : 'left'}</strong>{' '}
        <ResourceLink {...entry.group} text={entry.group.display} /> <Time at={entry.at} /> {cause}
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
      by <ExchangeLink id={exchange}>{request.action}</ExchangeLink>
    </span>
  )
}

function MomentField({ session }: { readonly session: Session }) {
  const { request, at } = moment.value ?? { at: session.facts.tenantTime }
  const shown = request === undefined ? undefined : session.requestById.get(request)
  return (
    <div class="form-row">
      <div class="field">
        <label for="moment">Directory at (tenant time, UTC)</label>
        <input
          id="moment"
          type="datetime-local"
          step="1"
          value={at.slice(0, 19)}
          onChange={({ currentTarget: { value } }) => {
            moment.value = value === '' ? undefined : { at: `${value.padEnd(19, ':00')}.999Z` }
          }}
        />
      </div>
      {shown && (
        <p>
          After <ExchangeLink id={shown.id}>{shown.action}</ExchangeLink>{' '}
          <TenantTime at={shown.at} tenantTime={shown.tenantTime} />
        </p>
      )}
      {moment.value && (
        <button
          type="button"
          onClick={() => {
            moment.value = undefined
          }}
        >
          End of the session
        </button>
      )}
    </div>
  )
}
