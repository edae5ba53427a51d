import type { ComponentChildren } from 'preact'
import { ActionButton } from './basics.tsx'
import { Dialog } from './dialog.tsx'

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
