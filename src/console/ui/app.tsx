import { useEffect, useRef } from 'preact/hooks'
import { dismiss, notice } from './announce.ts'
import { tokenWanted } from './api.ts'
import { Empty, PageHead } from './components/basics.tsx'
import { FaultBanner } from './frame/fault-banner.tsx'
import { Header } from './frame/header.tsx'
import { Navigation } from './frame/navigation.tsx'
import { TokenDialog } from './frame/token-dialog.tsx'
import { pages } from './pages.tsx'
import { cameBack, place } from './router.ts'

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
    {tokenWanted.value && <TokenDialog />}
  </>
)

function CurrentPage() {
  const shown = place.value
  const arrived = useRef(false)
  const address = shown && `${shown.page} ${Object.values(shown.params).join(' ')}`
  // Who reads the page by ear, or goes through it by keyboard, is brought to the new page as if it were loaded.
  useEffect(() => {
    // A list that is returned to gives the focus back to the line that was left.
    const isPlaced = cameBack() && document.querySelector('main .virtual')?.contains(document.activeElement)
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
