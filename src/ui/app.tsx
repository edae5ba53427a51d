import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PageName } from '../domain/contract/page-addresses.ts'
import { ApiProblem } from './api.ts'
import { me, meProblem } from './caller.ts'
import { ActionButton } from './components/buttons.tsx'
import { CopyDialog } from './components/copy.tsx'
import { Empty, Loading, ProblemBox } from './components/feedback.tsx'
import { PageHead } from './components/layout.tsx'
import { ChallengeDialog, SignInPage, TokenRequired } from './frame/challenge.tsx'
import { FaultBanner, Header, SessionBanner } from './frame/header.tsx'
import { Navigation } from './frame/navigation.tsx'
import { Notice } from './frame/notice.tsx'
import { KeyboardDialogs } from './frame/palette.tsx'
import { AccessPage } from './pages/access/access-page.tsx'
import { ActivityPage } from './pages/activity/activity-page.tsx'
import { AuditPage } from './pages/audit-page.tsx'
import { ClockPage } from './pages/clock-page.tsx'
import { ConsoleAccessPage } from './pages/console-access/console-access-page.tsx'
import { CyclePage } from './pages/cycle/cycle-page.tsx'
import { GroupsPage, UsersPage } from './pages/directory/identities-page.tsx'
import { GroupPage, UserPage } from './pages/directory/identity-page.tsx'
import { ExchangePage } from './pages/exchange/exchange-page.tsx'
import { FaultsPage } from './pages/faults/faults-page.tsx'
import { FindingsPage } from './pages/findings/findings-page.tsx'
import { OverviewPage } from './pages/overview/overview-page.tsx'
import { SettingsPage } from './pages/settings-page.tsx'
import { SetupPage } from './pages/setup/setup-page.tsx'
import { SnapshotsPage } from './pages/snapshots-page.tsx'
import { StalePage } from './pages/stale/stale-page.tsx'
import { TenantPage } from './pages/tenants/tenant-page.tsx'
import { TenantsPage } from './pages/tenants/tenants-page.tsx'
import { TokensPage } from './pages/tokens/tokens-page.tsx'
import { isBackNavigation, type PageProps, route } from './router.ts'
import { start } from './state.ts'

type Page = ComponentType<PageProps>

const pages: Readonly<Record<Exclude<PageName, keyof typeof onDemand>, Page>> = {
  overview: OverviewPage,
  activity: ActivityPage,
  exchange: ExchangePage,
  cycle: CyclePage,
  findings: FindingsPage,
  faults: FaultsPage,
  snapshots: SnapshotsPage,
  settings: SettingsPage,
  'console-access': ConsoleAccessPage,
  audit: AuditPage,
  tenants: TenantsPage,
  tenant: TenantPage,
  users: UsersPage,
  user: UserPage,
  groups: GroupsPage,
  group: GroupPage,
  access: AccessPage,
  stale: StalePage,
  tokens: TokensPage,
  setup: SetupPage,
  clock: ClockPage,
}

const filePages = () => import('./pages/file-pages.ts')

const onDemand = {
  preflight: async () => (await filePages()).PreflightPage,
  reconcile: async () => (await filePages()).ReconcilePage,
  signInCheck: async () => (await filePages()).SignInCheckPage,
} as const satisfies Partial<Record<PageName, () => Promise<Page>>>

const isOnDemand = (name: PageName): name is keyof typeof onDemand => name in onDemand

function usePage(name: PageName | undefined) {
  const [loaded, setLoaded] = useState<{ readonly page?: Page; readonly problem?: ApiProblem }>({})
  const load = name !== undefined && isOnDemand(name) ? onDemand[name] : undefined
  useEffect(() => {
    load?.().then(
      page => setLoaded({ page }),
      // A server of another version has no such file.
      () => setLoaded({ problem: new ApiProblem('The page was not loaded. Reload it in the browser.') }),
    )
  }, [load])
  if (load) return loaded
  return { page: name !== undefined && !isOnDemand(name) ? pages[name] : undefined, problem: undefined }
}

export const App = () => {
  const { signIn, caller } = me.value ?? {}
  if (signIn && !caller) return <SignInPage />
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to main content
      </a>
      <Header />
      <div class="frame">
        <Navigation />
        <main id="main" tabIndex={-1}>
          {caller ? (
            <>
              <FaultBanner />
              <SessionBanner />
              <CurrentPage />
            </>
          ) : (
            <NoCaller />
          )}
        </main>
      </div>
      <Notice />
      {caller && <KeyboardDialogs />}
      <ChallengeDialog />
      <CopyDialog />
    </>
  )
}

const NoCaller = () => {
  const problem = meProblem.value
  if (problem?.status !== 401 && problem) {
    return (
      <ProblemBox problem={problem}>
        <ActionButton onAction={start}>Try again</ActionButton>
      </ProblemBox>
    )
  }
  if (!me.value && !problem) return <Loading />
  return <TokenRequired />
}

function CurrentPage() {
  const current = route.value
  const { page: Page, problem } = usePage(current?.page)
  const isLoaded = useRef(false)
  const address = current && `${current.page} ${Object.values(current.params).join(' ')}`
  // Focus the heading of the new page, so that screen readers and keyboards start there as after a page load.
  useEffect(() => {
    if (!Page) return
    // After Back, a virtual list restores the focus to its own row.
    const isFocusRestored =
      isBackNavigation() && document.querySelector('main .virtual-list')?.contains(document.activeElement)
    if (isLoaded.current && !isFocusRestored)
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
    isLoaded.current = true
  }, [address, Page])
  if (!current) return <NotFound />
  if (!Page) return problem ? <ProblemBox problem={problem} /> : <Loading />
  return <Page key={address} {...current.params} />
}

const NotFound = () => (
  <>
    <PageHead title="Page not found" />
    <Empty title="No page at this address.">
      <p>
        <a href="/">Go to Overview</a>
      </p>
    </Empty>
  </>
)
