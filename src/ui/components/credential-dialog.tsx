import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { LabeledCopy } from './buttons.tsx'
import { Dialog, DialogForm, type ErrorAt } from './dialog.tsx'

export type ShownCredential = {
  readonly secret?: string
  readonly values: Readonly<Record<string, string>>
  readonly hint?: ComponentChildren
}

export function CredentialDialog<Created>({
  title,
  label,
  create,
  show,
  onClose,
  children,
}: {
  readonly title: string
  readonly label: string
  readonly create: () => Promise<Created>
  readonly show: (created: Created) => ShownCredential
  readonly onClose: () => void
  readonly children: (errorAt: ErrorAt) => ComponentChildren
}) {
  const [created, setCreated] = useState<Created>()
  return (
    <Dialog title={title} onClose={onClose}>
      {created === undefined ? (
        <DialogForm label={label} onSubmit={async () => setCreated(await create())} onClose={onClose}>
          {children}
        </DialogForm>
      ) : (
        <NewCredential {...show(created)} onClose={onClose} />
      )}
    </Dialog>
  )
}

function NewCredential({
  secret,
  values,
  hint,
  onClose,
}: ShownCredential & { readonly onClose: () => void }) {
  const element = useRef<HTMLDivElement>(null)
  // The button that had the focus is gone.
  useEffect(() => element.current?.focus(), [])
  return (
    <>
      <div class="issued-token" ref={element} tabIndex={-1}>
        <p>
          {secret === undefined
            ? 'Created. The client needs these values:'
            : `Copy the ${secret} now. You won’t be able to see it again.`}
        </p>
        {Object.entries(values).map(([label, text]) => (
          <LabeledCopy key={label} label={label} text={text} />
        ))}
      </div>
      {hint}
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          Done
        </button>
      </div>
    </>
  )
}
