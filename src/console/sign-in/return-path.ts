import { pageAddresses } from '../../domain/contract/page-addresses.ts'

const isPage = (pathname: string): boolean => {
  const segments = pathname.split('/')
  return Object.values(pageAddresses).some(address => {
    const expected = address.split('/')
    return (
      expected.length === segments.length &&
      expected.every((part, at) => (part.startsWith(':') ? segments[at] !== '' : part === segments[at]))
    )
  })
}

/** A cookie holds it, encrypted, and browsers keep no cookie of more than 4096 bytes. */
const maxLength = 1000

/** The path and query of a page of the console; the first page for anything else, such as a URL. */
export function toReturnPath(text: unknown): string {
  if (typeof text !== 'string' || text.length > maxLength) return '/'
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)) return '/'
  const url = URL.parse(text, 'http://console.invalid')
  if (url?.host !== 'console.invalid' || !isPage(url.pathname)) return '/'
  return url.pathname + url.search
}
