import { useEffect } from 'preact/hooks'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { ClientText, TenantTime } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { type PageProps, pathTo } from '../../router.ts'
import { showTenant } from '../../state.ts'
import { kinds } from '../activity/rows.tsx'
import { Changes } from './changes.tsx'
import { Rate } from './rate.tsx'

export function CyclePage({ id = '' }: PageProps) {
  const loaded = useLoad('GET /cycles/:id', { params: { id } })
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
  const { kind, userAgent, requests, created, modified, disabled, deleted, failed } = cycle
  const query = { q: `cycle:${id}`, tenant: cycle.tenant }
  return (
    <>
      <PageHead title={kinds[kind]}>
        {failed > 0 && <Badge tone="bad">{failed} failed</Badge>}
        <a href={pathTo('activity', {}, query)}>View requests</a>
      </PageHead>
      <dl class="facts card">
        <Fact name="Started">
          <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} />
        </Fact>
        <Fact name="Last request">
          <TenantTime at={cycle.last} tenantTime={cycle.tenantLast} />
        </Fact>
        <Fact name="Tenant">{cycle.tenant}</Fact>
        {userAgent !== undefined && (
          <Fact name="Client">
            <ClientText text={userAgent} />
          </Fact>
        )}
        <Fact name="Requests">{formatCount(requests, 'request')}</Fact>
        <Fact name="Results">
          {created} created, {modified} modified, {disabled} disabled, {deleted} deleted,{' '}
          {failed > 0 ? (
            <a href={pathTo('activity', {}, { ...query, q: `${query.q} -status:2xx` })}>{failed} failed</a>
          ) : (
            '0 failed'
          )}
        </Fact>
      </dl>
      <Changes id={id} tenant={cycle.tenant} />
      <Rate id={id} />
    </>
  )
}
