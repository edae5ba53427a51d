import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Need } from '../../domain/contract/operation.ts'
import { isAvailable } from '../caller.ts'

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

export const TextField = ({
  label,
  description,
  error,
  value,
  onChange,
  ...input
}: {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly error?: string | undefined
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
  readonly inputMode?: 'numeric' | 'url'
  readonly maxLength?: number
}) => (
  <Field label={label} description={description} error={error}>
    {props => (
      <input
        {...input}
        {...props}
        value={value}
        onInput={event => onChange(event.currentTarget.value)}
        autocomplete="off"
        spellcheck={false}
      />
    )}
  </Field>
)

export const LinesField = ({
  label,
  description,
  error,
  value,
  onChange,
}: {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly error?: string | undefined
  readonly value: string
  readonly onChange: (value: string) => void
}) => (
  <Field label={label} description={description} error={error}>
    {props => (
      <textarea
        {...props}
        value={value}
        rows={Math.max(2, value.split('\n').length)}
        onInput={event => onChange(event.currentTarget.value)}
        spellcheck={false}
      />
    )}
  </Field>
)

export const toLines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

export const bindText = <Name extends string, Draft extends Readonly<Record<Name, string>>>(
  draft: Draft,
  onChange: (draft: Draft) => void,
  name: Name,
) => ({
  value: draft[name],
  onChange: (value: string) => onChange({ ...draft, [name]: value }),
})

export const SelectField = <Value extends string>({
  label,
  description,
  value,
  options,
  need = 'none',
  onChange,
}: {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly value: Value
  readonly need?: Need
  readonly options: Readonly<Record<Value, string>>
  readonly onChange: (value: Value) => void
}) => (
  <Field label={label} description={description}>
    {props => (
      <select
        {...props}
        value={value}
        disabled={!isAvailable(need)}
        onChange={event => onChange(event.currentTarget.value as Value)}
      >
        {Object.entries<string>(options).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    )}
  </Field>
)

export const RadioField = <Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: Value
  readonly options: Readonly<Record<Value, string>>
  readonly onChange: (value: Value) => void
}) => {
  const name = useId()
  return (
    <fieldset class="radio-group">
      <legend>{label}</legend>
      {Object.entries<string>(options).map(([option, text]) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            checked={value === option}
            onChange={() => onChange(option as Value)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  )
}
