import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import type { PageName } from '../domain/contract/page-addresses.ts'
import { me, meProblem } from './caller.ts'
import { ActionButton } from './components/buttons.tsx'
import { CopyDialog } from './components/copy.tsx'
import { Empty, Loading, ProblemBox } from './components/feedback.tsx'
import { PageHead } from './components/layout.tsx'
import { focusHeading, onDemand } from './components/on-demand.tsx'
import { ChallengeDialog, SignInPage, TokenRequired } from './frame/challenge.tsx'
import { FaultBanner, Header, SessionBanner } from './frame/header.tsx'
import { Navigation } from './frame/navigation.tsx'
import { Notice } from './frame/notice.tsx'
import { KeyboardDialogs } from './frame/palette.tsx'
import { AccessPage } from './pages/access/access-page.tsx'
import { ActivityPage } from './pages/activity/activity-page.tsx'
import { CyclePage } from './pages/cycle/cycle-page.tsx'
import { GroupPage, UserPage } from './pages/directory/identity-page.tsx'
import { GroupsPage, UsersPage } from './pages/directory/users-page.tsx'
import { ExchangePage } from './pages/exchange/exchange-page.tsx'
import { FindingsPage } from './pages/findings/findings-page.tsx'
import { OverviewPage } from './pages/overview/overview-page.tsx'
import { hasNavigated, isBackNavigation, type PageProps, route } from './router.ts'
import { start } from './state.ts'

const setupPages = () => import('./pages/setup-pages.ts')

const pages: Readonly<Record<PageName, ComponentType<PageProps>>> = {
  overview: OverviewPage,
  activity: ActivityPage,
  exchange: ExchangePage,
  cycle: CyclePage,
  findings: FindingsPage,
  users: UsersPage,
  user: UserPage,
  groups: GroupsPage,
  group: GroupPage,
  access: AccessPage,
  connect: onDemand(() => setupPages().then(({ ConnectPage }) => ConnectPage)),
  lab: onDemand(() => setupPages().then(({ LabPage }) => LabPage)),
  server: onDemand(() => setupPages().then(({ ServerPage }) => ServerPage)),
  tenant: onDemand(() => setupPages().then(({ TenantPage }) => TenantPage)),
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
  const Page = current && pages[current.page]
  const address = current && `${current.page} ${Object.values(current.params).join(' ')}`
  useEffect(() => {
    if (!Page) return
    // After Back, a virtual list restores the focus to its own row.
    const isFocusRestored =
      isBackNavigation() && document.querySelector('main .virtual-list')?.contains(document.activeElement)
    if (hasNavigated() && !isFocusRestored) focusHeading()
  }, [address, Page])
  if (!current || !Page) return <NotFound />
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
