import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  AttributeChange,
  CycleChanges,
  CycleRate,
  TypeChanges,
} from '../../../domain/contract/cycles.ts'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { formatNamed } from '../../components/json.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { ResourceLink } from '../../components/record-link.tsx'
import { ClientText, TenantTime } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { type Loaded, useLoad } from '../../load.ts'
import { type PageProps, pathTo } from '../../router.ts'
import { showTenant, tenants } from '../../state.ts'
import { kinds, sumsOf } from '../exchange/texts.ts'
import { InteroperabilityFold } from './interoperability.tsx'

export function CyclePage({ id = '' }: PageProps) {
  const loaded = useLoad('GET /cycles/:id', { params: { id } })
  const changes = useLoad('GET /cycles/:id/changes', { params: { id } })
  const rate = useLoad('GET /cycles/:id/rate', { params: { id } })
  const cycle = loaded.value.value
  const problem = loaded.problem.value
  const tenant = cycle?.tenant
  useEffect(() => {
    if (tenant !== undefined) showTenant(tenant)
  }, [tenant])
  if (!cycle) {
    return (
      <>
        <PageHead title="Cycle" />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
      </>
    )
  }
  const { kind, userAgent, requests, failed } = cycle
  const query = { q: `cycle:${id}`, tenant: cycle.tenant }
  return (
    <>
      <PageHead title={kinds[kind]}>
        <a href={pathTo('activity', {}, query)}>View requests</a>
      </PageHead>
      <dl class="facts-line">
        <Fact name="Started">
          <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} />
        </Fact>
        <Fact name="Last request">
          <TenantTime at={cycle.last} tenantTime={cycle.tenantLast} />
        </Fact>
        <Fact name="Tenant">{(tenants.value ?? []).length > 1 && cycle.tenant}</Fact>
        <Fact name="Client">{userAgent !== undefined && <ClientText text={userAgent} />}</Fact>
        <Fact name="Requests">{requests.toLocaleString('en')}</Fact>
        <Fact name="Result">
          {sumsOf({ ...cycle, failed: 0 })}
          {failed > 0 && (
            <>
              {', '}
              <a href={pathTo('activity', {}, { ...query, q: `${query.q} -status:2xx` })}>{failed} failed</a>
            </>
          )}
        </Fact>
      </dl>
      {/* Together: one of them would push down the others. */}
      {changes.loading.value || rate.loading.value ? (
        <Loading />
      ) : (
        <>
          <Part title="What it changed" loaded={changes}>
            {found => <ChangesView changes={found} tenant={cycle.tenant} />}
          </Part>
          <Part title="Is the client too fast?" loaded={rate}>
            {found => <RateView rate={found} />}
          </Part>
          <InteroperabilityFold id={id} />
        </>
      )}
    </>
  )
}

const Part = <Value,>({
  title,
  loaded: { value, problem },
  children,
}: {
  readonly title: string
  readonly loaded: Loaded<Value>
  readonly children: (value: Value) => ComponentChildren
}) => (
  <section aria-label={title}>
    <h2>{title}</h2>
    {problem.value && <ProblemBox problem={problem.value} />}
    {value.value && children(value.value)}
  </section>
)

const ChangesView = ({ changes, tenant }: { readonly changes: CycleChanges; readonly tenant: string }) => (
  <>
    {!changes.complete && (
      <p class="muted">Only the newest {formatCount(changes.requests, 'request')} that changed something.</p>
    )}
    {changes.types.length + changes.groups.length === 0 && (
      <p class="muted">The directory is the same as before.</p>
    )}
    {changes.types.map(one => (
      <TypeView key={one.type} changes={one} tenant={tenant} names={changes.names} />
    ))}
    {changes.groups.length > 0 && (
      <article>
        <h3>Members</h3>
        {changes.groups.map(({ group, joined, left }) => (
          <Folded
            key={group.id}
            summary={
              <>
                <ClientText text={group.display ?? group.id} />: {joined.length} joined, {left.length} left
              </>
            }
          >
            <ul>
              {[
                ...joined.map(one => ['joined', one] as const),
                ...left.map(one => ['left', one] as const),
              ].map(([event, { id, type = '', display = id }]) => (
                <li key={`${event} ${id}`}>
                  <ResourceLink tenant={tenant} type={type} id={id} text={display} /> {event}
                </li>
              ))}
            </ul>
          </Folded>
        ))}
      </article>
    )}
  </>
)

type TypeViewProps = {
  readonly changes: TypeChanges
  readonly tenant: string
  readonly names: CycleChanges['names']
}

const TypeView = ({ changes: { type, created, deleted, attributes }, tenant, names }: TypeViewProps) => (
  <article>
    <h3>{type}s</h3>
    {Object.entries({ created, deleted }).map(
      ([what, { count, items }]) =>
        count > 0 && (
          <Folded key={what} summary={`${count.toLocaleString('en')} ${what}`}>
            <Resources tenant={tenant} type={type} items={items} count={count} />
          </Folded>
        ),
    )}
    {attributes.map(attribute => (
      <Folded
        key={attribute.path}
        summary={
          <>
            <code>{escapeHidden(attribute.path)}</code> changed for{' '}
            {formatCount(attribute.count, type.toLowerCase())}
          </>
        }
      >
        <AttributeView attribute={attribute} tenant={tenant} type={type} names={names} />
      </Folded>
    ))}
  </article>
)

const AttributeView = ({
  attribute: { changes, count },
  tenant,
  type,
  names,
}: {
  readonly attribute: AttributeChange
  readonly tenant: string
  readonly type: string
  readonly names: CycleChanges['names']
}) => (
  <>
    <dl class="differences">
      {changes.map(({ kind, before, after, resources }, at) => (
        <div key={at} class={kind}>
          <dt>
            {before !== undefined && <del>{formatNamed(before, names)}</del>}
            {before !== undefined && after !== undefined && ' → '}
            {after !== undefined && <ins>{formatNamed(after, names)}</ins>}
          </dt>
          <dd>
            <Resources tenant={tenant} type={type} items={resources} count={resources.length} />
          </dd>
        </div>
      ))}
    </dl>
    <Rest shown={changes.reduce((sum, { resources }) => sum + resources.length, 0)} of={count} />
  </>
)

const Folded = ({
  summary,
  children,
}: {
  readonly summary: ComponentChildren
  readonly children: ComponentChildren
}) => (
  <details class="more">
    <summary>{summary}</summary>
    {children}
  </details>
)

const Resources = ({
  tenant,
  type,
  items,
  count,
}: {
  readonly tenant: string
  readonly type: string
  readonly items: TypeChanges['created']['items']
  readonly count: number
}) => (
  <>
    <ul class="names">
      {items.map(({ id, label }) => (
        <li key={id}>
          <ResourceLink tenant={tenant} type={type} id={id} text={label} />
        </li>
      ))}
    </ul>
    <Rest shown={items.length} of={count} />
  </>
)

const Rest = ({ shown, of }: { readonly shown: number; readonly of: number }) =>
  shown < of ? <p class="muted">And {(of - shown).toLocaleString('en')} more.</p> : null

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
