import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { ProfileName } from '../../../profiles/names.ts'
import type { AttributeViolation, BrokenRule } from '../../../profiles/profile.ts'
import { pathText, resolveAttribute, withoutFilter } from '../../../scim/attribute.ts'
import { compact, isObject, type Json } from '../../../scim/json.ts'
import type { ResourceType } from '../../../scim/resource-types.ts'
import { excerpt } from '../../../scim/text.ts'
import type { Evaluation } from '../evaluation/evaluate.ts'

export type RejectedAttribute = Omit<AttributeViolation, 'kind'> & {
  /** `taken`: another resource has the value. */
  readonly kind: AttributeViolation['kind'] | 'taken'
  readonly value?: string
  /** JSON pointers (RFC 6901) to the rejected values in the body. */
  readonly pointers: readonly string[]
}

export type Rejection = {
  readonly profile: ProfileName
  readonly isTenantProfile: boolean
  readonly rule?: BrokenRule
  readonly attributes: readonly RejectedAttribute[]
  /** What is wrong with which value. */
  readonly reason: string
  readonly summary: string
}

type RejectedRequest = {
  readonly exchange: Pick<Exchange, 'operation' | 'status'>
  readonly body: Json | undefined
  readonly type: ResourceType | undefined
}

export function explainRejection(
  request: RejectedRequest,
  evaluations: readonly Evaluation[],
): Rejection | undefined {
  const own = evaluations.find(({ isTenantProfile }) => isTenantProfile)
  const aws = evaluations.find(({ profile }) => profile === 'aws')
  const evaluation = request.exchange.status >= 400 ? own : aws
  if (!evaluation || evaluation.accepted) return undefined
  const { profile, isTenantProfile, rules } = evaluation
  const [rule] = rules
  const attributes = rejectedAttributes(request, evaluation)
  const reason = reasonOf(evaluation, attributes, request)
  return {
    profile,
    isTenantProfile,
    ...compact({ rule }),
    attributes,
    reason,
    summary: `${subjectOf(evaluation)} ${objectOf(request)}: ${reason}`,
  }
}

const subjectOf = ({ profile, isTenantProfile }: Evaluation): string => {
  if (profile === 'aws') return isTenantProfile ? 'AWS rejected' : 'AWS would reject'
  return 'The server rejected'
}

const objectOf = ({ exchange, type }: RejectedRequest): string => {
  if (exchange.operation === 'create' && type) return `this ${type.name.toLowerCase()}`
  return exchange.operation === 'update' || exchange.operation === 'replace' ? 'this change' : 'this request'
}

function rejectedAttributes(
  { body, type }: RejectedRequest,
  { rules, taken }: Evaluation,
): readonly RejectedAttribute[] {
  const violations: readonly Omit<RejectedAttribute, 'pointers'>[] =
    rules.length === 0 && taken !== undefined
      ? [{ path: taken, kind: 'taken' }]
      : rules.flatMap(({ attributes = [] }) => attributes)
  const unique = new Map(violations.map(violation => [`${violation.kind} ${violation.path}`, violation]))
  return [...unique.values()].map(violation => {
    const found = type && body !== undefined ? locateAttribute(type, body, violation.path) : []
    const wrong = found.filter(({ value }) => violates(violation, value))
    const [first] = wrong
    return {
      ...violation,
      ...(first && violation.kind !== 'missing' && { value: excerpt(asText(first.value), maxValue) }),
      pointers: wrong.map(({ pointer }) => pointer),
    }
  })
}

const maxValue = 200

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function violates(
  { kind, maximum = 0, characters = '' }: Pick<RejectedAttribute, 'kind' | 'maximum' | 'characters'>,
  value: Json,
): boolean {
  switch (kind) {
    case 'characters':
      return typeof value === 'string' && [...characters].some(character => value.includes(character))
    case 'too-long':
      return typeof value === 'string' && value.length > maximum
    case 'empty':
      return value === ''
    default:
      return true
  }
}

const maxAttributes = 3

