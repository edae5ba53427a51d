import type { TargetedKeyboardEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { Overview, OverviewCycle } from '../../../domain/contract/overview.ts'
import { formatClockLead } from '../../../domain/duration.ts'
import { formatWhen } from '../../../domain/headline.ts'
import { formatCount, intlZone } from '../../format.ts'
import { pathTo } from '../../router.ts'
import { type Column, kinds, layOut, strip } from './strip-layout.ts'

const percent = (value: number) => `${Math.round(value * 100) / 100}%`

type Props = Pick<Overview, 'cycles' | 'newest' | 'analysis'> & { readonly now: string }

/** One column a cycle: changes above the line, failures below it. One tab stop; the arrow keys move from cycle to cycle. */
export function FilmStrip({ cycles, newest, analysis, now }: Props) {
  const [shown, setShown] = useState<string>()
  const { columns, next, hasRoom } = layOut(cycles)
  const last = cycles.at(-1)
  const waiting = analysis.current ? undefined : last
  const read = cycles.find(({ id }) => id === shown) ?? last
  const when = (at: string) => formatWhen(at, now, intlZone())
  return (
    <figure class="strip" aria-label="Cycles">
      {/* biome-ignore lint/a11y/useSemanticElements: SVG has no fieldset */}
      <svg
        height={strip.height}
        onMouseLeave={() => setShown(undefined)}
        aria-label="One column for each cycle"
        role="group"
      >
        <line class="base" x1="0" x2="100%" y1={strip.line + 0.5} y2={strip.line + 0.5} />
        {columns.map((column, at) => (
          <Cycle
            key={column.cycle.id}
            column={column}
            day={dayLabel(cycles, at)}
            time={hasRoom ? when(column.cycle.tenantStarted) : undefined}
            isLast={column.cycle === last}
            isRunning={column.cycle.id === newest?.id && newest.running}
            isWaiting={column.cycle === waiting}
            hasRoom={hasRoom}
            label={describe(column.cycle, when, column.cycle === waiting)}
            onShow={() => setShown(column.cycle.id)}
          />
        ))}
        {newest?.next && (
          <>
            <rect
              class="ghost"
              x={percent(next.x)}
              width={percent(next.width)}
              y={strip.line - 16}
              height="16"
            />
            <text x={percent(next.x + next.width)} y="194" text-anchor="end" class="next">
              next {when(newest.next.tenantExpected)}
            </text>
          </>
        )}
      </svg>
      {read && <ReadOut cycle={read} isWaiting={read === waiting} when={when} />}
    </figure>
  )
}

/** The day of the first cycle on each day, if there is room. */
function dayLabel(cycles: readonly OverviewCycle[], at: number): string | undefined {
  const dayOf = (cycle: OverviewCycle | undefined) =>
    cycle &&
    new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...zoneOption() }).format(
      new Date(cycle.tenantStarted),
    )
  const day = dayOf(cycles[at])
  return day === dayOf(cycles[at - 1]) ? undefined : day
}

const zoneOption = () => {
  const timeZone = intlZone()
  return timeZone === undefined ? {} : { timeZone }
}

