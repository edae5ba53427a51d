import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { isChallenge } from '../api.ts'
import { announceError } from '../frame/notice.tsx'
import { copyText } from './copy.tsx'
import { useOffline } from './may.tsx'

export function ActionButton({
  onAction,
  tone = 'plain',
  disabled = false,
  label,
  children,
}: {
  readonly onAction: () => unknown
  readonly tone?: 'plain' | 'primary' | 'danger'
  readonly disabled?: boolean
  readonly label?: string
  readonly children?: ComponentChildren
}) {
  const [busy, setBusy] = useState(false)
  const isOffline = useOffline()
  const press = async () => {
    setBusy(true)
    try {
      await onAction()
    } catch (error) {
      if (!isChallenge(error)) announceError(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <button
      type="button"
      class={tone}
      disabled={busy || disabled || isOffline}
      aria-busy={busy}
      aria-label={label}
      onClick={press}
    >
      {children}
    </button>
  )
}

export function CopyButton({
  text,
  what,
  children = 'Copy',
}: {
  readonly text: string
  readonly what: string
  readonly children?: string
}) {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const copy = async () => {
    if (!(await copyText(text))) return
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), 2000)
  }
  return (
    <ActionButton onAction={copy} label={`Copy ${what}`}>
      {copied ? 'Copied' : children}
    </ActionButton>
  )
}

export const Copyable = ({ text, what }: { readonly text: string; readonly what: string }) => (
  <div class="copyable">
    <code>{text}</code>
    <CopyButton text={text} what={what} />
  </div>
)

export const LabeledCopy = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <div class="labeled-copy">
    <span>{label}</span>
    <Copyable what={`the ${label.slice(0, 1).toLowerCase()}${label.slice(1)}`} text={text} />
  </div>
)
