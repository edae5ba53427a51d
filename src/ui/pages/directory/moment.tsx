import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Timeline } from '../../../domain/contract/identities.ts'
import { hour, minute } from '../../../domain/duration.ts'
import { call } from '../../api.ts'
import { QuerySelect } from '../../components/views.tsx'
import { formatCount, formatDateTime, zone, zoneLabel } from '../../format.ts'
import { type Loaded, useLoad } from '../../load.ts'
import { query, setQuery } from '../../router.ts'
import { clockLead } from '../../state.ts'
import { cycleRange, dayRange, type Range, steps, stopAfter, stopBefore, toPosition } from './moment-range.ts'

/** The time in the address at which the directory is shown; undefined for the live directory. */
export const selectedMoment = (): string | undefined => query.value.get('at') || undefined

const show = (at: string | undefined) => setQuery({ at })

/** The last value: the page keeps its place while that of another moment is loaded. */
export function useLast<Value>({ value, problem }: Loaded<Value>): Value | undefined {
  const last = useRef<Value>(undefined)
  last.current = problem.value ? undefined : (value.value ?? last.current)
  return last.current
}

/** A page at an earlier time: the button that opens the slider, and what stands above the view. */
export function useHistory(tenant: string) {
  const at = selectedMoment()
  const isOpen = useSignal(at !== undefined)
  const toggle = () => {
    isOpen.value = !isOpen.value
    if (at !== undefined) show(undefined)
  }
  return {
    at,
    button: (
      <button type="button" class="plain" aria-expanded={isOpen.value} onClick={toggle}>
        History
      </button>
    ),
    slider: (
      <>
        {isOpen.value && <MomentSlider tenant={tenant} />}
        {at !== undefined && <MomentNote at={at} />}
      </>
    ),
  }
}

const zooms = { '': 'All', day: 'One day', cycle: 'One cycle' }

function rangeOf(zoom: string, at: string | undefined, tenant: string, cycles: readonly Cycle[]): Range {
  if (zoom === 'cycle') return cycleRange(at, cycles)
  if (zoom !== 'day') return {}
  const now = Date.now() + clockLead(tenant)
  return dayRange(new Date(at ?? now), zone.value === 'utc')
}

/** How long the playback shows each change. Milliseconds. */
const playbackStep = 1000

