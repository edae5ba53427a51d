import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Need } from '../../domain/contract/operation.ts'
import { isAvailable } from '../caller.ts'
import { query, setQuery } from '../router.ts'
import { Options } from './text.tsx'

type FieldProps = {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: boolean
}

export function Field({
  label,
  description,
  error,
  children,
}: {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly error?: string | undefined
  readonly children: (props: FieldProps) => ComponentChildren
}) {
  const id = useId()
  const describedBy = [description && `${id}-description`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(describedBy !== '' && { 'aria-describedby': describedBy }),
        ...(error && { 'aria-invalid': true }),
      })}
      {description && (
        <p class="muted" id={`${id}-description`}>
          {description}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}

/** A field as data. With options it is a choice, else a text. */
export type FieldSpec = {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly kind?: 'lines' | 'area' | 'number' | 'url' | 'time' | 'radio' | 'check'
  readonly options?: Readonly<Record<string, string>>
  readonly placeholder?: string
  readonly maxLength?: number
  /** A blank text is omitted from the body; else it is sent, or clears the member when something is edited. */
  readonly whenBlank?: 'send' | 'clear'
}

type InputProps = {
  readonly spec: FieldSpec
  readonly value: string
  readonly error?: string | undefined
  readonly need?: Need | undefined
  readonly onChange: (value: string) => void
}

export function Input({ spec, value, error, need = 'none', onChange }: InputProps) {
  const { label, description, kind, options, placeholder, maxLength } = spec
  const group = useId()
  if (kind === 'radio')
    return (
      <fieldset class="radio-group">
        <legend>{label}</legend>
        {Object.entries(options ?? {}).map(([option, text]) => (
          <label key={option}>
            <input type="radio" name={group} checked={value === option} onChange={() => onChange(option)} />
            {text}
          </label>
        ))}
      </fieldset>
    )
  if (kind === 'check')
    return (
      <label class="check">
        <input type="checkbox" checked={value !== ''} onChange={() => onChange(value === '' ? 'yes' : '')} />
        {label}
      </label>
    )
  const onInput = (event: { readonly currentTarget: { readonly value: string } }) =>
    onChange(event.currentTarget.value)
  const inputMode = kind === 'number' ? 'numeric' : kind === 'url' ? 'url' : undefined
  const text = { value, onInput, spellcheck: false, placeholder, maxLength, inputMode } as const
  const rows = kind === 'area' ? 4 : Math.max(2, value.split('\n').length)
  return (
    <Field label={label} description={description} error={error}>
      {props =>
        options ? (
          <select {...props} value={value} disabled={!isAvailable(need)} onChange={onInput}>
            <Options of={options} />
          </select>
        ) : kind === 'time' ? (
          <input {...props} type="datetime-local" value={value} onInput={onInput} />
        ) : kind === 'lines' || kind === 'area' ? (
          <textarea {...props} {...text} rows={rows} />
        ) : (
          <input {...props} {...text} autocomplete="off" />
        )
      }
    </Field>
  )
}

type ValueFieldProps<Value extends string> = Pick<FieldSpec, 'label' | 'description'> & {
  readonly value: Value
  readonly need?: Need
  readonly onChange: (value: Value) => void
}

/** Fields outside of a dialog. */
export const SelectField = <Value extends string>({
  value,
  need,
  onChange,
  ...spec
}: ValueFieldProps<Value> & { readonly options: Readonly<Record<Value, string>> }) => (
  <Input spec={spec} value={value} need={need} onChange={text => onChange(text as Value)} />
)

export const TextField = ({ value, onChange, ...spec }: ValueFieldProps<string>) => (
  <Input spec={spec} value={value} onChange={onChange} />
)

/** Milliseconds. */
const typingDelay = 250

/** Sets a parameter of the address soon after the last key, or at once by Enter. */
export function SearchInput({
  name,
  label,
  hint,
  errorId,
}: {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly errorId?: string | false | undefined
}) {
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const text = query.value.get(name) ?? ''
  const apply = () => {
    clearTimeout(timer.current)
    const entered = field.current?.value.trim()
    if (entered !== (query.peek().get(name) ?? '')) setQuery({ [name]: entered })
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  // A link, a button or Back may change the text.
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = text
  }, [text])
  return (
    <input
      ref={field}
      type="search"
      class="filter-field"
      aria-label={label}
      aria-invalid={Boolean(errorId)}
      aria-describedby={errorId || undefined}
      placeholder={hint}
      defaultValue={text}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      onInput={() => {
        clearTimeout(timer.current)
        timer.current = setTimeout(apply, typingDelay)
      }}
      onChange={apply}
    />
  )
}

export type Draft = Readonly<Record<string, string>>

/**
 * The body that fields describe, by paths such as `assertion.issuer`; paths that begin with a colon are only for the form.
 * Invalid values are kept, so that the API reports them.
 */
export function readBody(specs: ReadonlyMap<string, FieldSpec>, draft: Draft, cleared?: null) {
  const body: Record<string, unknown> = {}
  for (const [path, spec] of specs) {
    const value = readText(spec, draft[path] ?? '', cleared)
    if (path.startsWith(':') || value === undefined) continue
    const [name = '', part] = path.split('.')
    // An object whose parts are all blank is cleared as a whole.
    if (part !== undefined && value === null) body[name] ??= null
    else body[name] = part === undefined ? value : { ...(body[name] as object | null), [part]: value }
  }
  return body
}

function readText({ kind, whenBlank }: FieldSpec, written: string, cleared: null | undefined): unknown {
  if (kind === 'check') return written !== ''
  const text = written.trim()
  if (text === '' && whenBlank !== 'send') return whenBlank === 'clear' ? cleared : undefined
  if (kind === 'lines') return text.split('\n').flatMap(line => line.trim() || [])
  return kind === 'number' && /^\d+$/.test(text) ? Number(text) : text
}
