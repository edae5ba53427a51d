import { useLayoutEffect, useRef } from 'preact/hooks'
import { query, setQuery } from '../router.ts'
import { Options } from './text.tsx'

export type View = {
  readonly label: string
  readonly count?: number | string | undefined
  /** The count is of what needs attention. */
  readonly isBad?: boolean
}

const addressOf = (view: string | undefined) => {
  const url = new URL(location.href)
  url.search = ''
  for (const name of ['tenant', 'at']) {
    const value = query.value.get(name)
    if (value) url.searchParams.set(name, value)
  }
  if (view !== undefined) url.searchParams.set('view', view)
  return url.pathname + url.search
}

/** The view of the address; the first one without it. */
export function viewIn<Name extends string>(views: Readonly<Record<Name, unknown>>): Name {
  const names = Object.keys(views) as Name[]
  const asked = query.value.get('view')
  return names.find(name => name === asked) ?? (names[0] as Name)
}

/** Views of one subject: a word and its count. Each is an address, so that Back and a link lead to it. */
export function Views<Name extends string>({
  label,
  views,
  chosen,
}: {
  readonly label: string
  readonly views: Readonly<Record<Name, View>>
  /** The view of an address without one, if it isn't the first; undefined until it is known. */
  readonly chosen?: { readonly view: Name | undefined } | undefined
}) {
  const current = chosen ? chosen.view : viewIn(views)
  const element = useRef<HTMLElement>(null)
  const known = Object.values<View>(views).filter(({ count }) => count !== undefined).length
  // A phone shows a part of them.
  useLayoutEffect(() => {
    element.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' })
  }, [current, known])
  return (
    <nav ref={element} class="views" aria-label={label}>
      {(Object.entries(views) as [Name, View][]).map(([name, { label: text, count, isBad }], at) => (
        <a
          key={name}
          href={addressOf(at === 0 && !chosen ? undefined : name)}
          aria-current={name === current ? 'page' : undefined}
        >
          {text}{' '}
          {count !== undefined && (
            <small class={isBad && count !== 0 ? 'bad' : ''}>
              {typeof count === 'number' ? count.toLocaleString('en') : count}
            </small>
          )}
        </a>
      ))}
    </nav>
  )
}

/** A choice that is in the address. */
export const QuerySelect = ({
  name,
  label,
  value,
  options,
}: {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly options: Readonly<Record<string, string>>
}) => (
  <select
    aria-label={label}
    value={value}
    onChange={event => setQuery({ [name]: event.currentTarget.value })}
  >
    <Options of={options} />
  </select>
)