const Cycle = ({
  column: { cycle, x, width, total, isBroken, segments, failures, hasNumber, moved },
  day,
  time,
  isLast,
  isRunning,
  isWaiting,
  hasRoom,
  label,
  onShow,
}: {
  readonly column: Column
  readonly day: string | undefined
  readonly time: string | undefined
  readonly isLast: boolean
  readonly isRunning: boolean
  readonly isWaiting: boolean
  readonly hasRoom: boolean
  readonly label: string
  readonly onShow: () => void
}) => {
  const box = { x: percent(x), width: percent(width) }
  const place = placeOf(x, width)
  const isInjected = cycle.faults !== undefined && cycle.faults >= cycle.failed
  return (
    <>
      <a
        class="cycle"
        href={pathTo('cycle', { id: cycle.id })}
        aria-label={label}
        tabIndex={isLast ? 0 : -1}
        onMouseEnter={onShow}
        onFocus={onShow}
        onKeyDown={moveFocus}
      >
        <rect class="hit" {...box} y="18" height="160" />
        {segments.map(({ kind, y, height }) => (
          <rect key={kind} class={kind} {...box} y={y} height={height} />
        ))}
        {total === 0 && cycle.failed === 0 && <rect class="idle" {...box} y={strip.line - 3} height="3" />}
        {isBroken && (
          <svg
            {...box}
            y={strip.top + 10}
            height="9"
            viewBox="0 0 24 9"
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <path class="cut" d="M-2 7 4 2l8 5 8-5 6 5" />
          </svg>
        )}
        {failures > 0 && (
          <rect class={isInjected ? 'injected' : 'failed'} {...box} y={strip.lane} height={failures} />
        )}
        {isWaiting && <rect class="ghost" {...box} y={strip.lane + 1} height={strip.laneHeight} />}
        {isRunning && <rect class="ghost" {...box} y={strip.top} height={strip.line - strip.top} />}
      </a>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a group of SVG has no focus, and the link says all of it */}
      <g class="texts" aria-hidden="true">
        {hasNumber && (
          <text
            class={isLast || isBroken ? 'strong' : ''}
            {...place}
            y={Math.max(strip.top, segments.at(-1)?.y ?? 0) - 6}
          >
            {total.toLocaleString('en')}
          </text>
        )}
        {failures > 0 && (isLast || hasRoom) && (
          <text class="bad" {...place} y={strip.lane + failures + 12}>
            {cycle.failed.toLocaleString('en')}
          </text>
        )}
        {moved !== undefined && (
          <>
            <line
              class="jump"
              x1={percent(Math.max(0, x - 0.2))}
              x2={percent(Math.max(0, x - 0.2))}
              y1="18"
              y2="176"
            />
            <text x={percent(x)} text-anchor={x > 70 ? 'end' : 'start'} y="12">
              ◆{moved === 'label' && ` ${formatClockLead(cycle.clockMoved ?? 0)}`}
            </text>
          </>
        )}
        {cycle.faults !== undefined && moved === undefined && (
          <text class="warn" {...place} y="12">
            ▲
          </text>
        )}
        <text x={percent(x)} y="194">
          {time ?? day}
        </text>
      </g>
    </>
  )
}

/** A number beside an edge of the picture must not leave it. */
function placeOf(x: number, width: number) {
  if (x < 2) return { x: percent(x), 'text-anchor': 'start' } as const
  if (x + width > 97) return { x: percent(x + width), 'text-anchor': 'end' } as const
  return { x: percent(x + width / 2), 'text-anchor': 'middle' } as const
}

function moveFocus(event: TargetedKeyboardEvent<HTMLAnchorElement>): void {
  const links = [...(event.currentTarget.closest('svg')?.querySelectorAll<HTMLElement>('a.cycle') ?? [])]
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

/** One line with a fixed place: the legend, and the numbers of the cycle under the pointer or the focus. */
const ReadOut = ({
  cycle,
  isWaiting,
  when,
}: {
  readonly cycle: OverviewCycle
  readonly isWaiting: boolean
  readonly when: (at: string) => string
}) => (
  <figcaption class="readout">
    <strong>{when(cycle.tenantStarted)}</strong>
    {(['created', 'modified', 'disabled', 'deleted', 'failed'] as const).map(result => (
      <span key={result}>
        <i class={result} aria-hidden="true" />
        <strong>{isWaiting && result === 'failed' ? '…' : cycle[result].toLocaleString('en')}</strong>{' '}
        {result}
      </span>
    ))}
    <span>{marksOf(cycle)}</span>
  </figcaption>
)

const marksOf = ({ faults, clockMoved }: OverviewCycle): string =>
  [
    faults !== undefined && `${formatCount(faults, 'request')} with an injected fault`,
    clockMoved !== undefined && `clock moved ${formatClockLead(clockMoved)}`,
  ]
    .filter(Boolean)
    .join(', ')

function describe(cycle: OverviewCycle, when: (at: string) => string, isWaiting: boolean): string {
  const counted = [...kinds, 'failed' as const]
    .filter(kind => cycle[kind] > 0)
    .map(kind => `${cycle[kind]} ${kind}`)
  return [
    `${when(cycle.tenantStarted)}: ${counted.join(', ') || (isWaiting ? 'no changes' : 'nothing to do')}`,
    marksOf(cycle),
    isWaiting && 'failures not analyzed yet',
  ]
    .filter(Boolean)
    .join('; ')
}