function reasonOf(
  { rules: [rule], detail }: Evaluation,
  attributes: readonly RejectedAttribute[],
  { type }: RejectedRequest,
): string {
  if (attributes.length === 0) return rule?.description ?? detail ?? 'it gave no reason.'
  const described = attributes.slice(0, maxAttributes).map(attribute => describe(attribute, type))
  const more = attributes.length - described.length
  return `${described.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
}

function describe(
  { path, kind, value, maximum, characters = '' }: RejectedAttribute,
  type: ResourceType | undefined,
): string {
  const name = `\`${path}\``
  switch (kind) {
    case 'missing':
      return `${name} is missing`
    case 'empty':
      return `${name} is empty`
    case 'too-long':
      return maximum === undefined ? `${name} is too long` : `${name} has more than ${maximum} characters`
    case 'characters':
      return characters === ''
        ? `${name} contains characters that are not allowed`
        : `${name} contains ${describeCharacters(characters)}`
    case 'too-many':
      return `${name} has more than one value`
    case 'reserved':
      return value === undefined ? `${name} is a reserved name` : `${name} is the reserved name "${value}"`
    case 'unsupported':
      return `${name} is not supported`
    case 'taken':
      return `another ${type?.name.toLowerCase() ?? 'resource'} already has this ${name}`
  }
}

type LocatedValue = {
  /** A JSON pointer (RFC 6901): `/Operations/0/value`. */
  readonly pointer: string
  readonly value: Json
}

/** `path` is as `pathText` writes it. Filters in the path of a PATCH operation are ignored. */
function locateAttribute(type: ResourceType, body: Json, path: string): readonly LocatedValue[] {
  const wanted = path.toLowerCase()
  const operations = memberOf(body, 'operations')
  if (!operations || !Array.isArray(operations.value)) return valuesBelow(type, body, '', '', wanted)
  return operations.value.flatMap((operation, index) => {
    const value = memberOf(operation, 'value')
    const target = memberOf(operation, 'path')?.value
    if (!value) return []
    const above = typeof target === 'string' ? nameBelow(type, '', withoutFilter(target)) : ''
    return valuesBelow(type, value.value, above, `/${operations.name}/${index}/${value.name}`, wanted)
  })
}

/** The member of an object, by its name in lower case. Names are case insensitive (RFC 7643 §2.1). */
function memberOf(
  object: Json,
  lowerCase: string,
): { readonly name: string; readonly value: Json } | undefined {
  if (!isObject(object)) return undefined
  const found = Object.entries(object).find(([name]) => name.toLowerCase() === lowerCase)
  return found?.[1] === undefined ? undefined : { name: found[0], value: found[1] }
}

function valuesBelow(
  type: ResourceType,
  value: Json,
  path: string,
  pointer: string,
  wanted: string,
): readonly LocatedValue[] {
  if (path.toLowerCase() === wanted) return [{ pointer, value }]
  if (Array.isArray(value))
    return value.flatMap((item, index) => valuesBelow(type, item, path, `${pointer}/${index}`, wanted))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, below]) =>
    below === undefined
      ? []
      : valuesBelow(type, below, nameBelow(type, path, name), `${pointer}/${escapeToken(name)}`, wanted),
  )
}

function nameBelow(type: ResourceType, above: string, name: string): string {
  if (above === '') {
    const path = resolveAttribute(type, name)
    return path ? pathText(path) : name
  }
  const isExtension = resolveAttribute(type, above)?.at(-1)?.extension === true
  return `${above}${isExtension ? ':' : '.'}${name}`
}

/** RFC 6901 §3. */
const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

const maxCharacters = 3

function describeCharacters(characters: string): string {
  const all = [...characters]
  const named = all.slice(0, maxCharacters).map(describeCharacter)
  const more = all.length - named.length
  if (more > 0) return `${named.join(', ')} and ${more} more`
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
}

const names: Readonly<Record<string, string>> = {
  ' ': 'a space',
  '\t': 'a tab',
  '\n': 'a line feed',
  '\r': 'a carriage return',
  '\u00a0': 'a no-break space (U+00A0)',
  '`': 'a backtick',
}

function describeCharacter(character: string): string {
  const name = names[character]
  if (name !== undefined) return name
  if (/\p{Cc}/u.test(character)) return `a control character (${codePoint(character)})`
  if (/\p{Cn}|\p{Co}|\p{Cs}/u.test(character)) return `an unassigned character (${codePoint(character)})`
  if (/\p{C}|\p{Z}|\p{M}/u.test(character)) return `an invisible character (${codePoint(character)})`
  return `\`${character}\``
}

export const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
