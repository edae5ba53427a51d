import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

type FieldProps = {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: boolean
}

/** A labelled field; what it is for, and what is wrong with it, are read out with it. */
export function Field({
  label,
  description,
  wrong,
  children,
}: {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly wrong?: string | undefined
  readonly children: (props: FieldProps) => ComponentChildren
}) {
  const id = useId()
  const described = [description && `${id}-says`, wrong && `${id}-wrong`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(described !== '' && { 'aria-describedby': described }),
        ...(wrong && { 'aria-invalid': true }),
      })}
      {description && (
        <p class="muted" id={`${id}-says`}>
          {description}
        </p>
      )}
      {wrong && (
        <p class="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </div>
  )
}

/** One of several values, each with its words. */
export const SelectField = ({
  label,
  description,
  value,
  words,
  choose,
}: {
  readonly label: ComponentChildren
  readonly description?: ComponentChildren
  readonly value: string
  readonly words: Readonly<Record<string, string>>
  readonly choose: (value: string) => void
}) => (
  <Field label={label} description={description}>
    {props => (
      <select {...props} value={value} onChange={event => choose(event.currentTarget.value)}>
        {Object.entries(words).map(([name, text]) => (
          <option key={name} value={name}>
            {name === text ? name : `${name}: ${text}`}
          </option>
        ))}
      </select>
    )}
  </Field>
)
