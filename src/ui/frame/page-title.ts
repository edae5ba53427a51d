import { effect, signal } from '@preact/signals'

/** The title of the current page. */
export const pageTitle = signal('Scimulator')
/** What the title of the tab begins with. */
export const titleMark = signal('')

effect(() => {
  document.title = titleMark.value + pageTitle.value
})
