import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { type ApiProblem, isChallenge } from '../api.ts'
import { toApiProblem } from '../load.ts'
import { ProblemBox } from './feedback.tsx'

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
  useEffect(() => {
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
    <DialogForm label={label} tone="danger" onSubmit={async () => onConfirm()} onClose={onClose}>
      {() => <p>{children}</p>}
    </DialogForm>
  </Dialog>
)

export type ErrorAt = (path: string) => string | undefined

/** The form of a dialog. Enter submits it. Errors are shown in it, because a modal dialog hides the rest of the page. */
export function DialogForm({
  label,
  tone = 'primary',
  cancel = 'Cancel',
  onSubmit,
  onClose,
  children,
}: {
  readonly label: string
  readonly tone?: 'primary' | 'danger'
  readonly cancel?: string
  readonly onSubmit: () => Promise<unknown>
  readonly onClose: () => void
  readonly children: (errorAt: ErrorAt) => ComponentChildren
}) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const errorAt: ErrorAt = path =>
    problem?.errors.find(error => error.path.startsWith(`body.${path}`))?.message
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    await onSubmit().catch((error: unknown) => {
      if (!isChallenge(error)) setProblem(toApiProblem(error))
    })
    setBusy(false)
  }
  return (
    <form onSubmit={submit} noValidate>
      {problem && <ProblemBox problem={problem} />}
      {children(errorAt)}
      <div class="actions">
        <button type="submit" class={tone} disabled={busy} aria-busy={busy}>
          {label}
        </button>
        <button type="button" onClick={onClose}>
          {cancel}
        </button>
      </div>
    </form>
  )
}
