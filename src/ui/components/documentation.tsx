import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { docsPage } from '../../domain/documentation.ts'

/** The address of a page of the documentation, with `{page}` for its name; undefined if the server has none. */
export const docs = signal<string | undefined>(undefined)

/** Nothing if the server has no documentation. */
export const DocsLink = ({
  page,
  children,
}: {
  readonly page: string
  readonly children: ComponentChildren
}) => (docs.value === undefined ? null : <a href={docsPage(docs.value, page)}>{children}</a>)

/** The ID of a rule or finding, which leads to its page in the documentation. */
export const DocumentedId = ({
  id,
  page,
}: {
  readonly id: string
  readonly page: (docs: string, id: string) => string
}) =>
  docs.value === undefined ? (
    <code>{id}</code>
  ) : (
    <a href={page(docs.value, id)}>
      <code>{id}</code>
    </a>
  )
