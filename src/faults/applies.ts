import type { OperationName } from '../profiles/profile.ts'
import type { FaultMatch } from './fault.ts'

/** What of a request decides whether a fault is meant for it. */
export type RequestFacts = {
  /** The id of the tenant, where one is known. */
  readonly tenant: string | undefined
  readonly method: string
  /** What the address asks for; neither of discovery, of bulk requests and of unknown addresses. */
  readonly type: string | undefined
  readonly operation: OperationName | undefined
  /** As it was received. */
  readonly url: string
  /** As it was received; asked only by a fault that looks for a text. */
  readonly body: () => string
}

/** Whether everything that is given applies. Names of types and texts are compared without case. */
export const isAbout = (match: FaultMatch, request: RequestFacts): boolean =>
  (match.tenant === undefined || match.tenant === request.tenant) &&
  (match.methods === undefined || match.methods.some(name => name === request.method)) &&
  (match.type === undefined || match.type.toLowerCase() === request.type?.toLowerCase()) &&
  (match.operations === undefined || match.operations.some(name => name === request.operation)) &&
  (match.text === undefined || hasText(match.text.toLowerCase(), request))

/** People write the text of a filter as they read it: without percent signs. */
const hasText = (text: string, { url, body }: RequestFacts) =>
  [url, decoded(url), body()].some(place => place.toLowerCase().includes(text))

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    return url
  }
}
