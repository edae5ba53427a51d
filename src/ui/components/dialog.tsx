import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}) {
  const element = useRef<HTMLDialogElement>(null)
  const isClosed = useRef(false)
  const heading = useId()
  // Before the next key, which belongs to the dialog.
  useLayoutEffect(() => {
    element.current?.showModal()
  }, [])
  // The browser reports that a dialog was closed some time later, when another one may be open.
  const close = () => {
    if (isClosed.current) return
    isClosed.current = true
    element.current?.close()
    onClose()
  }
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={event => {
        event.preventDefault()
        close()
      }}
      onClose={close}
    >
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  )
}
