import { mark } from '../../domain/journal/credentials.ts'
import { withoutFilter } from '../../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { createRedactor } from '../../scim/redaction/redactor.ts'
import { rewriteComparisons, rewritePath } from './query-text.ts'
import { isDiscovery, type RecordedRequest } from './recording.ts'

/**
 * Replaces the texts about people and organizations: the same text by the same replacement wherever it occurs, so that
 * look-ups, references and repeated values still match. IDs of the server stay, unless they are addresses.
 */
export function replacePersonalData(requests: readonly RecordedRequest[]): readonly RecordedRequest[] {
  const pseudonyms = createPseudonyms()
  const rewriteRequest = createRewriting(pseudonyms)
  const rewritten = requests.map(request => (isDiscovery(request.path) ? request : rewriteRequest(request)))
  // Sentences can quote any of the texts, also those of later requests.
  const quoted = [...pseudonyms.entries()]
    .filter(([text]) => text.length >= shortestQuoted)
    .map(([text, placeholder]) => ({ text, placeholder }))
    .sort((one, other) => other.text.length - one.text.length)
  const { redact } = createRedactor(quoted)
  const known = new Map<string, string>()
  const rewriteSentence = (text: string): string => {
    const found = known.get(text) ?? redact(text).replace(otherAddresses, anyAddress)
    known.set(text, found)
    return found
  }
  return rewritten.map(request => rewriteSentences(request, rewriteSentence))
}

