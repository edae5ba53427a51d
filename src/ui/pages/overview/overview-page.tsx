import { useEffect } from 'preact/hooks'
import type { Overview } from '../../../domain/contract/overview.ts'
import { useAnalysisRefresh } from '../../analysis-refresh.ts'
import { Waiting } from '../../components/analyzing.tsx'
import { Empty, Loading, ProblemBox } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { ClientText } from '../../components/text.tsx'
import { onLive } from '../../live.ts'
import { type Loaded, useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { currentTenant, tenants } from '../../state.ts'
import { CycleChart } from './cycle-chart.tsx'
import { Failures } from './failures.tsx'
import { StatusCards } from './status-cards.tsx'

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
      <a href={pathTo('tenants')}>Create a tenant</a>
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
          <a href={pathTo('setup', { tenant: overview.tenant })}>Connect Entra ID or provision sample data</a>
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
