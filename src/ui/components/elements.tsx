import { type ComponentChildren, Fragment } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { formatClockLead } from '../../entra/duration.ts'
import type { ApiProblem } from '../api.ts'
import { formatSpan } from '../format.ts'
import { announceError } from '../notices.ts'

type Children = { readonly children?: ComponentChildren }

/** The head of a page: its name, a sentence about it, and what can be done there. */
export function PageHead({
  title,
  description,
  children,
}: Children & { readonly title: string; readonly description?: ComponentChildren }) {
  // What a page is about may be known only later than that it is there.
  useEffect(() => {
    document.title = `${escapeHidden(title)} · Scimulator`
  }, [title])
  return (
    <header class="page-head">
      <div>
        <h1 tabIndex={-1} dir="auto">
          {escapeHidden(title)}
        </h1>
        {description && <p class="muted">{description}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  )
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'accent'

export const Badge = ({
  tone = 'plain',
  title,
  children,
}: Children & { readonly tone?: Tone; readonly title?: string }) => (
  <span class={`badge ${tone}`} title={title}>
    {children}
  </span>
)

/** Whatever a client wrote: its own direction doesn't reach its neighbours, and invisible characters are told. */
export const ClientText = ({ text }: { readonly text: string }) => (
  <bdi class="foreign">{escapeHidden(text)}</bdi>
)

// Controls, zero-width characters, and those that turn the direction of what follows.
const hiddenCharacters = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Characters that can't be seen, by their code points: `\u202e`. */
export const escapeHidden = (text: string): string =>
  text.replace(
    hiddenCharacters,
    character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )

/** A moment: the time of day, with the date unless it is today's; the whole of it on hover. */
export function Time({ at, relative = false }: { readonly at: string; readonly relative?: boolean }) {
  const date = new Date(at)
  return (
    <time dateTime={at} title={`${date.toLocaleString()} (${at})`}>
      {relative ? formatAgo(date) : formatMoment(date)}
    </time>
  )
}

/** A moment by the tenant's clock, with how far that was ahead of the server's. */
export function TenantTime({ at, tenantTime }: { readonly at: string; readonly tenantTime: string }) {
  const lead = formatClockLead(Date.parse(tenantTime) - Date.parse(at))
  return (
    <>
      <Time at={tenantTime} />
      {lead !== '' && (
        <>
          {' '}
          <span
            class="muted"
            title={`The tenant’s clock was this far ahead; the server’s time was ${new Date(at).toLocaleString()}`}
          >
            {lead}
          </span>
        </>
      )}
    </>
  )
}

/** "2026-03-01 14:00:00". */
export const formatDateTime = (date: Date): string =>
  `${date.toLocaleDateString('en-CA')} ${date.toLocaleTimeString('en-GB')}`

function formatMoment(date: Date): string {
  const today = new Date().toDateString() === date.toDateString()
  return today ? date.toLocaleTimeString('en-GB') : formatDateTime(date)
}

function formatAgo(date: Date): string {
  const left = date.getTime() - Date.now()
  if (Math.abs(left) < 1000) return 'now'
  return left < 0 ? `${formatSpan(left)} ago` : `in ${formatSpan(left)}`
}

/** Nothing to show yet, and what to do about it. */
export const Empty = ({ title, children }: Children & { readonly title: string }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
)

export const ProblemBox = ({ problem, children }: Children & { readonly problem: ApiProblem }) => (
  <div class="problem" role="alert">
    <p>{problem.message}</p>
    {children}
  </div>
)

export const Loading = ({ what = 'Loading' }: { readonly what?: string }) => (
  <p class="muted loading" role="status">
    {what}…
  </p>
)

/** Does something that takes a while; can't be pressed again until it is done. What goes wrong is told. */
export function ActionButton({
  act,
  tone = 'plain',
  disabled = false,
  label,
  children,
}: Children & {
  readonly act: () => unknown
  readonly tone?: 'plain' | 'primary' | 'danger'
  readonly disabled?: boolean
  readonly label?: string
}) {
  const [busy, setBusy] = useState(false)
  const press = async () => {
    setBusy(true)
    try {
      await act()
    } catch (error) {
      announceError(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <button
      type="button"
      class={tone}
      disabled={busy || disabled}
      aria-busy={busy}
      aria-label={label}
      onClick={press}
    >
      {children}
    </button>
  )
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), 2000)
  }
  return (
    <ActionButton act={copy} label={`Copy ${what}`}>
      {copied ? 'Copied' : 'Copy'}
    </ActionButton>
  )
}

/** A text that is there to be copied: an address, a command. */
export const Copyable = ({ text, what }: { readonly text: string; readonly what: string }) => (
  <div class="copyable">
    <code>{text}</code>
    <CopyButton text={text} what={what} />
  </div>
)

/** One line of what is known at a glance; it stands in a `dl`. */
export const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

/** A sentence of our own in which backticks set off what is code. */
export const Prose = ({ text }: { readonly text: string }) => (
  <>
    {text.split('`').map((part, at) => (
      <Fragment key={at}>{at % 2 === 1 ? <code>{part}</code> : part}</Fragment>
    ))}
  </>
)

const address = /(https:\/\/[^\s;,)]+)/

/** Where something is known from: the addresses in it lead there, in a tab of their own. */
export const Source = ({ text }: { readonly text: string }) => (
  <span class="source">
    {text.split(address).map((part, at) =>
      at % 2 === 1 ? (
        <a key={part} href={part} target="_blank" rel="noreferrer">
          {part.replace('https://', '')}
        </a>
      ) : (
        part
      ),
    )}
  </span>
)
