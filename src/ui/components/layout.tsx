import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import { pageTitle } from '../frame/page-title.ts'
import { type View, Views } from './views.tsx'

export function PageHead({
  title,
  about,
  description,
  children,
}: {
  readonly title: string
  /** What stands beside the title: its state, or what identifies the object. */
  readonly about?: ComponentChildren
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
        {about && <span class="muted">{about}</span>}
        {description && <p class="muted">{description}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  )
}

/** A page whose content is one of several views of its subject. */
export const ViewedPage = <Name extends string>({
  title,
  views,
  chosen,
  actions,
  children,
}: {
  readonly title: string
  readonly views: Readonly<Record<Name, View>>
  readonly chosen?: { readonly view: Name | undefined }
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}) => (
  <>
    <PageHead title={title}>{actions}</PageHead>
    <Views label={title} views={views} chosen={chosen} />
    {children}
  </>
)

type FactProps = { readonly name: ComponentChildren; readonly children: ComponentChildren }

/** Nothing is shown of a fact without a value. */
export const Fact = ({ name, children }: FactProps) =>
  children === undefined || children === null || children === false || children === '' ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )

type FactsProps = { readonly of: Readonly<Record<string, ComponentChildren>>; readonly class?: string }

export const Facts = ({ of, class: style = 'facts' }: FactsProps) => (
  <dl class={style}>
    {Object.entries(of).map(([name, value]) => (
      <Fact key={name} name={name}>
        {value}
      </Fact>
    ))}
  </dl>
)
