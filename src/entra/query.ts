import type { MappedValue } from './mapped-value.ts'

export type Endpoint = 'Users' | 'Groups'

export const endpointOf = (kind: 'user' | 'group'): Endpoint => (kind === 'user' ? 'Users' : 'Groups')

/** Blanks as +, quotes as %22, @ as %40: as recorded (azure-docs#11784). */
export const queryText = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')

// RFC 7644 §3.4.2.2: values are JSON strings.
const quoted = (value: string) => JSON.stringify(value)

/** The look-up of an object by a matching attribute. Groups never come with their members. */
export const matchPath = (endpoint: Endpoint, attribute: string, value: string): string => {
  const filter = `filter=${queryText(`${attribute} eq ${quoted(value)}`)}`
  return endpoint === 'Groups' ? `/Groups?excludedAttributes=members&${filter}` : `/Users?${filter}`
}

/** An object under its own address, to be written to. */
export const objectPath = (endpoint: Endpoint, id: string): string => `/${endpoint}/${encodeURIComponent(id)}`

/** The same, to be read. */
export const readPath = (endpoint: Endpoint, id: string): string =>
  objectPath(endpoint, id) + (endpoint === 'Groups' ? '?excludedAttributes=members' : '')

/** A value as a filter holds it; undefined for what cannot be matched by. */
export const matchValue = (value: MappedValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
