import { useEffect, useState } from 'preact/hooks'
import type { SignInCounts } from '../../../domain/contract/sign-in-check.ts'
import type { Counts } from '../../../domain/contract/tenants.ts'
import { call } from '../../api.ts'
import { ViewedPage } from '../../components/layout.tsx'
import { OnDemand } from '../../components/on-demand.tsx'
import { type View, viewIn } from '../../components/views.tsx'
import { useAnalysisRefresh, useLoad } from '../../load.ts'
import type { PageProps } from '../../router.ts'
import { UnusedView, useStaleCounts } from '../stale/unused.tsx'
import { Failing, Identities } from './identities.tsx'
import { useHistory } from './moment.tsx'

export const UsersPage = (props: PageProps) => <DirectoryPage {...props} list="users" />
export const GroupsPage = (props: PageProps) => <DirectoryPage {...props} list="groups" />

const noCounts: Counts[string] = { active: 0, disabled: 0, retained: 0, removed: 0 }

/** Milliseconds. The server reads all users for the counts, so the rows come first. */
const countDelay = 500

function useSignInCounts(tenant: string | undefined) {
  const [counts, setCounts] = useState<SignInCounts>()
  const reload = () => {
    if (tenant === undefined) return
    call('GET /tenants/:tenant/sign-in/counts', { params: { tenant } }).then(setCounts, () => {})
  }
  useEffect(() => {
    const timer = setTimeout(reload, countDelay)
    return () => clearTimeout(timer)
  }, [])
  return { counts, reload }
}

function DirectoryPage({ tenant = '', list }: PageProps & { readonly list: 'users' | 'groups' }) {
  const type = list === 'users' ? 'User' : 'Group'
  const { at, button, slider } = useHistory(tenant)
  const loaded = useLoad('GET /tenants/:tenant', { params: { tenant } })
  const failures = useLoad('GET /tenants/:tenant/failures', {
    params: { tenant },
    query: { type, limit: 20 },
  })
  useAnalysisRefresh(failures)
  const unused = useStaleCounts(tenant)
  const isUsers = list === 'users'
  const signIn = useSignInCounts(isUsers ? tenant : undefined)
  const reload = () => {
    for (const each of [loaded, failures, unused, signIn]) each.reload()
  }
  const counts = loaded.value.value && (loaded.value.value.counts[type] ?? noCounts)
  const deleted = counts && counts.retained + counts.removed
  const views: Readonly<Record<string, View>> = {
    all: {
      label: 'All',
      count: counts && counts.active + counts.disabled + counts.retained + counts.removed,
    },
    failing: { label: 'Failing', count: failures.value.value?.total, isBad: true },
    ...(isUsers && { disabled: { label: 'Disabled', count: counts?.disabled } }),
    deleted: { label: 'Deleted', count: deleted },
    unused: { label: 'Unused or dangling', count: unused.value.value?.any },
    ...(isUsers && {
      'sign-in': { label: 'Can’t sign in', count: signIn.counts?.no, isBad: true },
      compare: { label: 'Compare with Entra' },
    }),
  }
  const view = viewIn(views)
  const isList = view === 'all' || view === 'disabled' || view === 'deleted'
  const props = { tenant, list }
  return (
    <ViewedPage title={isUsers ? 'Users' : 'Groups'} views={views} actions={isList && button}>
      {isList && slider}
      {isList && (
        <Identities
          key={view}
          {...props}
          view={view}
          at={at}
          counts={counts}
          failures={failures.value.value?.items ?? []}
          onReload={reload}
        />
      )}
      {view === 'failing' && <Failing {...props} analysis={failures.value.value?.analysis} />}
      {view === 'unused' && <UnusedView tenant={tenant} loaded={unused} />}
      {view === 'sign-in' && <CanSignIn counts={signIn.counts} />}
      {view === 'sign-in' && <OnDemand tenant={tenant} name="SignInView" />}
      {view === 'compare' && <OnDemand tenant={tenant} name="CompareView" />}
    </ViewedPage>
  )
}

const CanSignIn = ({ counts }: { readonly counts: SignInCounts | undefined }) => (
  <p class="verdict">
    {counts && (
      <>
        {(counts.yes + counts['at-risk']).toLocaleString('en')} can sign in,{' '}
        <span class={counts.no === 0 ? '' : 'status-bad'}>{counts.no.toLocaleString('en')} can’t</span>.
      </>
    )}
  </p>
)
