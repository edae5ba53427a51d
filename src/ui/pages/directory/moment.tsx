import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { apiPath } from '../../api.ts'
import { Time } from '../../components/elements.tsx'
import { formatCount } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { query, setQuery } from '../../router.ts'

type Timeline = {
  readonly from: string
  readonly until: string
  readonly buckets: readonly { readonly at: string; readonly changes: number }[]
}

/** The moment at which the directory is shown; absent for now. It is part of the address. */
export const shownMoment = (): string | undefined => query.value.get('at') ?? undefined

const steps = 1000

/** Goes through the time of a directory: its changes as a curve, and a slider under it. */
export function MomentSlider({ tenant }: { readonly tenant: string }) {
  const timeline = useLoad<Timeline>(apiPath(['tenants', tenant, 'timeline'], { buckets: 120 }))
  const known = timeline.value.value
  const at = shownMoment()
  const dragged = useSignal<string | undefined>(undefined)
  useEffect(() => {
    dragged.value = undefined
  }, [at])
  if (!known) return null
  const from = Date.parse(known.from)
  const until = Date.parse(known.until)
  if (until <= from) return null
  const shown = dragged.value ?? at
  const place =
    shown === undefined ? steps : Math.round(((Date.parse(shown) - from) / (until - from)) * steps)
  const momentOf = (step: number) =>
    step >= steps ? undefined : new Date(from + ((until - from) * step) / steps).toISOString()
  return (
    <section class="card moment" aria-label="Moment">
      <ActivityCurve {...known} />
      <input
        type="range"
        min={0}
        max={steps}
        value={place}
        aria-label="The moment that is shown"
        aria-valuetext={shown === undefined ? 'now' : new Date(shown).toLocaleString()}
        onInput={event => {
          dragged.value = momentOf(event.currentTarget.valueAsNumber)
        }}
        onChange={event => setQuery({ at: momentOf(event.currentTarget.valueAsNumber) })}
      />
      <div class="moment-words">
        <span class="muted">
          <Time at={known.from} />
        </span>
        <strong>{shown === undefined ? 'Now' : <Time at={shown} />}</strong>
        {at === undefined ? (
          <span class="muted">now</span>
        ) : (
          <button type="button" onClick={() => setQuery({ at: undefined })}>
            Back to now
          </button>
        )}
      </div>
    </section>
  )
}

const ActivityCurve = ({ buckets }: Timeline) => {
  const most = Math.max(1, ...buckets.map(({ changes }) => changes))
  const all = buckets.reduce((sum, { changes }) => sum + changes, 0)
  return (
    <svg
      viewBox={`0 0 ${buckets.length} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={formatCount(all, 'change')}
    >
      {buckets.map(({ at, changes }, index) => {
        const height = changes === 0 ? 0 : 2 + (22 * Math.log1p(changes)) / Math.log1p(most)
        return <rect key={at} x={index} y={24 - height} width={0.8} height={height} />
      })}
    </svg>
  )
}

/** That what is shown isn't what is. */
export const MomentNote = ({ at }: { readonly at: string }) => (
  <p class="banner">
    <span>
      As it was on <Time at={at} />, by the tenant’s clock.
    </span>
  </p>
)
