import { signal } from '@preact/signals'
import { Dialog } from './dialog.tsx'
import { Field } from './field.tsx'

const uncopied = signal<string | undefined>(undefined)

/**
 * Copies a text to the clipboard; returns false if the person has to do it in the dialog that opens. Browsers offer
 * `navigator.clipboard` in secure contexts only: HTTPS and localhost, not a host name over plain HTTP.
 */
export async function copyText(text: string): Promise<boolean> {
  if ((await writeClipboard(text)) || copySelection(text)) return true
  uncopied.value = text
  return false
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    // Absent outside of secure contexts, unlike its type.
    const clipboard: Clipboard | undefined = navigator.clipboard
    await clipboard?.writeText(text)
    return clipboard !== undefined
  } catch {
    return false
  }
}

/**
 * Copies by the browser's command. It needs a selection, here of a text that leaves the focus where it is, in the topmost dialog:
 * everything below a modal dialog is inert.
 */
function copySelection(text: string): boolean {
  const selected = document.createElement('span')
  selected.textContent = 'copied'
  selected.className = 'visually-hidden'
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
  dialog.append(selected)
  const selection = document.getSelection()
  selection?.selectAllChildren(selected)
  const putText = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
  }
  document.addEventListener('copy', putText)
  const copied = document.execCommand('copy')
  document.removeEventListener('copy', putText)
  selection?.removeAllRanges()
  selected.remove()
  return copied
}

export const CopyDialog = () =>
  uncopied.value === undefined ? null : (
    <Dialog title="Copy" onClose={() => (uncopied.value = undefined)}>
      <Field
        label="Press Ctrl-C to copy"
        description="This browser copies only over HTTPS or from localhost."
      >
        {props => (
          <textarea
            {...props}
            readOnly
            autofocus
            rows={6}
            value={uncopied.value}
            onFocus={event => event.currentTarget.select()}
          />
        )}
      </Field>
    </Dialog>
  )
