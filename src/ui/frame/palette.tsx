import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { Dialog } from '../components/dialog.tsx'
import { escapeHidden } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { navigate } from '../router.ts'
import { announceError } from './notice.tsx'
import { findObjects, findPages, type Result } from './palette-results.ts'
import { close, opened, ShortcutSheet } from './shortcuts.tsx'

export const KeyboardDialogs = () => {
  switch (opened.value) {
    case 'palette':
      return <Palette />
    case 'shortcuts':
      return <ShortcutSheet />
    case undefined:
      return null
  }
}

export const PaletteButton = () => (
  <button
    type="button"
    class="palette-button"
    aria-keyshortcuts="Control+K"
    onClick={() => {
      opened.value = 'palette'
    }}
  >
    Find <kbd>Ctrl K</kbd>
  </button>
)

const typingDelay = 150

function Palette() {
  const list = useId()
  const text = useSignal('')
  const objects = useSignal<readonly Result[]>([])
  const selected = useSignal(0)
  const results = [...objects.value, ...findPages(text.value)]

  useEffect(() => {
    const controller = new AbortController()
    const timer = setTimeout(() => {
      findObjects(text.value, controller.signal).then(
        found => {
          if (!controller.signal.aborted) objects.value = found
        },
        // The pages are still found.
        () => {},
      )
    }, typingDelay)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text.value])

  const idOf = (at: number) => `${list}-${at}`
  const select = (at: number) => {
    selected.value = (at + results.length) % Math.max(1, results.length)
    document.getElementById(idOf(selected.value))?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') select(selected.value + 1)
    else if (event.key === 'ArrowUp') select(selected.value - 1)
    else if (event.key === 'Enter') choose(results[selected.value])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Find" onClose={close}>
      <input
        // A field of the type "search" needs Escape twice, once to clear it.
        type="text"
        list={undefined}
        // biome-ignore lint/a11y/noRedundantRoles: the field has no datalist, which would imply the role
        role="combobox"
        class="palette-field"
        aria-label="User, group, request, page or action"
        placeholder="User, group, request, page or action"
        aria-expanded="true"
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={results.length > 0 ? idOf(selected.value) : undefined}
        autocomplete="off"
        spellcheck={false}
        autofocus
        onInput={event => {
          text.value = event.currentTarget.value.trim()
          selected.value = 0
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label="Results" class="palette-results">
        {results.map((result, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the selected option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={idOf(at)}
            id={idOf(at)}
            role="option"
            aria-selected={at === selected.value}
            onClick={() => choose(result)}
          >
            <span class="muted">{result.kind}</span> <bdi>{escapeHidden(result.name)}</bdi>{' '}
            {result.detail !== undefined && <span class="muted">{escapeHidden(result.detail)}</span>}
          </div>
        ))}
      </div>
      <p class="visually-hidden" role="status">
        {formatCount(results.length, 'result')}
      </p>
    </Dialog>
  )
}

function choose(result: Result | undefined): void {
  if (!result) return
  close()
  if (typeof result.target === 'string') navigate(result.target)
  else
    Promise.resolve(result.target()).catch((error: unknown) =>
      announceError(error instanceof Error ? error.message : String(error)),
    )
}
