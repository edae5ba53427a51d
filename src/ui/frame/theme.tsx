import { effect, signal } from '@preact/signals'
import { MenuChoice } from './navigation.tsx'

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
  <MenuChoice
    label="Theme"
    value={theme.value}
    options={{ system: 'System', light: 'Light', dark: 'Dark' }}
    onChange={setTheme}
  />
)
