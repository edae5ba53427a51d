import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { ActionButton } from './elements.tsx'

/** A dialog over the page; Escape and its button close it. */
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

/** Asks before something that can't be undone. */
export const ConfirmDialog = ({
  title,
  words,
  act,
  onClose,
  children,
}: {
  readonly title: string
  /** What the button says that does it. */
  readonly words: string
  readonly act: () => unknown
  readonly onClose: () => void
  readonly children: ComponentChildren
}) => (
  <Dialog title={title} onClose={onClose}>
    <p>{children}</p>
    <div class="actions">
      <ActionButton tone="danger" act={act}>
        {words}
      </ActionButton>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
    </div>
  </Dialog>
)
