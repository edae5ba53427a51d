import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiProblem, isChallenge } from '../api.ts'
import { announce } from '../frame/notice.tsx'
import { offlineSince } from '../live.ts'
import { toApiProblem } from '../load.ts'
import { LabeledCopy } from './buttons.tsx'
import { Dialog } from './dialog.tsx'
import { ProblemBox } from './feedback.tsx'
import { type Draft, type FieldSpec, Input, readBody } from './field.tsx'

type Credential = {
  readonly secret?: string
  readonly values: Readonly<Record<string, string>>
  readonly hint?: ComponentChildren
}

/** What follows: a message, and the form closes; values that are shown once; or a result below the fields. */
type Outcome = string | { readonly credential: Credential } | { readonly result: ComponentChildren }

type MemberOf<Value> = Value extends readonly unknown[]
  ? never
  : Value extends object
    ? keyof Value & string
    : never

type PathOf<Body> = Body extends object
  ? { [Name in keyof Body & string]: Name | `${Name}.${MemberOf<Body[Name]>}` }[keyof Body & string]
  : never

export type FormSpec<Body> = {
  readonly title: string
  readonly label: string
  readonly cancel?: string
  readonly danger?: true
  readonly text?: ComponentChildren
  /** The values at first. An edit sends only the members that the person changes. */
  readonly draft?: Draft
  readonly edits?: true
  /** Only the fields that it renders are sent. */
  readonly fields?: (
    field: (path: PathOf<Body> | `:${string}`, spec: FieldSpec) => ComponentChildren,
    draft: Draft,
  ) => ComponentChildren
  readonly submit: (body: Body, draft: Draft) => Promise<Outcome>
}

export type AnyForm = FormSpec<Record<string, unknown>>

/** A form whose body is of a type. */
export const form = <Body,>(spec: FormSpec<Body>): AnyForm => spec as unknown as AnyForm

export type Question = Pick<AnyForm, 'title' | 'text'> & {
  readonly submit: () => Promise<unknown>
  /** What is announced then. */
  readonly done: string
}

/** Asks before something that can't be undone. */
export const question = (label: string, { title, text, submit, done }: Question): AnyForm => ({
  title,
  label,
  text,
  danger: true,
  submit: async () => {
    await submit()
    return done
  },
})

/** Enter submits it. Errors are shown in it, because a modal dialog hides the rest of the page. */
export function Form({ spec, onClose }: { readonly spec: AnyForm; readonly onClose: () => void }) {
  const { label, cancel = 'Cancel', danger, text, draft: first = {}, edits, fields, submit } = spec
  const [draft, setDraft] = useState(first)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const [outcome, setOutcome] = useState<Exclude<Outcome, string>>()
  if (outcome && 'credential' in outcome) return <NewCredential {...outcome.credential} onClose={onClose} />
  const specs = new Map<string, FieldSpec>()
  const field = (path: string, one: FieldSpec) => {
    specs.set(path, one)
    return (
      <Input
        spec={one}
        value={draft[path] ?? ''}
        error={problem?.errors.find(error => isAbout(error.path, `body.${path}`))?.message}
        onChange={value => setDraft({ ...draft, [path]: value })}
      />
    )
  }
  const send = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    setOutcome(undefined)
    try {
      const body = edits
        ? changesBetween(readBody(specs, first, null), readBody(specs, draft, null))
        : readBody(specs, draft)
      const next = await submit(body, draft)
      if (typeof next !== 'string') setOutcome(next)
      else {
        announce(next)
        onClose()
      }
    } catch (error) {
      if (!isChallenge(error)) setProblem(toApiProblem(error))
    }
    setBusy(false)
  }
  return (
    <form onSubmit={send} noValidate>
      {problem && <ProblemBox problem={problem} />}
      {text && <p>{text}</p>}
      {fields?.(field, draft)}
      {outcome && <div role="status">{outcome.result}</div>}
      <div class="actions">
        <button
          type="submit"
          class={danger ? 'danger' : 'primary'}
          disabled={busy || offlineSince.value !== undefined}
          aria-busy={busy}
        >
          {label}
        </button>
        <button type="button" onClick={onClose}>
          {cancel}
        </button>
      </div>
    </form>
  )
}

/** An error of `scopes` is shown at `scopes.read`, too. */
const isAbout = (place: string, path: string) => place.startsWith(path) || path.startsWith(`${place}.`)

const changesBetween = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  )

/** Opens forms as dialogs. `dialog` is to be rendered. */
export function useForms(onClosed: () => void = () => {}) {
  const [spec, open] = useState<AnyForm>()
  const close = () => {
    open(undefined)
    onClosed()
  }
  const dialog = spec && (
    <Dialog title={spec.title} onClose={close}>
      <Form spec={spec} onClose={close} />
    </Dialog>
  )
  return { open, dialog }
}

function NewCredential({ secret, values, hint, onClose }: Credential & { readonly onClose: () => void }) {
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
