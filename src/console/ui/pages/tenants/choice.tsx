import type { ComponentChildren } from 'preact'
import { Field } from '../../components/field.tsx'

/** One of several values, each with its words. */
export const Choice = ({
  label,
  says,
  value,
  words,
  choose,
}: {
  readonly label: ComponentChildren
  readonly says?: ComponentChildren
  readonly value: string
  readonly words: Readonly<Record<string, string>>
  readonly choose: (value: string) => void
}) => (
  <Field label={label} says={says}>
    {parts => (
      <select {...parts} value={value} onChange={event => choose(event.currentTarget.value)}>
        {Object.entries(words).map(([name, text]) => (
          <option key={name} value={name}>
            {name === text ? name : `${name}: ${text}`}
          </option>
        ))}
      </select>
    )}
  </Field>
)
