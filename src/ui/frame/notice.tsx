import { signal } from '@preact/signals'

const notice = signal<{ readonly text: string; readonly isError: boolean } | undefined>(undefined)

let timer: ReturnType<typeof setTimeout> | undefined

function show(text: string, isError: boolean): void {
  clearTimeout(timer)
  notice.value = { text, isError }
  timer = setTimeout(dismiss, isError ? 12_000 : 5000)
}

export const announce = (text: string): void => show(text, false)
export const announceError = (text: string): void => show(text, true)

function dismiss(): void {
  notice.value = undefined
}

export const Notice = () => (
  <div class="notice" role="status" aria-live="polite">
    {notice.value && (
      <p class={notice.value.isError ? 'bad' : ''}>
        {notice.value.text}{' '}
        <button type="button" aria-label="Dismiss message" onClick={dismiss}>
          ✕
        </button>
      </p>
    )}
  </div>
)
