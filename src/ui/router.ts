import { computed, signal } from '@preact/signals'
import { type PageName, pageAddresses } from '../domain/contract/page-addresses.ts'

export const pagesByType: Readonly<Record<string, 'user' | 'group'>> = { User: 'user', Group: 'group' }

export type PageProps = { readonly tenant?: string; readonly id?: string }

type Params = Readonly<Record<string, string>>
type Route = { readonly page: PageName; readonly params: Params } | undefined

const address = signal(new URL(location.href))

let isHistoryNavigation = false

let isFirstPage = true

/** Whether the page is not the one that the browser loaded. */
export const hasNavigated = (): boolean => !isFirstPage

addEventListener('popstate', () => {
  isHistoryNavigation = true
  isFirstPage = false
  address.value = new URL(location.href)
})

/** Whether the page was reached by Back or Forward, so that the user expects it unchanged. */
export const isBackNavigation = (): boolean => isHistoryNavigation

export const route = computed<Route>(() => matchPage(address.value.pathname))

export const query = computed(() => address.value.searchParams)

const patterns = Object.entries(pageAddresses).map(([page, pattern]) => ({
  page: page as PageName,
  segments: pattern.split('/'),
}))

function matchPage(path: string): Route {
  const parts = path.replace(/(.)\/$/, '$1').split('/')
  for (const { page, segments } of patterns) {
    if (segments.length !== parts.length) continue
    const params: Record<string, string> = {}
    const matches = segments.every((segment, index) => {
      const text = parts[index] ?? ''
      if (!segment.startsWith(':')) return segment === text
      params[segment.slice(1)] = decode(text)
      return text !== ''
    })
    if (matches) return { page, params }
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The address of a page: `pathTo('user', { tenant, id }, { at })`. Empty and undefined query values are omitted. */
export function pathTo(
  page: PageName,
  params: Params = {},
  search: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = pageAddresses[page].replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((params[name] ?? '').toWellFormed()),
  )
  const parameters = Object.entries(search).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return parameters.length === 0 ? path : `${path}?${new URLSearchParams(parameters)}`
}

export function navigate(path: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const url = new URL(path, location.href)
  const isOtherPage = url.pathname !== address.value.pathname
  isHistoryNavigation = false
  if (isOtherPage) isFirstPage = false
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  address.value = url
  if (isOtherPage) scrollTo(0, 0)
}

export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const url = new URL(address.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value)
    else url.searchParams.delete(name)
  }
  navigate(url.pathname + url.search, { replace: true })
}

export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return
  if (!matchPage(link.pathname)) return
  if (link.hash !== '' && link.pathname === location.pathname) return
  event.preventDefault()
  navigate(link.pathname + link.search)
}
