import { effect, signal } from '@preact/signals'

export const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const storageKey = 'scimulator-theme'

const stored = localStorage.getItem(storageKey)

export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')

export function setTheme(chosen: Theme): void {
  theme.value = chosen
}

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
  <label class="menu-choice">
    <span>Theme</span>
    <select value={theme.value} onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}>
      <option value="system">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  </label>
)
