import { useMemo, useState } from 'preact/hooks'
import type { SessionResource } from '../../domain/contract/session-file.ts'
import { Badge, Empty, type Tone } from '../components/feedback.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText } from '../components/text.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { formatCount } from '../format.ts'
import { hrefTo, moment } from './address.ts'
import { positionOf, useRowHeight } from './lists.ts'
import { MomentField } from './moment-field.tsx'
import type { Session } from './session.ts'
import { type StateAt, type StatusAt, stateAt } from './state-at.ts'

export const statusTones: Readonly<Record<StatusAt, Tone>> = {
  none: 'plain',
  active: 'good',
  disabled: 'warn',
  deleted: 'bad',
}

type Row = SessionResource & { readonly state: StateAt }

export function Resources({ session, type }: { readonly session: Session; readonly type: string }) {
  const rowHeight = useRowHeight()
  const [name, setName] = useState('')
  const plural = session.facts.types.find(known => known.name === type)?.plural ?? type
  const rows = useMemo(
    () =>
      session.resources
        .filter(({ resource }) => resource.type === type)
        .map(item => ({ ...item, state: stateAt(item, moment.value) }))
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
      {found.length === 0 ? (
        <Empty title={`No matching ${plural.toLowerCase()}.`} />
      ) : (
        <VirtualList
          label={plural}
          count={found.length}
          rowHeight={rowHeight}
          keyOf={index => found[index]?.resource.id ?? ''}
          renderRow={index => found[index] && <ResourceRow row={found[index]} />}
          position={positionOf(type)}
        />
      )}
    </>
  )
}

const ResourceRow = ({ row: { resource, state } }: { readonly row: Row }) => (
  <div class="exchange-row resource-row">
    <span class="action">
      <a href={hrefTo({ view: 'resource', id: resource.id })}>
        <ClientText text={resource.label} />
      </a>{' '}
      {resource.display !== resource.label && <ClientText text={resource.display} />}
    </span>
    <span class="badges">
      {state.members.length > 0 && <Badge>{formatCount(state.members.length, 'member')}</Badge>}
      {state.groups.length > 0 && <Badge>{formatCount(state.groups.length, 'group')}</Badge>}
      <Badge tone={statusTones[state.status]}>{state.status}</Badge>
    </span>
  </div>
)
