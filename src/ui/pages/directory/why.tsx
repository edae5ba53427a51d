import type { MembershipPeriod, SentencePart, Why } from '../../../domain/contract/why.ts'
import { When } from '../../components/row.tsx'
import { ClientText } from '../../components/text.tsx'
import { formatCount, formatDateTime } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { pagesByType, pathTo } from '../../router.ts'
import type { IdentityRef } from './identity-facts.tsx'

/** The sentence, and one strip: the account and its groups over time. Their height is reserved while they are loaded. */
export function WhyPanel({
  identity: { tenant, list, id },
  groups,
}: {
  readonly identity: IdentityRef
  /** How many groups it has now. */
  readonly groups: number
}) {
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id/why`, { params: { tenant, id } })
  const why = loaded.value.value
  // The page has its own error, and works without the cause.
  if (!why && loaded.problem.value) return null
  const lanes = why ? lanesOf(why) : []
  const expected = why ? lanes.length : list === 'users' ? groups + 1 : 1
  return (
    <section class="why" aria-label={why && 'Why'}>
      <p class="why-sentence">
        {why?.parts.map((part, at) => (
          <Part key={at} part={part} tenant={tenant} />
        ))}
      </p>
      <div class="lanes" style={{ minHeight: `${laneHeight * Math.min(expected, maxLanes) + axisHeight}px` }}>
        {why && <Lanes lanes={lanes} now={why.now} tenant={tenant} />}
      </div>
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

type Bar = { readonly from: string; readonly until?: string | undefined; readonly state: string }
type Lane = {
  readonly key: string
  readonly group?: MembershipPeriod['group']
  readonly bars: readonly Bar[]
}

const maxLanes = 8
/** Pixels, as in the style. */
const laneHeight = 34
const axisHeight = 24

const lanesOf = ({ states, memberships }: Why): readonly Lane[] => [
  { key: 'account', bars: states },
  ...[...Map.groupBy(memberships, ({ group }) => group.id)].map(([key, periods]) => ({
    key,
    ...(periods[0] && { group: periods[0].group }),
    bars: periods.map(({ from, until }) => ({ from, until, state: 'member' })),
  })),
]

const Lanes = ({
  lanes,
  now,
  tenant,
}: {
  readonly lanes: readonly Lane[]
  readonly now: string
  readonly tenant: string
}) => {
  const from = Math.min(
    ...lanes.flatMap(({ bars }) => bars.map(bar => Date.parse(bar.from))),
    Date.parse(now),
  )
  const axis = { from, length: Math.max(1, Date.parse(now) - from) }
  const draw = (all: readonly Lane[]) =>
    all.map(({ key, group, bars }) => (
      <li key={key}>
        {group ? (
          <a href={pathTo('group', { tenant, id: group.id })}>
            <ClientText text={group.display ?? group.id} />
          </a>
        ) : (
          'Account'
        )}
        <Bars bars={bars} axis={axis} />
      </li>
    ))
  return (
    <>
      <ol aria-label="Account and groups over time">{draw(lanes.slice(0, maxLanes))}</ol>
      <div class="axis">
        <When at={new Date(from).toISOString()} />
        <span>now</span>
      </div>
      {lanes.length > maxLanes && (
        <details>
          <summary>{formatCount(lanes.length - maxLanes, 'more group')}</summary>
          <ol aria-label="More groups over time">{draw(lanes.slice(maxLanes))}</ol>
        </details>
      )}
    </>
  )
}

const describe = ({ from, until, state }: Bar): string =>
  `${state} ${formatDateTime(new Date(from))} – ${until === undefined ? 'now' : formatDateTime(new Date(until))}`

const Bars = ({
  bars,
  axis,
}: {
  readonly bars: readonly Bar[]
  readonly axis: { readonly from: number; readonly length: number }
}) => {
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - axis.from) / axis.length) * 100))
  return (
    <svg class="bars" role="img" aria-label={bars.map(describe).join(', ')}>
      {bars.map(bar => {
        const start = percent(Date.parse(bar.from))
        const end = bar.until === undefined ? 100 : percent(Date.parse(bar.until))
        return (
          <rect
            key={bar.from}
            class={bar.state}
            x={`${Math.min(start, 99)}%`}
            width={`${Math.max(1, end - start)}%`}
          >
            <title>{describe(bar)}</title>
          </rect>
        )
      })}
    </svg>
  )
}
