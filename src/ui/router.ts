import { computed, signal } from '@preact/signals'
import { type PageName, pageAddresses } from '../contract/page-addresses.ts'

/** The page that shows a resource of a type, where the type has one. */
export const pagesByType: Readonly<Record<string, 'user' | 'group'>> = { User: 'user', Group: 'group' }

/** What a page is given: the parts of its address. */
export type PageProps = { readonly tenant?: string; readonly id?: string }

export type Params = Readonly<Record<string, string>>
export type Route = { readonly page: PageName; readonly params: Params } | undefined

const address = signal(new URL(location.href))

let isHistoryNavigation = false

addEventListener('popstate', () => {
  isHistoryNavigation = true
  address.value = new URL(location.href)
})

/** Whether the shown page was reached by Back or Forward, so that its reader expects it as it was left. */
export const isBackNavigation = (): boolean => isHistoryNavigation

/** Which page is shown; undefined for an address of none. */
export const route = computed<Route>(() => matchPage(address.value.pathname))

/** The query of the address; a page's own state that is worth a bookmark lives there. */
export const query = computed(() => address.value.searchParams)

const patterns = Object.entries(pageAddresses).map(([page, pattern]) => ({
  page: page as PageName,
  segments: pattern.split('/'),
}))

function matchPage(path: string): Route {
  const found = path.replace(/(.)\/$/, '$1').split('/')
  for (const { page, segments } of patterns) {
    if (segments.length !== found.length) continue
    const params: Record<string, string> = {}
    const fits = segments.every((segment, at) => {
      const text = found[at] ?? ''
      if (!segment.startsWith(':')) return segment === text
      params[segment.slice(1)] = decoded(text)
      return text !== ''
    })
    if (fits) return { page, params }
  }
  return undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The address of a page: `pathTo('user', { tenant, id }, { at })`. Empty and absent parts of the query are left out. */
export function pathTo(
  page: PageName,
  params: Params = {},
  search: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = pageAddresses[page].replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((params[name] ?? '').toWellFormed()),
  )
  const given = Object.entries(search).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

/** Goes to an address of the console without loading the page anew. */
export function navigate(path: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const url = new URL(path, location.href)
  const moved = url.pathname !== address.value.pathname
  isHistoryNavigation = false
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  address.value = url
  if (moved) scrollTo(0, 0)
}

/** Changes parts of the query, as typing in a search field does: without a step in the history. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const url = new URL(address.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value)
    else url.searchParams.delete(name)
  }
  navigate(url.pathname + url.search, { replace: true })
}

/** Follows links of the console by itself; what opens elsewhere is left to the browser. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return
  if (!matchPage(link.pathname)) return
  // To a part of this page.
  if (link.hash !== '' && link.pathname === location.pathname) return
  event.preventDefault()
  navigate(link.pathname + link.search)
}