/** Shorter texts occur in ordinary words. */
const shortestQuoted = 4
const otherAddresses = /(?<![\w.+'-])[\w.+'-]+@(?!example\.com\b)[\w-]+(?:\.[\w-]+)+/g
const anyAddress = 'user@example.com'

type Place = { readonly name: string; readonly parent: string; readonly isGroup: boolean }

function placeOf(path: string, parent: string, isGroup: boolean): Place {
  const plain = withoutFilter(path).toLowerCase()
  const names = plain.slice(plain.lastIndexOf(':') + 1).split('.')
  return { name: names.at(-1) ?? '', parent: names.at(-2) ?? parent, isGroup }
}

/** Their text is about the protocol, or too coarse to identify anybody. Every other text is replaced. */
const keptMembers = new Set(
  [
    ...['schemas', 'id', 'resourceType', 'version', 'created', 'lastModified', 'type', 'op', 'method'],
    ...['bulkId', 'status', 'scimType', 'country', 'locale', 'timezone', 'preferredLanguage', 'userType'],
    ...['active', 'primary', 'nextCursor', 'previousCursor', 'cursor', 'sortBy', 'sortOrder', 'attributes'],
    ...['excludedAttributes'],
  ].map(name => name.toLowerCase()),
)

const references = new Set(['members', 'manager', 'groups'])

const addresses = new Set(['$ref', 'location'])

const isKept = (text: string, { name, parent }: Place): boolean =>
  text === '' ||
  text === mark ||
  /^(true|false|urn:.*)$/i.test(text) ||
  keptMembers.has(name) ||
  references.has(name) ||
  (name === 'value' && references.has(parent))

const kinds: Readonly<Record<string, TextKind>> = {
  username: 'user-name',
  emails: 'user-name',
  givenname: 'given-name',
  familyname: 'family-name',
  phonenumbers: 'phone',
  externalid: 'identifier',
  employeenumber: 'identifier',
  x509certificates: 'certificate',
  formatted: 'person',
  nickname: 'person',
}

function kindOf({ name, parent, isGroup }: Place): TextKind {
  if (name === 'displayname') return isGroup ? 'group' : 'person'
  if (name === 'display') return parent === 'groups' ? 'group' : 'person'
  if (parent === 'addresses') return 'text'
  return kinds[name === 'value' ? parent : name] ?? 'text'
}

const transparent = new Set(['value', 'operations', 'resources', 'data'])

function createRewriting({ replace }: Pseudonyms): (request: RecordedRequest) => RecordedRequest {
  /** Some servers use an address as the ID. */
  const segment = (text: string): string => (text.includes('@') ? replace('user-name', text) : text)
  const address = (url: string): string => rewritePath(url, segment, (_, value) => value)

  const text = (value: string, place: Place): string => {
    if (addresses.has(place.name)) return address(value)
    if (isKept(value, place)) return segment(value)
    return nestedJson(value, place) ?? replace(kindOf(place), value)
  }
  /** Some clients send the value of a PATCH operation as JSON in a string. */
  const nestedJson = (value: string, place: Place): string | undefined => {
    if (!/^\s*[[{]/.test(value)) return undefined
    try {
      return JSON.stringify(json(JSON.parse(value), place))
    } catch {
      return undefined
    }
  }
  const json = (value: Json, place: Place): Json => {
    if (typeof value === 'string') return text(value, place)
    if (Array.isArray(value)) return value.map(item => json(item, place))
    return isObject(value) ? object(value, place) : value
  }
  const filter = (value: string, isGroup: boolean): string =>
    rewriteComparisons(value, (attribute, compared) => text(compared, placeOf(attribute, '', isGroup)))

  const object = (value: JsonObject, place: Place): JsonObject => {
    const path = typeof value.path === 'string' ? value.path : undefined
    const isGroup = place.isGroup || (path?.startsWith('/Groups') ?? false)
    const target = path === undefined || path.startsWith('/') ? undefined : placeOf(path, '', isGroup)
    const member = (name: string, content: Json): Json => {
      const folded = name.toLowerCase()
      if (typeof content === 'string') {
        if (folded === 'path') return path?.startsWith('/') ? address(content) : filter(content, isGroup)
        if (folded === 'filter') return filter(content, isGroup)
        // Sentences are rewritten once all texts are known.
        if (folded === 'detail') return content
      }
      if (folded === 'value' && target) return json(content, target)
      const isTransparent = transparent.has(folded) && typeof content === 'object'
      return json(content, isTransparent ? { ...place, isGroup } : placeOf(name, place.name, isGroup))
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, content]) => [name, member(name, content)] as const),
    )
  }

  const body = <Message extends { readonly body?: Json | undefined }>(
    message: Message,
    isGroup: boolean,
  ): Message =>
    message.body === undefined
      ? message
      : { ...message, body: json(message.body, { name: '', parent: '', isGroup }) }

  return request => {
    const isGroup = /^\/Groups\b/.test(request.path)
    const { response } = request
    return withoutTexts({
      ...body(request, isGroup),
      path: rewritePath(request.path, segment, (name, value) =>
        name === 'filter' ? filter(value, isGroup) : value,
      ),
      ...(response && { response: { ...body(response, isGroup), ...locationOf(response.headers, address) } }),
    })
  }
}

const locationOf = (
  headers: Readonly<Record<string, string>> | undefined,
  rewrite: (url: string) => string,
): { readonly headers?: Record<string, string> } =>
  headers === undefined
    ? {}
    : {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name,
            name.toLowerCase() === 'location' ? rewrite(value) : value,
          ]),
        ),
      }

/** Leaves out bodies that are not JSON: it is not known which parts of them are about people. */
function withoutTexts({ bodyText, response, missing = [], ...request }: RecordedRequest): RecordedRequest {
  const { bodyText: responseText, ...rest } = response ?? {}
  const left = [
    ...missing,
    ...(bodyText === undefined ? [] : (['request-body'] as const)),
    ...(responseText === undefined ? [] : (['response-body'] as const)),
  ]
  return {
    ...request,
    ...(response && { response: { ...rest, status: response.status } }),
    ...(left.length > 0 && { missing: [...new Set(left)] }),
  }
}

function rewriteSentences(request: RecordedRequest, rewrite: (text: string) => string): RecordedRequest {
  const { name, response } = request
  return {
    ...request,
    ...(name !== undefined && { name: rewrite(name) }),
    ...(response?.body !== undefined && {
      response: { ...response, body: rewriteDetails(response.body, rewrite) },
    }),
  }
}

