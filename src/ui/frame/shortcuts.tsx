import { signal } from '@preact/signals'
import { Dialog } from '../components/dialog.tsx'
import { canNotify, notifies, setNotifies } from './attention.ts'

type Open = 'palette' | 'shortcuts' | undefined

export const opened = signal<Open>(undefined)

export const close = (): void => {
  opened.value = undefined
}

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.altKey) return
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    if (opened.value === 'palette') close()
    else if (!document.querySelector('dialog[open]')) opened.value = 'palette'
  } else if (event.key === '?' && !isTyping(event) && !document.querySelector('dialog[open]')) {
    event.preventDefault()
    opened.value = 'shortcuts'
  }
})

const shortcuts: readonly (readonly [keys: readonly string[], effect: string])[] = [
  [['Ctrl', 'K'], 'Find a user, group, request, page or action (⌘ K on a Mac)'],
  [['?'], 'Show this list'],
  [['↑', '↓'], 'Move in the list of requests and in search results'],
  [['Enter'], 'Open the selected row or result'],
  [['Esc'], 'Close a dialog or a menu'],
  [['j'], 'The next, older request of the list, on the page of a request'],
  [['k'], 'The previous, newer request of the list'],
]

export const ShortcutSheet = () => (
  <Dialog title="Keyboard shortcuts" onClose={close}>
    <dl class="shortcuts">
      {shortcuts.map(([keys, effect]) => (
        <div key={effect}>
          <dt>
            {keys.map(key => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{effect}</dd>
        </div>
      ))}
    </dl>
    <h3>In the background</h3>
    <p>
      The title of the tab counts requests that were refused with status 400 or above, such as{' '}
      <b>(3) Activity</b>, until you return. Of several tabs in the background, one counts.
    </p>
    {canNotify && (
      <label>
        <input
          type="checkbox"
          checked={notifies.value}
          onChange={({ currentTarget }) => void setNotifies(currentTarget.checked)}
        />{' '}
        Notify me of them, without a sound
      </label>
    )}
  </Dialog>
)
