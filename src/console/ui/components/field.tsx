import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

type FieldParts = {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: boolean
}

/** A labelled field; what it is for, and what is wrong with it, are read out with it. */
export function Field({
  label,
  says,
  wrong,
  children,
}: {
  readonly label: ComponentChildren
  readonly says?: ComponentChildren
  readonly wrong?: string | undefined
  readonly children: (parts: FieldParts) => ComponentChildren
}) {
  const id = useId()
  const described = [says && `${id}-says`, wrong && `${id}-wrong`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(described !== '' && { 'aria-describedby': described }),
        ...(wrong && { 'aria-invalid': true }),
      })}
      {says && (
        <p class="muted" id={`${id}-says`}>
          {says}
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
