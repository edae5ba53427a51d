import type { Fault } from '../answers.ts'
import { apiPath, remove } from '../api.ts'
import { ActionButton, ClientText } from '../components/elements.tsx'
import { formatCount } from '../format.ts'
import { liveStatus } from '../live.ts'
import { faults } from '../state.ts'
import { type Theme, theme } from '../theme.ts'
import { menuButton, menuOpen } from './navigation.tsx'

/** Says that faults are active, and where, so that a forgotten one isn't taken for a defect. */
export const FaultBanner = () => {
  const armed = faults.value
  if (armed.length === 0) return null
  return (
    <aside class="banner" aria-label="Active faults">
      <p>
        <strong>{formatCount(armed.length, 'fault')} active:</strong>{' '}
        <ClientText text={armed.map(formatFault).join('; ')} />. <a href="/faults">View</a>
      </p>
      <ActionButton act={() => remove(apiPath(['faults']))}>Turn off all</ActionButton>
    </aside>
  )
}

const formatFault = ({ name, words, match: { tenant } }: Fault): string =>
  `${name ?? words} (${tenant ?? 'all tenants'})`

export const Header = () => (
  <header class="top">
    <button
      ref={menuButton}
      type="button"
      class="menu"
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
    <LiveStatus />
    <ThemeChoice />
  </header>
)

const statusLabels = {
  connecting: ['Connecting', 'plain'],
  live: ['Live', 'good'],
  broken: ['Not live: reconnecting', 'bad'],
  resting: ['Resting while hidden', 'plain'],
} as const

const LiveStatus = () => {
  const [label, tone] = statusLabels[liveStatus.value]
  return (
    <p class={`live ${tone}`} role="status">
      <span class="dot" aria-hidden="true" /> {label}
    </p>
  )
}

const ThemeChoice = () => (
  <label class="theme">
    <span class="unseen">Colours</span>
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