const rewriteDetails = (value: Json, rewrite: (text: string) => string): Json => {
  if (Array.isArray(value)) return value.map(item => rewriteDetails(item, rewrite))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name.toLowerCase() === 'detail' && typeof member === 'string'
        ? rewrite(member)
        : rewriteDetails(member, rewrite),
    ]),
  )
}

type TextKind =
  | 'user-name'
  | 'given-name'
  | 'family-name'
  | 'person'
  | 'group'
  | 'phone'
  | 'identifier'
  | 'certificate'
  | 'text'

type Pseudonyms = {
  readonly replace: (kind: TextKind, text: string) => string
  readonly entries: () => Iterable<readonly [text: string, replacement: string]>
}

function createPseudonyms(): Pseudonyms {
  const known = new Map<string, string>()
  /** By the text in lower case: texts that differ in case only get replacements that differ in case only. */
  const bases = new Map<string, { readonly base: string; count: number }>()
  const counts = new Map<string, number>()

  const numberOf = (form: string) => {
    const number = (counts.get(form) ?? 0) + 1
    counts.set(form, number)
    return number
  }
  const create = (kind: TextKind, text: string): string => {
    const folded = text.toLowerCase()
    const same = bases.get(folded)
    if (same) {
      same.count += 1
      return withUpperCase(same.base, same.count - 1)
    }
    const base = pseudonym(kind, text, numberOf)
    bases.set(folded, { base, count: 1 })
    return base
  }
  return {
    replace: (kind, text) => {
      const found = known.get(text)
      if (found !== undefined) return found
      const replacement = create(kind, text)
      known.set(text, replacement)
      return replacement
    },
    entries: () => known,
  }
}

const withUpperCase = (text: string, letters: number): string => {
  const upper = text.slice(0, letters).toUpperCase()
  const changed = upper + text.slice(letters)
  return changed === text ? text.toUpperCase() : changed
}

function pseudonym(kind: TextKind, text: string, numberOf: (form: string) => number): string {
  if (/^\d{4}-\d\d-\d\d(T.*)?$/.test(text)) return `2000-01-01${text.includes('T') ? 'T00:00:00Z' : ''}`
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return `https://www.example.com/${numberOf('url')}`
  if (/^[^\s@"]+@[^\s@"]+$/.test(text)) return `user${numberOf('address')}@example.com`
  switch (kind) {
    case 'user-name':
      return `user${numberOf('user-name')}`
    case 'given-name':
      return `Given${numberOf(kind)}`
    case 'family-name':
      return `Family${numberOf(kind)}`
    case 'person':
      return `Person ${numberOf(kind)}`
    case 'group':
      return `Group ${numberOf(kind)}`
    case 'phone':
      return `${/^tel:/i.test(text) ? 'tel:' : ''}+1-202-555-${String(numberOf(kind)).padStart(4, '0')}`
    case 'identifier':
      return sameForm(text, numberOf(kind))
    case 'certificate':
      return 'MAA='
    case 'text':
      return `Text ${numberOf(kind)}`
  }
}

/** Prefixes by which identifiers of a vendor are recognized, such as those of Okta's users. */
const kept = /^(00[ug]|f:)/

function sameForm(text: string, number: number): string {
  const digits = String(number)
  const prefix = kept.exec(text)?.[0] ?? ''
  const rest = text.slice(prefix.length)
  const places = [...rest.matchAll(/[\p{L}\p{N}]/gu)].map(({ index }) => index)
  if (places.length < digits.length) return `${prefix}id${digits}`
  const written = new Map(places.slice(-digits.length).map((place, at) => [place, digits.charAt(at)]))
  const zeros = [...rest].map((character, at) =>
    /[\p{L}\p{N}]/u.test(character) ? (written.get(at) ?? '0') : character,
  )
  return prefix + zeros.join('')
}
