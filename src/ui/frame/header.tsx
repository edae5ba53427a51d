import type { Me } from '../../domain/contract/console-access.ts'
import type { Fault } from '../../domain/contract/faults.ts'
import { type SignedOut, signInAddresses } from '../../domain/contract/page-addresses.ts'
import { formatWhen } from '../../domain/headline.ts'
import { ApiProblem, call, toProblem } from '../api.ts'
import { isAllowed, me } from '../caller.ts'
import { ActionButton } from '../components/buttons.tsx'
import { DocsLink } from '../components/documentation.tsx'
import { Dropdown } from '../components/dropdown.tsx'
import { Fact } from '../components/layout.tsx'
import { May } from '../components/may.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { formatCount, zone, zoneLabel } from '../format.ts'
import { liveStatus, offlineSince, startLive, stopLive } from '../live.ts'
import { route } from '../router.ts'
import { faults, pageSession } from '../state.ts'
import { MenuChoice, TenantSwitch } from './navigation.tsx'
import { PaletteButton, showShortcuts } from './palette.tsx'
import { ShareActions, ShareButton } from './share.tsx'
import { ThemeSelect } from './theme.tsx'

/** Names the active faults on every page, so that a forgotten fault isn't mistaken for a defect. */
export const FaultBanner = () => {
  const active = faults.value
  if (active.length === 0 || route.value?.page === 'lab') return null
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
        <ClientText text={labels.join('; ')} />. <a href="/lab">View</a>
      </p>
      <May need="write" readOnly={false}>
        <ActionButton onAction={() => call('DELETE /faults')}>Disarm all</ActionButton>
      </May>
    </aside>
  )
}

const formatFault = ({ name, summary }: Fault): string => name ?? summary
const formatScope = ({ match: { tenant } }: Fault): string => tenant ?? 'all tenants'

export const Header = () => (
  <header class="top-bar">
    <a class="brand" href="/">
      Scimulator
    </a>
    {isAllowed('read') && <TenantSwitch />}
    {isAllowed('read') && <PaletteButton />}
    <div class="bar-end">
      <LiveStatus />
      {isAllowed('read') && <ShareButton />}
      <Menu />
    </div>
  </header>
)

const statusLabels = {
  connecting: ['Connecting', 'plain'],
  live: ['Live', 'good'],
  reconnecting: ['Offline', 'warn'],
  paused: ['Paused (tab hidden)', 'plain'],
  rejected: ['Not signed in', 'bad'],
} as const

const LiveStatus = () => {
  const [label, tone] = statusLabels[liveStatus.value]
  const since = offlineSince.value
  return (
    <p class={`live-status ${tone}`} role="status">
      <span class="dot" aria-hidden="true" /> {label}
      {since && ` since ${formatWhen(since.getTime(), Date.now())}`}
    </p>
  )
}

type Caller = NonNullable<Me['caller']>

const Menu = () => {
  const caller = me.value?.caller
  return (
    <Dropdown
      label={
        <>
          <span class="visually-hidden">Menu</span>
          <span aria-hidden="true">•••</span>
        </>
      }
    >
      <div class="menu">
        {caller?.kind === 'person' && <Account caller={caller} />}
        {caller && caller.kind !== 'person' && !isAllowed('write') && <p class="muted">Read-only</p>}
        {isAllowed('read') && <ShareActions />}
        <MenuChoice
          label="Time zone"
          value={zone.value}
          options={{ tenant: 'Tenant time', local: `Local time (${zoneLabel(new Date())})`, utc: 'UTC' }}
          onChange={chosen => {
            zone.value = chosen
          }}
        />
        <ThemeSelect />
        <button type="button" class="plain" onClick={showShortcuts}>
          Keyboard
        </button>
        <DocsLink page="index">Documentation</DocsLink>
        <a href="/api/docs">API</a>
        {caller?.kind === 'person' && <ActionButton onAction={signOut}>Sign out</ActionButton>}
      </div>
    </Dropdown>
  )
}

const Account = ({ caller }: { readonly caller: Caller }) => (
  <dl class="facts">
    <Fact name="Account">
      <ClientText text={caller.name ?? caller.subject ?? ''} />
    </Fact>
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
