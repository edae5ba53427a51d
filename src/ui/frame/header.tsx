import type { Fault } from '../../domain/contract/faults.ts'
import { call } from '../api.ts'
import { isAllowed } from '../caller.ts'
import { ActionButton } from '../components/buttons.tsx'
import { May } from '../components/may.tsx'
import { ClientText } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { liveStatus } from '../live.ts'
import { faults } from '../state.ts'
import { Account } from './account.tsx'
import { menuButton, menuOpen } from './navigation.tsx'
import { PaletteButton } from './palette.tsx'
import { TenantSwitch } from './tenant-switch.tsx'
import { ThemeSelect } from './theme.tsx'

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
