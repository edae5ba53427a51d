import { effect, signal } from '@preact/signals'

export const pageTitle = signal('Scimulator')
export const titleMark = signal('')

effect(() => {
  document.title = titleMark.value + pageTitle.value
})
