import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { pagesByType, pathTo } from '../router.ts'
import { ClientText } from './text.tsx'

type Resource = {
  readonly type?: string | undefined
  readonly id?: string | undefined
  readonly tenant?: string | undefined
  readonly revision?: number | undefined
}

/** Where records are shown; undefined if the reader has no page of one. */
export type AddressBook = {
  readonly resource: (resource: Resource) => string | undefined
  readonly exchange: (id: string) => string | undefined
  readonly cycle: (id: string) => string
  readonly credentials: (tenant: string | undefined) => string | undefined
}

/** Those of the console; an exported file has others. */
export const Addresses = createContext<AddressBook>({
  resource({ type = '', id, tenant, revision }) {
    const page = pagesByType[type]
    if (!page || id === undefined || tenant === undefined) return undefined
    return pathTo(page, { tenant, id }, { revision: revision?.toString() })
  },
  exchange: id => pathTo('exchange', { id }),
  cycle: id => pathTo('cycle', { id }),
  credentials: tenant =>
    tenant === undefined ? undefined : pathTo('connect', { tenant }, { view: 'credentials' }),
})

type Shown = { readonly text?: string | undefined; readonly children?: ComponentChildren }

/** A user or a group by its name. */
export function ResourceLink({ text, children, ...resource }: Resource & Shown) {
  const href = useContext(Addresses).resource(resource)
  const shown = children ?? <ClientText text={text ?? resource.id ?? ''} />
  return href === undefined ? shown : <a href={href}>{shown}</a>
}

export function ExchangeLink({
  id,
  children,
}: {
  readonly id: string
  readonly children: ComponentChildren
}) {
  const href = useContext(Addresses).exchange(id)
  return href === undefined ? children : <a href={href}>{children}</a>
}
