import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Timeline } from '../../../contract/timeline.ts'
import { Time } from '../../components/text.tsx'
import { formatCount, formatDateTime } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { query, setQuery } from '../../router.ts'

/** The time in the address at which the directory is shown; undefined for the live directory. */
export const selectedMoment = (): string | undefined => query.value.get('at') || undefined

const steps = 1000

/** Selects a time in the history of a directory: a chart of its changes with a slider. */
export function MomentSlider({ tenant }: { readonly tenant: string }) {
  const timeline = useLoad('GET /tenants/:tenant/timeline', { params: { tenant }, query: { buckets: 120 } })
  const loaded = timeline.value.value
  const at = selectedMoment()
  const dragged = useSignal<string | undefined>(undefined)
  useEffect(() => {
    dragged.value = undefined
  }, [at])
  if (!loaded) return null
  const from = Date.parse(loaded.from)
  const until = Date.parse(loaded.until)
  if (until <= from) return null
  const moment = dragged.value ?? at
  const position =
    moment === undefined ? steps : Math.round(((Date.parse(moment) - from) / (until - from)) * steps)
  const momentOf = (step: number) =>
    step >= steps ? undefined : new Date(from + ((until - from) * step) / steps).toISOString()
  return (
    <section class="card moment" aria-label="History">
      <ActivityChart {...loaded} />
      <input
        type="range"
        min={0}
        max={steps}
        value={position}
        aria-label="Time"
        aria-valuetext={moment === undefined ? 'live' : formatDateTime(new Date(moment))}
        onInput={event => {
          dragged.value = momentOf(event.currentTarget.valueAsNumber)
        }}
        onChange={event => setQuery({ at: momentOf(event.currentTarget.valueAsNumber) })}
      />
      <div class="moment-labels">
        <span class="muted">
          <Time at={loaded.from} />
        </span>
        <strong>{moment === undefined ? 'Live' : <Time at={moment} />}</strong>
        {at === undefined ? (
          <span class="muted">now</span>
        ) : (
          <button type="button" onClick={() => setQuery({ at: undefined })}>
            Back to live
          </button>
        )}
      </div>
    </section>
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

/** Warns that the page shows the past. */
export const MomentNote = ({ at }: { readonly at: string }) => (
  <p class="banner">
    <span>
      Directory at <time dateTime={at}>{formatDateTime(new Date(at))}</time> (tenant time).
    </span>
  </p>
)