function MomentSlider({ tenant }: { readonly tenant: string }) {
  const at = selectedMoment()
  const zoom = query.value.get('zoom') ?? ''
  const cycles = useSignal<readonly Cycle[]>([])
  useEffect(() => {
    if (zoom !== 'cycle') return
    call('GET /cycles', { query: { tenant, limit: 200 } }).then(
      ({ items }) => {
        cycles.value = items
      },
      // Without them, all of the history is shown.
      () => {},
    )
  }, [zoom, tenant])
  const range = rangeOf(zoom, at, tenant, cycles.value)
  const loading = useLoad('GET /tenants/:tenant/timeline', {
    params: { tenant },
    query: { buckets: 120, ...range },
  })
  const loaded = useLast(loading)
  const dragged = useSignal<string | undefined>(undefined)
  const pointed = useSignal<number | undefined>(undefined)
  const playing = useSignal(false)
  useEffect(() => {
    dragged.value = undefined
  }, [at])
  useEffect(() => {
    if (!playing.value || !loaded) return
    const timer = setTimeout(() => {
      const next = stopAfter(loaded, at ?? loaded.from)
      playing.value = next !== undefined
      show(next)
    }, playbackStep)
    return () => clearTimeout(timer)
  }, [playing.value, at, loaded])
  if (!loaded) return <section class="moment" aria-label="History" />
  if (zoom === '' && loaded.until <= loaded.from) return <p class="muted">Nothing has happened yet.</p>
  const { from, until, buckets } = loaded
  // The right end is now, unless the range ends earlier.
  const isLiveEnd = range.until === undefined || until < range.until
  const moment = dragged.value ?? at
  const position = toPosition(loaded, moment)
  const timeAt = (step: number) =>
    step >= steps && isLiveEnd
      ? undefined
      : new Date(Date.parse(from) + ((Date.parse(until) - Date.parse(from)) * step) / steps).toISOString()
  const shown = pointed.value ?? position
  const changes =
    buckets[Math.min(buckets.length - 1, Math.floor((shown / steps) * buckets.length))]?.changes ?? 0
  const stepOf = (event: { readonly currentTarget: Element; readonly clientX: number }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return Math.max(0, Math.min(steps, Math.round(((event.clientX - left) / width) * steps)))
  }
  const around = `${formatCount(changes, 'change')} around then`
  const shownTime = pointed.value === undefined ? moment : timeAt(pointed.value)
  const go = (time: string | undefined) => {
    playing.value = false
    show(time)
  }
  return (
    <section class="moment" aria-label="History">
      {/* biome-ignore lint/a11y: the slider does the same for the keyboard */}
      <div
        class={playing.value ? 'moment-chart playing' : 'moment-chart'}
        onPointerMove={event => {
          pointed.value = stepOf(event)
        }}
        onPointerLeave={() => {
          pointed.value = undefined
        }}
        onClick={event => go(timeAt(stepOf(event)))}
      >
        <ActivityChart {...loaded} />
        <i style={{ left: `${shown / (steps / 100)}%` }} />
      </div>
      <input
        type="range"
        min={0}
        max={steps}
        value={position}
        aria-label="Time"
        aria-valuetext={moment === undefined ? 'live' : `${formatZoned(moment)}, ${around}`}
        onInput={event => {
          playing.value = false
          dragged.value = timeAt(event.currentTarget.valueAsNumber)
        }}
        onChange={event => go(timeAt(event.currentTarget.valueAsNumber))}
      />
      <div class="moment-scale muted" aria-hidden="true">
        {scaleLabels(loaded).map((label, index) => (
          <span key={index}>{label}</span>
        ))}
      </div>
      <div class="moment-labels">
        <span>
          <strong>{shownTime === undefined ? 'Live' : formatZoned(shownTime)}</strong>{' '}
          {shownTime !== undefined && <span class="muted">{around}</span>}
        </span>
        <span class="actions">
          <button type="button" disabled={!stopBefore(loaded, at)} onClick={() => go(stopBefore(loaded, at))}>
            Previous change
          </button>
          <button
            type="button"
            onClick={() => {
              playing.value = !playing.value
            }}
          >
            {playing.value ? 'Pause' : 'Play'}
          </button>
          <button type="button" disabled={at === undefined} onClick={() => go(at && stopAfter(loaded, at))}>
            Next change
          </button>
          <QuerySelect name="zoom" label="Zoom" value={zoom} options={zooms} />
          {at !== undefined && (
            <button type="button" onClick={() => go(undefined)}>
              Back to live
            </button>
          )}
        </span>
      </div>
    </section>
  )
}

const formatZoned = (at: string): string => `${formatDateTime(new Date(at))} ${zoneLabel(new Date(at))}`

function scaleLabels({ from, until }: Timeline): readonly string[] {
  const start = Date.parse(from)
  const length = Date.parse(until) - start
  const [first, end] =
    length < 10 * minute ? [11, 19] : length < 36 * hour ? [11, 16] : length < 192 * hour ? [5, 16] : [0, 10]
  return [0, 1, 2, 3, 4].map(quarter =>
    formatDateTime(new Date(start + (length * quarter) / 4)).slice(quarter === 0 ? 0 : first, end),
  )
}

const ActivityChart = ({ buckets }: Timeline) => {
  const max = Math.max(1, ...buckets.map(({ changes }) => changes))
  const total = buckets.reduce((sum, { changes }) => sum + changes, 0)
  return (
    <svg
      viewBox={`0 0 ${buckets.length} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={formatCount(total, 'change')}
    >
      {buckets.map(({ at, changes }, index) => {
        const height = changes === 0 ? 0 : 2 + (22 * Math.log1p(changes)) / Math.log1p(max)
        return <rect key={at} x={index} y={24 - height} width={0.8} height={height} />
      })}
    </svg>
  )
}

const MomentNote = ({ at }: { readonly at: string }) => (
  <p class="banner">
    <span>
      Directory at <time dateTime={at}>{formatDateTime(new Date(at))}</time> (tenant time).
    </span>
  </p>
)
