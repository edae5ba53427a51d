import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import { pageTitle } from '../frame/page-title.ts'

export function PageHead({
  title,
  description,
  children,
}: {
  readonly title: string
  readonly description?: ComponentChildren
  readonly children?: ComponentChildren
}) {
  // The title may change when the data is loaded.
  useEffect(() => {
    pageTitle.value = `${escapeHidden(title)} · Scimulator`
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

export const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
