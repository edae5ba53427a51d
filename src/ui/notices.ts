import { signal } from '@preact/signals'

/** What was done last, shown for a while and read out. */
export const notice = signal<{ readonly text: string; readonly bad: boolean } | undefined>(undefined)

let timer: ReturnType<typeof setTimeout> | undefined

function show(text: string, bad: boolean): void {
  clearTimeout(timer)
  notice.value = { text, bad }
  timer = setTimeout(dismiss, bad ? 12_000 : 5000)
}

export const announce = (text: string): void => show(text, false)
export const announceError = (text: string): void => show(text, true)

export function dismiss(): void {
  notice.value = undefined
}
