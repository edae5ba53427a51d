import type { TargetedKeyboardEvent } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { OverviewCycle } from '../../../domain/contract/overview.ts'
import type { Token } from '../../../domain/contract/tokens.ts'
import { type Column, Table } from '../../components/table.tsx'
import { TenantTime } from '../../components/text.tsx'
import { formatCount, formatDateTime, formatDay, formatSpan } from '../../format.ts'
import { pathTo } from '../../router.ts'
import { barHeight, barWidth, lifeOf, results, step, toBars, toDateLabels } from './cycle-axis.ts'

type Props = { readonly cycles: readonly OverviewCycle[]; readonly tokens: readonly Token[] }

export const CycleChart = ({ cycles, tokens }: Props) => (
  <section aria-label="Cycles" class="card">
    <h2>Cycles</h2>
    <Legend />
    <Bars cycles={cycles} tokens={tokens} />
    <details class="more">
      <summary>Show as a table</summary>
      <Table
        caption="Cycles, newest first"
        columns={columns}
        items={cycles.toReversed()}
        keyOf={({ id }) => id}
      />
    </details>
  </section>
)

const Legend = () => (
  <p class="legend muted">
    {results.map(result => (
      <span key={result}>
        <svg aria-hidden="true" width="10" height="10">
          <rect class={result} width="10" height="10" />
        </svg>{' '}
        {result}
      </span>
    ))}
    <span>
      <svg aria-hidden="true" width="10" height="10">
        <path class="fault" d={triangle(5, 0)} />
      </svg>{' '}
      injected faults
    </span>
    <span>
      <svg aria-hidden="true" width="10" height="10">
        <path class="moved" d={diamond(5, 5)} />
      </svg>{' '}
      clock moved
    </span>
    <span>Heights by square root</span>
  </p>
)

const triangle = (x: number, y: number) => `M${x} ${y + 1}l4 8h-8z`
const diamond = (x: number, y: number) => `M${x} ${y - 5}l5 5l-5 5l-5 -5z`

const marksHeight = 14
const baseline = marksHeight + barHeight
const laneHeight = 16

/** Scrolls to the newest cycle. The arrow keys move between bars: only the newest one is a tab stop. */
function Bars({ cycles, tokens }: Props) {
  const frame = useRef<HTMLElement>(null)
  useEffect(() => frame.current?.scrollTo({ left: frame.current.scrollWidth }), [cycles.length])
  const bars = toBars(cycles)
  const width = Math.max(cycles.length, 14) * step
  const lanes = baseline + 18
  const height = lanes + tokens.length * laneHeight
  return (
    <section class="cycle-chart" ref={frame} aria-label="Cycles as bars">
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <title>One bar per cycle</title>
        {cycles.map((cycle, at) => (
          <a
            key={cycle.id}
            href={pathTo('activity', {}, { q: `cycle:${cycle.id}` })}
            aria-label={describe(cycle)}
            tabIndex={at === cycles.length - 1 ? 0 : -1}
            onKeyDown={moveFocus}
          >
            <title>{describe(cycle)}</title>
            <rect class="target" x={at * step} width={step} height={baseline} />
            {bars[at]?.map(({ result, from, height }) => (
              <rect
                key={result}
                class={result}
                x={at * step + (step - barWidth) / 2}
                y={baseline - from - height}
                width={barWidth}
                height={height}
              />
            ))}
            {cycle.faults !== undefined && <path class="fault" d={triangle(at * step + step / 2, 1)} />}
            {cycle.clockMoved !== undefined && <path class="moved" d={diamond(at * step + 1, baseline)} />}
          </a>
        ))}
        <path class="axis" d={`M0 ${baseline}H${width}`} />
        {toDateLabels(cycles, formatDay).map(({ x, date }) => (
          <text key={date} x={x + 2} y={baseline + 14}>
            {date}
          </text>
        ))}
        {tokens.map((token, at) => (
          <Life key={token.id} token={token} cycles={cycles} y={lanes + at * laneHeight} width={width} />
        ))}
      </svg>
    </section>
  )
}

function Life({
  token,
  cycles,
  y,
  width,
}: {
  readonly token: Token
  readonly cycles: readonly OverviewCycle[]
  readonly y: number
  readonly width: number
}) {
  const { from, until } = lifeOf(token, cycles)
  const end = token.expired ? until : width
  const label = `Token …${token.ending}, ${token.expired ? 'expired' : 'expires'} ${formatDateTime(new Date(token.expires))}`
  return (
    <g>
      <title>{label}</title>
      <rect
        class={token.expired ? 'life expired' : 'life'}
        x={from}
        y={y + 12}
        width={Math.max(2, end - from)}
        height="3"
      />
      <text x={Math.max(2, Math.min(from, width - 260))} y={y + 10}>
        {label}
      </text>
    </g>
  )
}

function moveFocus(event: TargetedKeyboardEvent<HTMLAnchorElement>): void {
  const links = [...(event.currentTarget.closest('svg')?.querySelectorAll<HTMLElement>('a') ?? [])]
  const at = links.indexOf(event.currentTarget)
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: Math.max(0, at - 1),
    ArrowRight: Math.min(links.length - 1, at + 1),
    Home: 0,
    End: links.length - 1,
  }
  const target = targets[event.key]
  if (target === undefined) return
  event.preventDefault()
  links[target]?.focus()
}

function describe(cycle: OverviewCycle): string {
  const counted = results.filter(result => cycle[result] > 0).map(result => `${cycle[result]} ${result}`)
  const marks = formatMarks(cycle)
  return `${formatDateTime(new Date(cycle.tenantStarted))}: ${counted.join(', ') || 'no changes'}${marks && `; ${marks}`}`
}

function formatMarks({ faults, clockMoved }: OverviewCycle): string {
  return [
    faults !== undefined && `${formatCount(faults, 'request')} with an injected fault`,
    clockMoved !== undefined &&
      `clock moved ${clockMoved > 0 ? 'forward' : 'back'} ${formatSpan(clockMoved)} before`,
  ]
    .filter(Boolean)
    .join(', ')
}

const columns: readonly Column<OverviewCycle>[] = [
  {
    name: 'Started',
    of: ({ id, started, tenantStarted }) => (
      <a href={pathTo('activity', {}, { q: `cycle:${id}` })}>
        <TenantTime at={started} tenantTime={tenantStarted} />
      </a>
    ),
  },
  { name: 'Requests', of: ({ requests }) => requests, numeric: true },
  { name: 'Created', of: ({ created }) => created, numeric: true },
  { name: 'Modified', of: ({ modified }) => modified, numeric: true },
  { name: 'Disabled', of: ({ disabled }) => disabled, numeric: true },
  { name: 'Deleted', of: ({ deleted }) => deleted, numeric: true },
  { name: 'Failed', of: ({ failed }) => failed, numeric: true },
  { name: 'Marks', of: formatMarks, wide: true },
]
