import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { Failure, Overview } from '../../../domain/contract/overview.ts'
import {
  Analyzing,
  Badge,
  Empty,
  Loading,
  ProblemBox,
  type Tone,
  Waiting,
} from '../../components/feedback.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { ClientText, Prose, TenantTime, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { onLive } from '../../live.ts'
import { type Loaded, useAnalysisRefresh, useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { currentTenant, tenants } from '../../state.ts'
import { CycleChart } from './cycle-chart.tsx'

export function OverviewPage() {
  const tenant = currentTenant.value
  return (
    <>
      <PageHead
        title="Overview"
        description={
          tenant !== undefined && (
            <>
              Provisioning to <ClientText text={tenant} />
            </>
          )
        }
      />
      {tenant === undefined ? tenants.value ? <NoTenant /> : <Loading /> : <TenantOverview tenant={tenant} />}
    </>
  )
}

const NoTenant = () => (
  <Empty title="No tenants yet.">
    <p>
      <a href={pathTo('server')}>Create a tenant</a>
    </p>
  </Empty>
)

function TenantOverview({ tenant }: { readonly tenant: string }) {
  const overview = useLoad('GET /tenants/:tenant/overview', { params: { tenant } })
  useAnalysisRefresh(overview)
  useEffect(() => reloadOnEvents(tenant, overview), [tenant])
  const loaded = overview.value.value
  const problem = overview.problem.value
  return (
    <>
      {problem && <ProblemBox problem={problem} />}
      {!loaded && !problem && <Loading />}
      {loaded && <Content overview={loaded} />}
    </>
  )
}

const Content = ({ overview }: { readonly overview: Overview }) => (
  <>
    <StatusCards overview={overview} />
    {overview.cycles.length === 0 && overview.analysis.current && (
      <Empty title="No cycles yet.">
        <p>
          <a href={pathTo('connect', { tenant: overview.tenant })}>
            Connect Entra ID or provision sample data
          </a>
          , or see <a href={pathTo('activity')}>all requests</a>.
        </p>
      </Empty>
    )}
    {overview.cycles.length > 0 && <CycleChart cycles={overview.cycles} tokens={overview.tokens} />}
    {overview.cycles.length > 0 && overview.analysis.current && (
      <Failures failures={overview.failures} failing={overview.job?.failing ?? 0} />
    )}
    <Waiting {...overview} />
  </>
)

/** Milliseconds. */
const reloadInterval = 1000

/** Reloads soon after events about a tenant. A load under way is not replaced: a busy server might never finish one. */
function reloadOnEvents(tenant: string, { reload, loading }: Loaded<Overview>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const request = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      if (loading.peek()) request()
      else reload()
    }, reloadInterval)
  }
  const ifOwn = (event: { readonly tenant?: string | undefined }) => {
    if (event.tenant === undefined || event.tenant === tenant) request()
  }
  const stops = [onLive('cycle', ifOwn), onLive('changed', ifOwn), onLive('restart', request)]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}

const StatusCards = ({ overview }: { readonly overview: Overview }) => (
  <div class="grid overview-cards">
    <JobCard overview={overview} />
    <CyclesCard overview={overview} />
    <DirectoryCard overview={overview} />
    <TokensCard overview={overview} />
  </div>
)

const jobLabels = {
  healthy: ['Healthy', 'good'],
  'at-risk': ['At risk', 'warn'],
  quarantined: ['Would be quarantined', 'bad'],
} as const satisfies Readonly<Record<string, readonly [string, Tone]>>

type Props = { readonly overview: Overview }

const unknown = <span class="muted">not known yet</span>

function JobCard({ overview }: Props) {
  const { job, tenant, analysis } = overview
  if (!analysis.current || job?.status === 'analyzing') return <AnalyzingCard overview={overview} />
  if (!job) {
    return (
      <section class="card" aria-label="Provisioning job">
        <h2>Provisioning job</h2>
        <p>
          No requests from Entra ID yet. <a href={pathTo('connect', { tenant })}>Setup</a>
        </p>
      </section>
    )
  }
  const [label, tone] = jobLabels[job.status]
  const { objects, share } = job.threshold
  const failingShare = job.objects === 0 ? 0 : job.failing / job.objects
  return (
    <section class="card" aria-label="Provisioning job">
      <h2>
        Provisioning job <Badge tone={tone}>{label}</Badge>
      </h2>
      <p>{escapeHidden(job.detail)}</p>
      <Gauge
        label={`${formatCount(job.failing, 'object')} failing`}
        limit={`quarantine from ${objects.toLocaleString('en')}`}
        filled={job.failing / objects}
      />
      <Gauge
        label={`${formatPercent(failingShare)} of ${formatCount(job.objects, 'object')}`}
        limit={`and above ${formatPercent(share)}`}
        filled={failingShare / share}
      />
    </section>
  )
}

function AnalyzingCard({ overview: { analysis, clock, failed } }: Props) {
  const tenantUntil = new Date(Date.parse(analysis.until) + clock.offset).toISOString()
  return (
    <section class="card" aria-label="Provisioning job">
      <h2>Provisioning job</h2>
      <Analyzing analysis={analysis} />
      <p class="muted">
        Analyzed until <TenantTime at={analysis.until} tenantTime={tenantUntil} />.
      </p>
      {failed.last ? (
        <p>
          {failed.more && 'At least '}
          {formatCount(failed.requests, 'request')} failed in the last 24 hours, the last one at{' '}
          <a href={pathTo('exchange', { id: failed.last.exchange })}>
            <TenantTime at={failed.last.at} tenantTime={failed.last.tenantTime} />
          </a>
          .
        </p>
      ) : (
        <p>No request failed in the last 24 hours.</p>
      )}
    </section>
  )
}

