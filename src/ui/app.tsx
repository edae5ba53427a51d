import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { PageName } from '../contract/page-addresses.ts'
import { tokenRequired } from './api.ts'
import { Empty, PageHead } from './components/elements.tsx'
import { FaultBanner, Header } from './frame/header.tsx'
import { Navigation } from './frame/navigation.tsx'
import { TokenDialog } from './frame/token-dialog.tsx'
import { dismiss, notice } from './notices.ts'
import { ActivityPage } from './pages/activity/activity-page.tsx'
import { ClockPage } from './pages/clock-page.tsx'
import { GroupsPage, UsersPage } from './pages/directory/identities-page.tsx'
import { GroupPage, UserPage } from './pages/directory/identity-page.tsx'
import { ExchangePage } from './pages/exchange/exchange-page.tsx'
import { FaultsPage } from './pages/faults/faults-page.tsx'
import { FindingsPage } from './pages/findings-page.tsx'
import { ReconcilePage } from './pages/reconcile-page.tsx'
import { SettingsPage } from './pages/settings-page.tsx'
import { SetupPage } from './pages/setup-page.tsx'
import { SnapshotsPage } from './pages/snapshots-page.tsx'
import { StalePage } from './pages/stale/stale-page.tsx'
import { TenantPage } from './pages/tenants/tenant-page.tsx'
import { TenantsPage } from './pages/tenants/tenants-page.tsx'
import { TokensPage } from './pages/tokens/tokens-page.tsx'
import { isBackNavigation, type PageProps, route } from './router.ts'

/** The page of each address. */
export const pages: Readonly<Record<PageName, ComponentType<PageProps>>> = {
  activity: ActivityPage,
  exchange: ExchangePage,
  findings: FindingsPage,
  faults: FaultsPage,
  snapshots: SnapshotsPage,
  settings: SettingsPage,
  tenants: TenantsPage,
  tenant: TenantPage,
  users: UsersPage,
  user: UserPage,
  groups: GroupsPage,
  group: GroupPage,
  stale: StalePage,
  reconcile: ReconcilePage,
  tokens: TokensPage,
  setup: SetupPage,
  clock: ClockPage,
}

/** The frame around every page: what is live, where one can go, and what is armed. */
export const App = () => (
  <>
    <a class="skip" href="#main">
      Skip to the page
    </a>
    <Header />
    <div class="frame">
      <Navigation />
      <main id="main" tabIndex={-1}>
        <FaultBanner />
        <CurrentPage />
      </main>
    </div>
    <Notice />
    {tokenRequired.value && <TokenDialog />}
  </>
)

function CurrentPage() {
  const shown = route.value
  const arrived = useRef(false)
  const address = shown && `${shown.page} ${Object.values(shown.params).join(' ')}`
  // Who reads the page by ear, or goes through it by keyboard, is brought to the new page as if it were loaded.
  useEffect(() => {
    // A list that is returned to gives the focus back to the line that was left.
    const isPlaced =
      isBackNavigation() && document.querySelector('main .virtual')?.contains(document.activeElement)
    if (arrived.current && !isPlaced)
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
    arrived.current = true
  }, [address])
  if (!shown) return <NotFound />
  const Page = pages[shown.page]
  return <Page key={address} {...shown.params} />
}

const NotFound = () => (
  <>
    <PageHead title="Nothing here" />
    <Empty title="No page has this address.">
      <p>
        <a href="/">Go to the activity</a>
      </p>
    </Empty>
  </>
)

const Notice = () => (
  <div class="notice" role="status" aria-live="polite">
    {notice.value && (
      <p class={notice.value.bad ? 'bad' : ''}>
        {notice.value.text}{' '}
        <button type="button" aria-label="Dismiss this message" onClick={dismiss}>
          ✕
        </button>
      </p>
    )}
  </div>
)
