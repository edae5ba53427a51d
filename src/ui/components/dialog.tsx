import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { ActionButton } from './buttons.tsx'

/** A modal dialog. Escape and the close button close it. */
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
  const heading = useId()
  useEffect(() => {
    element.current?.showModal()
  }, [])
  return (
    <dialog ref={element} aria-labelledby={heading} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" aria-label="Close" onClick={() => element.current?.close()}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  )
}

/** Confirms an action that can't be undone. */
export const ConfirmDialog = ({
  title,
  label,
  onConfirm,
  onClose,
  children,
}: {
  readonly title: string
  readonly label: string
  readonly onConfirm: () => unknown
  readonly onClose: () => void
  readonly children: ComponentChildren
}) => (
  <Dialog title={title} onClose={onClose}>
    <p>{children}</p>
    <div class="actions">
      <ActionButton tone="danger" onAction={onConfirm}>
        {label}
      </ActionButton>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
    </div>
  </Dialog>
)
