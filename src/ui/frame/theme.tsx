import { effect, signal } from '@preact/signals'

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
