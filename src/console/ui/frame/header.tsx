import { liveness } from '../live.ts'
import { type Theme, theme } from '../theme.ts'
import { menuButton, menuOpen } from './navigation.tsx'

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
    <LiveSign />
    <ThemeChoice />
  </header>
)

const signs = {
  connecting: ['Connecting', 'plain'],
  live: ['Live', 'good'],
  broken: ['Not live: reconnecting', 'bad'],
  resting: ['Resting while hidden', 'plain'],
} as const

const LiveSign = () => {
  const [words, tone] = signs[liveness.value]
  return (
    <p class={`live ${tone}`} role="status">
      <span class="dot" aria-hidden="true" /> {words}
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
