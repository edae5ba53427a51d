import type {
  CausingRequest,
  MembershipPeriod,
  SentencePart,
  StatePeriod,
  Why,
} from '../../../domain/contract/why.ts'
import { Badge } from '../../components/feedback.tsx'
import { Table } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatDateTime } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { pagesByType, pathTo } from '../../router.ts'
import type { IdentityRef } from './identity-facts.tsx'

export function WhyPanel({ identity: { tenant, list, id } }: { readonly identity: IdentityRef }) {
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id/why`, { params: { tenant, id } })
  const why = loaded.value.value
  // The page has its own error, and works without the cause.
  if (!why) return null
  return (
    <section class="why card" aria-label="Why">
      <p class="why-sentence">
        {why.parts.map((part, at) => (
          <Part key={at} part={part} tenant={tenant} />
        ))}
      </p>
      <ol class="why-requests">
        {why.requests.map((request, at) => (
          <li key={at}>
            <Request request={request} />
          </li>
        ))}
      </ol>
      {why.memberships.length > 0 && <GroupsOverTime why={why} tenant={tenant} />}
    </section>
  )
}

const Part = ({ part, tenant }: { readonly part: SentencePart; readonly tenant: string }) => {
  const { text, at, exchange, resource } = part
  // The sentence is copied into tickets, so it has the date on any day.
  if (at !== undefined) return <time dateTime={at}>{formatDateTime(new Date(at))}</time>
  if (exchange !== undefined) return <a href={pathTo('exchange', { id: exchange })}>{text}</a>
  const page = pagesByType[resource?.type ?? '']
  const shown = <ClientText text={text} />
  return resource && page ? <a href={pathTo(page, { tenant, id: resource.id })}>{shown}</a> : shown
}

const effects: Readonly<Record<CausingRequest['effect'], string>> = {
  created: 'Created',
  enabled: 'Enabled',
  disabled: 'Disabled',
  joined: 'Joined',
  left: 'Left',
  deleted: 'Deleted',
  'group-deleted': 'Group deleted:',
  purged: 'Purged',
  refused: 'Refused',
}

const Request = ({ request }: { readonly request: CausingRequest }) => {
  const { at, effect, group, exchange, recorded, action, status, source, accessKey, token } = request
  return (
    <>
      <Time at={at} /> {effects[effect]}
      {group && (
        <>
          {' '}
          <ClientText text={group.display ?? group.id} />
        </>
      )}
      : {exchange === undefined && (source === 'import' ? 'at AWS, before the import' : 'at the console')}
      {exchange !== undefined &&
        (recorded ? (
          <a href={pathTo('exchange', { id: exchange })}>{action}</a>
        ) : (
          <a href={pathTo('exchange', { id: exchange })}>a request that the journal does not have</a>
        ))}
      <span class="muted">
        {status !== undefined && `, ${status}`}
        {source === 'identity-store' && `, Identity Store API, access key ${accessKey}`}
        {token !== undefined && `, token …${token}`}
      </span>
    </>
  )
}

type Bar = { readonly from: string; readonly until?: string | undefined; readonly tone: string }
type Row = {
  readonly key: string
  readonly group?: MembershipPeriod['group']
  readonly bars: readonly Bar[]
  readonly periods: readonly (MembershipPeriod | StatePeriod)[]
}

const stateTones: Readonly<Record<StatePeriod['state'], string>> = {
  active: 'good',
  disabled: 'warn',
  deleted: 'bad',
}

const rowsOf = ({ states, memberships }: Why): readonly Row[] => [
  {
    key: 'account',
    bars: states.map(({ state, ...period }) => ({ ...period, tone: stateTones[state] })),
    periods: states,
  },
  ...[...Map.groupBy(memberships, ({ group }) => group.id)].map(([key, periods]) => ({
    key,
    ...(periods[0] && { group: periods[0].group }),
    bars: periods.map(({ from, until }) => ({ from, until, tone: 'accent' })),
    periods,
  })),
]

const GroupsOverTime = ({ why, tenant }: { readonly why: Why; readonly tenant: string }) => {
  const rows = rowsOf(why)
  const from = Math.min(...rows.flatMap(({ bars }) => bars.map(bar => Date.parse(bar.from))))
  const until = Date.parse(why.now)
  const axis = { from, length: Math.max(1, until - from) }
  return (
    <Table
      caption="Groups over time"
      items={rows}
      keyOf={({ key }) => key}
      columns={[
        {
          name: 'Group',
          of: ({ group }) => (group ? <GroupLink group={group} tenant={tenant} /> : 'Account'),
        },
        { name: 'Over time', of: ({ bars }) => <Bars bars={bars} axis={axis} />, wide: true },
        {
          name: 'Periods',
          of: ({ periods }) => (
            <ul class="periods">
              {periods.map((period, at) => (
                <li key={at}>
                  <Period period={period} />
                </li>
              ))}
            </ul>
          ),
        },
      ]}
    />
  )
}

const GroupLink = ({
  group,
  tenant,
}: {
  readonly group: MembershipPeriod['group']
  readonly tenant: string
}) => (
  <a href={pathTo('group', { tenant, id: group.id })}>
    <ClientText text={group.display ?? group.id} />
  </a>
)

const Bars = ({
  bars,
  axis,
}: {
  readonly bars: readonly Bar[]
  readonly axis: { readonly from: number; readonly length: number }
}) => {
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - axis.from) / axis.length) * 100))
  return (
    <svg class="bars" aria-hidden="true" focusable="false">
      {bars.map(({ from, until, tone }) => {
        const start = percent(Date.parse(from))
        const end = until === undefined ? 100 : percent(Date.parse(until))
        return (
          <rect
            key={from}
            class={tone}
            x={`${Math.min(start, 99)}%`}
            width={`${Math.max(1, end - start)}%`}
          />
        )
      })}
    </svg>
  )
}

const Period = ({ period }: { readonly period: MembershipPeriod | StatePeriod }) => {
  const times = (
    <>
      <Linked at={period.from} exchange={'joinedBy' in period ? period.joinedBy : undefined} /> –{' '}
      {period.until === undefined ? (
        'now'
      ) : (
        <Linked at={period.until} exchange={'leftBy' in period ? period.leftBy : undefined} />
      )}
    </>
  )
  if (!('state' in period)) return times
  return (
    <>
      <Badge tone={period.state === 'active' ? 'good' : period.state === 'disabled' ? 'warn' : 'bad'}>
        {period.state}
      </Badge>{' '}
      {times}
    </>
  )
}

const Linked = ({ at, exchange }: { readonly at: string; readonly exchange: string | undefined }) =>
  exchange === undefined ? (
    <Time at={at} />
  ) : (
    <a href={pathTo('exchange', { id: exchange })}>
      <Time at={at} />
    </a>
  )
