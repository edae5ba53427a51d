import type { CycleRate } from '../../../domain/contract/cycles.ts'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { formatCount } from '../../format.ts'
import { useLoad } from '../../load.ts'

export function Rate({ id }: { readonly id: string }) {
  const loaded = useLoad('GET /cycles/:id/rate', { params: { id } })
  const rate = loaded.value.value
  const problem = loaded.problem.value
  return (
    <section aria-label="Request rate" class="card">
      <h2>Is the client too fast?</h2>
      {problem && <ProblemBox problem={problem} />}
      {!rate && !problem && <Loading />}
      {rate && <RateView rate={rate} />}
    </section>
  )
}

type Kind = 'reads' | 'writes'
type Second = CycleRate['seconds'][number]

const RateView = ({ rate }: { readonly rate: CycleRate }) => (
  <>
    <p>
      <Verdict rate={rate} />
      {!rate.complete && <span class="muted"> Only the last part of the cycle was read.</span>}
    </p>
    <Chart rate={rate} kind="reads" />
    <Chart rate={rate} kind="writes" />
  </>
)

const isTooFast = ({ limits, seconds }: CycleRate) =>
  limits ? seconds.filter(({ reads, writes }) => reads > limits.reads || writes > limits.writes).length : 0

function Verdict({ rate }: { readonly rate: CycleRate }) {
  const { limits, peak, throttled } = rate
  const most = `At most ${formatCount(peak.reads, 'read')} and ${formatCount(peak.writes, 'write')} in a second.`
  if (throttled > 0) {
    return (
      <>
        <Badge tone="bad">Yes</Badge> {formatCount(throttled, 'request')} got status 429. {most}
      </>
    )
  }
  if (!limits) return <>{most}</>
  const seconds = isTooFast(rate)
  return (
    <>
      <Badge tone={seconds > 0 ? 'warn' : 'good'}>{seconds > 0 ? 'On AWS, yes' : 'No'}</Badge> {most}
      {seconds > 0 && ` In ${formatCount(seconds, 'second')} it sent more than AWS allows.`} AWS allows{' '}
      {limits.reads} reads and {limits.writes} writes.
    </>
  )
}

const height = 60

function Chart({ rate: { seconds, limits, peak }, kind }: { readonly rate: CycleRate; readonly kind: Kind }) {
  const limit = limits?.[kind]
  const top = Math.max(1, peak[kind], limit ?? 0) * 1.1
  const step = Math.min(12, Math.max(1.5, 720 / Math.max(1, seconds.length)))
  const width = Math.max(60, seconds.length * step)
  const scale = (value: number) => (value / top) * height
  return (
    <figure class="rate">
      <figcaption>
        {kind === 'reads' ? 'Reads' : 'Writes'} per second
        {limit !== undefined && <span class="muted"> (line: {limit}, the limit of AWS)</span>}
      </figcaption>
      <svg
        role="img"
        aria-label={`At most ${peak[kind]} ${kind} in a second${limit === undefined ? '' : `, of ${limit} allowed`}`}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        width={width}
        height={height}
      >
        {seconds.map((second, at) => (
          <rect
            key={at}
            class={classOf(second, second[kind] > (limit ?? Number.POSITIVE_INFINITY))}
            x={at * step}
            y={height - scale(second[kind])}
            width={Math.max(1, step - 1)}
            height={scale(second[kind])}
          />
        ))}
        {limit !== undefined && (
          <path class="limit" d={`M0 ${height - scale(limit)}H${width}`} vector-effect="non-scaling-stroke" />
        )}
      </svg>
    </figure>
  )
}

const classOf = ({ throttled }: Second, isAbove: boolean) =>
  throttled > 0 ? 'throttled' : isAbove ? 'above' : 'within'
