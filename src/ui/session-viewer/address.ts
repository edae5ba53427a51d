import { signal } from '@preact/signals'
import type { Moment } from './state-at.ts'

/** A view of the file. It is in the fragment of the address, so that back and links work without a server. */
export type Address =
  | { readonly view: 'requests'; readonly cycle?: string }
  | { readonly view: 'request'; readonly id: string }
  | { readonly view: 'cycles' }
  | { readonly view: 'findings' }
  | { readonly view: 'resources'; readonly type: string }
  | { readonly view: 'resource'; readonly id: string }

export const hrefTo = (address: Address): string => `#${new URLSearchParams(address)}`

function parseAddress(hash: string): Address {
  const parameters = new URLSearchParams(hash.slice(1))
  const [id, type, cycle] = ['id', 'type', 'cycle'].map(name => parameters.get(name) ?? '')
  switch (parameters.get('view')) {
    case 'request':
      return { view: 'request', id: id ?? '' }
    case 'cycles':
      return { view: 'cycles' }
    case 'findings':
      return { view: 'findings' }
    case 'resources':
      return { view: 'resources', type: type ?? '' }
    case 'resource':
      return { view: 'resource', id: id ?? '' }
    default:
      return { view: 'requests', ...(cycle && { cycle }) }
  }
}

export const address = signal<Address>(parseAddress(location.hash))

addEventListener('hashchange', () => {
  address.value = parseAddress(location.hash)
})

/** Undefined for the end of the session. */
export const moment = signal<Moment | undefined>(undefined)

export const text = signal('')
