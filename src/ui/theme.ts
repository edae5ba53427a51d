import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'
const key = 'scimulator-theme'

const storedTheme = localStorage.getItem(key)

/** How the pages look; `system` goes by what the machine prefers. */
export const theme = signal<Theme>(storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system')

effect(() => {
  if (theme.value === 'system') {
    localStorage.removeItem(key)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(key, theme.value)
    document.documentElement.dataset.theme = theme.value
  }
})
