import { ViewedPage } from '../../components/layout.tsx'
import { OnDemand } from '../../components/on-demand.tsx'
import { viewIn } from '../../components/views.tsx'
import type { PageProps } from '../../router.ts'
import { StalePage } from '../stale/stale-page.tsx'
import { Identities } from './identities-page.tsx'

const views = {
  all: { label: 'All' },
  unused: { label: 'Unused or dangling' },
  'sign-in': { label: 'Can’t sign in' },
  compare: { label: 'Compare with Entra' },
}

export function UsersPage(props: PageProps) {
  const view = viewIn(views)
  return (
    <ViewedPage title="Users" views={views}>
      {view === 'all' && <Identities {...props} list="users" />}
      {view === 'unused' && <StalePage {...props} />}
      {view === 'sign-in' && <OnDemand {...props} name="SignInCheckPage" />}
      {view === 'compare' && <OnDemand {...props} name="ReconcilePage" />}
    </ViewedPage>
  )
}

export const GroupsPage = (props: PageProps) => <Identities {...props} list="groups" />
