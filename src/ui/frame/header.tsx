import { effect, signal } from '@preact/signals'
import type { Me } from '../../domain/contract/console-access.ts'
import type { Fault } from '../../domain/contract/faults.ts'
import { type SignedOut, signInAddresses } from '../../domain/contract/page-addresses.ts'
import { ApiProblem, call, toProblem } from '../api.ts'
import { isAllowed, me } from '../caller.ts'
import { ActionButton } from '../components/buttons.tsx'
import { Dropdown } from '../components/dropdown.tsx'
import { Badge } from '../components/feedback.tsx'
import { Fact } from '../components/layout.tsx'
import { May } from '../components/may.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { liveStatus, startLive, stopLive } from '../live.ts'
import { faults, pageSession } from '../state.ts'
import { menuButton, menuOpen, TenantSwitch } from './navigation.tsx'
import { PaletteButton } from './palette.tsx'

/** Names the active faults on every page, so that a forgotten fault isn't mistaken for a defect. */
export const FaultBanner = () => {
  const active = faults.value
  if (active.length === 0) return null
  const scopes = [...new Set(active.map(formatScope))]
  const isShared = scopes.length === 1
  const labels = active.map(fault =>
    isShared ? formatFault(fault) : `${formatFault(fault)} (${formatScope(fault)})`,
  )
  return (
    <aside class="banner" aria-label="Active faults">
      <p>
        <strong>
          {formatCount(active.length, 'fault')} active{isShared && ` in ${scopes[0]}`}:
        </strong>{' '}
        <ClientText text={labels.join('; ')} />. <a href="/faults">View</a>
      </p>
      <May need="write" readOnly={false}>
        <ActionButton onAction={() => call('DELETE /faults')}>Turn off all</ActionButton>
      </May>
    </aside>
  )
}

const formatFault = ({ name, summary }: Fault): string => name ?? summary
const formatScope = ({ match: { tenant } }: Fault): string => tenant ?? 'all tenants'

export const Header = () => (
  <header class="top-bar">
    <button
      ref={menuButton}
      type="button"
      class="menu-button"
      aria-expanded={menuOpen.value}
      aria-controls="navigation"
      onClick={() => {
        menuOpen.value = !menuOpen.value
      }}
    >
      Menu
    </button>
    <a class="brand" href="/">
      Scimulator
    </a>
    {isAllowed('read') && <TenantSwitch />}
    {isAllowed('read') && <PaletteButton />}
    <LiveStatus />
    <Account />
    <ThemeSelect />
  </header>
)

const statusLabels = {
  connecting: ['Connecting', 'plain'],
  live: ['Live', 'good'],
  reconnecting: ['Reconnecting…', 'bad'],
  paused: ['Paused (tab hidden)', 'plain'],
  rejected: ['Not signed in', 'bad'],
} as const

const LiveStatus = () => {
  const [label, tone] = statusLabels[liveStatus.value]
  return (
    <p class={`live-status ${tone}`} role="status">
      <span class="dot" aria-hidden="true" /> {label}
    </p>
  )
}

const Account = () => {
  const caller = me.value?.caller
  if (!caller) return null
  if (caller.kind !== 'person') return isAllowed('write') ? null : <Badge>read-only</Badge>
  return <AccountMenu caller={caller} />
}

type Caller = NonNullable<Me['caller']>

const AccountMenu = ({ caller }: { readonly caller: Caller }) => (
  <div class="account">
    <Dropdown
      label={
        <>
          <span class="visually-hidden">Account: </span>
          <ClientText text={caller.name ?? caller.subject ?? ''} />
        </>
      }
    >
      <dl class="facts">
        <Fact name="Role">{isAllowed('write') ? 'Read and write' : 'Read-only'}</Fact>
        {caller.issuer !== undefined && (
          <Fact name="Signed in with">
            <ClientText text={caller.issuer} />
          </Fact>
        )}
        {caller.authenticated !== undefined && (
          <Fact name="Authenticated">
            <Time at={caller.authenticated} relative />
          </Fact>
        )}
        {caller.expires !== undefined && (
          <Fact name="Session ends">
            <Time at={caller.expires} relative />
          </Fact>
        )}
      </dl>
      <div class="actions">
        <ActionButton onAction={signOut}>Sign out</ActionButton>
      </div>
    </Dropdown>
  </div>
)

async function signOut(): Promise<void> {
  // The stream ends with the session; the page need not report that.
  stopLive()
  try {
    location.assign(await endSession())
  } catch (error) {
    startLive()
    throw error
  }
}

/** Returns the address that the browser opens next. Throws ApiProblem. */
async function endSession(): Promise<string> {
  const response = await fetch(signInAddresses.signOut, { method: 'POST' }).catch(() => {
    throw new ApiProblem('The console does not respond. Is the server still running?')
  })
  if (!response.ok) throw await toProblem(response)
  const { location: next }: SignedOut = await response.json()
  return next
}

type Theme = 'system' | 'light' | 'dark'
const storageKey = 'scimulator-theme'

const storedTheme = localStorage.getItem(storageKey)

const theme = signal<Theme>(storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system')

effect(() => {
  if (theme.value === 'system') {
    localStorage.removeItem(storageKey)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(storageKey, theme.value)
    document.documentElement.dataset.theme = theme.value
  }
})

export const ThemeSelect = () => (
  <label class="theme">
    <span class="visually-hidden">Theme</span>
    <select
      value={theme.value}
      onChange={event => {
        theme.value = event.currentTarget.value as Theme
      }}
    >
      <option value="system">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  </label>
)

export const SessionBanner = () => {
  const session = pageSession.value
  if (!session) return null
  const what = session.kind === 'import' ? 'the imported AWS directory' : 'an opened session of'
  return (
    <p class="banner">
      This is {what} {session.tenant}: read-only.
    </p>
  )
}
