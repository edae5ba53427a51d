import type { Counts } from '../../../domain/contract/tenants.ts'
import { ViewedPage } from '../../components/layout.tsx'
import { OnDemand } from '../../components/on-demand.tsx'
import { type View, viewIn } from '../../components/views.tsx'
import { useAnalysisRefresh, useLoad } from '../../load.ts'
import type { PageProps } from '../../router.ts'
import { UnusedView } from '../stale/unused.tsx'
import { Failing } from './failing.tsx'
import { Identities } from './identities.tsx'
import { useHistory } from './moment.tsx'

export const UsersPage = (props: PageProps) => <DirectoryPage {...props} list="users" />
export const GroupsPage = (props: PageProps) => <DirectoryPage {...props} list="groups" />

const noCounts: Counts[string] = { active: 0, disabled: 0, retained: 0, removed: 0 }

function DirectoryPage({ tenant = '', list }: PageProps & { readonly list: 'users' | 'groups' }) {
  const type = list === 'users' ? 'User' : 'Group'
  const { at, button, slider } = useHistory(tenant)
  const loaded = useLoad('GET /tenants/:tenant', { params: { tenant } })
  const failures = useLoad('GET /tenants/:tenant/failures', {
    params: { tenant },
    query: { type, limit: 20 },
  })
  useAnalysisRefresh(failures)
  const counts = loaded.value.value && (loaded.value.value.counts[type] ?? noCounts)
  const deleted = counts && counts.retained + counts.removed
  const all = {
    all: {
      label: 'All',
      count: counts && counts.active + counts.disabled + counts.retained + counts.removed,
    },
    failing: { label: 'Failing', count: failures.value.value?.total, isBad: true },
    disabled: { label: 'Disabled', count: counts?.disabled },
    deleted: { label: 'Deleted', count: deleted },
    unused: { label: 'Unused or dangling' },
    'sign-in': { label: 'Can’t sign in' },
    compare: { label: 'Compare with Entra' },
  }
  const { disabled: _, 'sign-in': _signIn, compare: _compare, ...ofGroups } = all
  const views: Readonly<Record<string, View>> = list === 'users' ? all : ofGroups
  const view = viewIn(views)
  const isList = view === 'all' || view === 'disabled' || view === 'deleted'
  const props = { tenant, list }
  const reload = () => {
    loaded.reload()
    failures.reload()
  }
  return (
    <ViewedPage title={list === 'users' ? 'Users' : 'Groups'} views={views} actions={isList && button}>
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
      {view === 'unused' && <UnusedView tenant={tenant} />}
      {view === 'sign-in' && <OnDemand tenant={tenant} name="SignInView" />}
      {view === 'compare' && <OnDemand tenant={tenant} name="CompareView" />}
    </ViewedPage>
  )
}