const formatPercent = (share: number): string => `${Math.round(share * 1000) / 10} %`

const Gauge = ({
  label,
  limit,
  filled,
}: {
  readonly label: string
  readonly limit: string
  readonly filled: number
}) => (
  <div class="gauge">
    <p>
      {label} <span class="muted">{limit}</span>
    </p>
    <svg aria-hidden="true" width="100%" height="8">
      <rect class="track" width="100%" height="8" rx="4" />
      <rect class={filled >= 1 ? 'bad' : 'fill'} width={`${Math.min(1, filled) * 100}%`} height="8" rx="4" />
    </svg>
  </div>
)

function CyclesCard({ overview: { newest, analysis } }: Props) {
  return (
    <section class="card" aria-label="Last and next cycle">
      <h2>Last and next cycle</h2>
      {!newest && <p>{analysis.current ? 'None yet.' : 'Not analyzed yet.'}</p>}
      {newest && (
        <dl class="facts">
          <Fact name={analysis.current ? 'Last cycle' : 'Last analyzed cycle'}>
            <a href={pathTo('activity', {}, { q: `cycle:${newest.id}` })}>
              <TenantTime at={newest.started} tenantTime={newest.tenantStarted} />
            </a>{' '}
            {newest.running && analysis.current && <Badge tone="accent">running</Badge>}
          </Fact>
          <Fact name="Changes">
            <a href={pathTo('cycle', { id: newest.id })}>
              {newest.created} created, {newest.modified} modified, {newest.disabled} disabled,{' '}
              {newest.deleted} deleted
            </a>
          </Fact>
          <Fact name="Failed">{analysis.current ? formatCount(newest.failed, 'request') : unknown}</Fact>
          <Fact name="Next cycle">
            {!analysis.current ? (
              unknown
            ) : newest.next ? (
              <>
                <Time at={newest.next.tenantExpected} />{' '}
                {newest.next.overdue && <Badge tone="warn">overdue</Badge>}
              </>
            ) : (
              'no schedule'
            )}
          </Fact>
        </dl>
      )}
    </section>
  )
}

function DirectoryCard({ overview: { counts, inSync, job, tenant, analysis } }: Props) {
  const all = Object.values(counts)
  const sum = (status: 'disabled' | 'retained') => all.reduce((total, count) => total + count[status], 0)
  return (
    <section class="card" aria-label="Users and groups">
      <h2>Users and groups</h2>
      <dl class="facts">
        {/* Both stay in their places, so that nothing moves when the analysis begins or ends. */}
        <Fact name="In sync">{analysis.current ? inSync.toLocaleString('en') : unknown}</Fact>
        <Fact name="Failing">
          {!analysis.current ? (
            unknown
          ) : job && job.failing > 0 ? (
            <Badge tone="bad">{job.failing.toLocaleString('en')}</Badge>
          ) : (
            '0'
          )}
        </Fact>
        <Fact name="Disabled">
          <a href={pathTo('users', { tenant }, { status: 'disabled' })}>
            {sum('disabled').toLocaleString('en')}
          </a>
        </Fact>
        <Fact name="Deleted, retained">{sum('retained').toLocaleString('en')}</Fact>
        <Fact name="Users">
          <a href={pathTo('users', { tenant })}>{formatCount(counts.User?.active ?? 0, 'active user')}</a>
        </Fact>
        <Fact name="Groups">
          <a href={pathTo('groups', { tenant })}>{formatCount(counts.Group?.active ?? 0, 'group')}</a>
        </Fact>
      </dl>
    </section>
  )
}

function TokensCard({ overview: { tokens, tenant } }: Props) {
  return (
    <section class="card" aria-label="Access tokens">
      <h2>
        <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>Access tokens</a>
      </h2>
      {tokens.length === 0 && <p>None.</p>}
      <dl class="facts">
        {tokens.map(({ id, ending, expires, expired, warning }) => (
          <Fact key={id} name={`…${ending}`}>
            {expired ? 'expired' : 'expires'} <Time at={expires} />{' '}
            {warning !== undefined && (
              <Badge tone={expired ? 'bad' : 'warn'}>{expired ? 'expired' : 'soon'}</Badge>
            )}
          </Fact>
        ))}
      </dl>
    </section>
  )
}

const Failures = ({
  failures,
  failing,
}: {
  readonly failures: readonly Failure[]
  readonly failing: number
}) => (
  <section aria-label="Failing objects">
    <h2>Failing objects</h2>
    {failures.length === 0 ? (
      <p class="muted">The last request about each object succeeded.</p>
    ) : (
      <Table
        caption="Objects whose last request failed, newest first"
        columns={columns}
        items={failures}
        keyOf={({ exchange }) => exchange}
      />
    )}
    {failing > failures.length && (
      <p class="below-table muted">
        The newest {failures.length} of {formatCount(failing, 'object')}.
      </p>
    )}
  </section>
)

const columns: readonly Column<Failure>[] = [
  {
    name: 'Object',
    of: ({ exchange, label, action, attempts }) => (
      <>
        <a href={pathTo('exchange', { id: exchange })}>
          <ClientText text={label ?? action} />
        </a>
        <div class="muted">
          {escapeHidden(action)}, {formatCount(attempts, 'attempt')}
        </div>
      </>
    ),
  },
  {
    name: 'Reason',
    of: ({ status, reason }) => (
      <>
        <Badge tone="bad">{status}</Badge> <Prose text={escapeHidden(reason)} />
      </>
    ),
  },
  { name: 'Last attempt', of: ({ at, tenantTime }) => <TenantTime at={at} tenantTime={tenantTime} /> },
]
