import { remembered } from '../scim/remembered.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { holdsUrl, shownHeader } from './credentials.ts'
import { maskBody } from './mask-body.ts'
import { maskUrl } from './mask-url.ts'
import { secretNames } from './secret-names.ts'
import { secretText } from './secret-text.ts'

type Headers = Readonly<Record<string, string>>

/** Takes the secrets out of what the journal keeps, on the way in: nothing later has to remember to. */
export type Mask = {
  readonly headers: (headers: Readonly<Record<string, unknown>>) => Headers
  readonly url: (url: string) => string
  /** To be given the whole body: one that is cut first can't be read, and is withheld when it names a secret. */
  readonly body: (text: string) => string
  /** For what is said of a mistake, also to the client. */
  readonly detail: (sentence: string) => string
  /** For what is said of the request. */
  readonly words: (words: string) => string
}

/** The mask for requests about resources of these types; without them, of a request that could be about any. */
export type MaskFor = (types?: readonly ResourceType[]) => Mask

/** `names` are secrets whatever the types; `everybodys` are the types of each tenant, as they are now. */
export function createMaskFor(
  names: readonly string[],
  everybodys: () => readonly (readonly ResourceType[])[] = () => [],
): MaskFor {
  const usual = createMask(names)
  const others = remembered((types: readonly ResourceType[]) =>
    secretNames(types).filter(name => !names.includes(name)),
  )
  const maskWith = (more: readonly string[]) => (more.length === 0 ? usual : createMask([...names, ...more]))
  const special = remembered((types: readonly ResourceType[]) => maskWith(others(types)))
  let general = { names: '', mask: usual }
  const ofAny = () => {
    const all = [...new Set(everybodys().flatMap(others))]
    if (all.join() !== general.names) general = { names: all.join(), mask: maskWith(all) }
    return general.mask
  }
  return types => (types ? special(types) : ofAny())
}

/** `names` are those of the attributes that are never returned, as `secretNames` finds them in the tables. */
export function createMask(names: readonly string[]): Mask {
  const secret = secretText(names)
  const url = (text: string) => maskUrl(secret, text)
  return {
    headers: headers => maskHeaders(headers, url),
    url,
    body: text => maskBody(secret, text),
    detail: secret.maskQuoted,
    words: secret.maskWords,
  }
}

type MaskText = (text: string) => string

/** Of each request, so in the plainest way. */
function maskHeaders(headers: Readonly<Record<string, unknown>>, maskUrlIn: MaskText): Headers {
  const masked: Record<string, string> = {}
  for (const name in headers) {
    const value = String(headers[name])
    masked[name] = shownHeader(name, value) ?? (holdsUrl(name, value) ? maskUrlIn(value) : value)
  }
  return masked
}
