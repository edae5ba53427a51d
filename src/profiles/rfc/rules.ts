import { X509Certificate } from 'node:crypto'
import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../../scim/attribute.ts'
import { userType } from '../../scim/core-schemas.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { excerpt } from '../../scim/text.ts'
import type { BodySubject, ResourceSubject, Rule, Rules } from '../profile.ts'
import type { Choices } from './features.ts'
import { sources } from './sources.ts'

const derSequence = 0x30

function isCertificate(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64')
  // X509Certificate would also read PEM in base64.
  if (bytes[0] !== derSequence) return false
  try {
    return new X509Certificate(bytes).raw.length === bytes.length
  } catch {
    return false
  }
}

/** Codes that ISO only reserves, and Unicode's own for unions of countries and for tests. */
const beyondIso = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ'.split(' '))

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

/** Whether ISO 3166-1 assigns this code to a country. Aliases such as `UK` and `DD` are not country codes. */
export const isCountryCode = (text: string): boolean =>
  /^[A-Z]{2}$/.test(text) &&
  !beyondIso.has(text) &&
  regions.of(text) !== undefined &&
  new Intl.Locale(`und-${text}`).region === text

type PlacedValue = { readonly at: string; readonly value: Json }

function pathTo({ name, attributes }: ResourceType, ...names: readonly string[]): AttributePath {
  let below = attributes
  return names.map(one => {
    const attribute = findAttribute(below, one)
    if (!attribute) throw new Error(`A ${name} has no ${names.join('.')}.`)
    below = subAttributesOf(attribute)
    return attribute
  })
}

const pathsTo = (
  attributes: readonly Attribute[],
  isSelected: (attribute: Attribute) => boolean,
  above: AttributePath = [],
): readonly AttributePath[] =>
  attributes.flatMap(attribute => {
    const path = [...above, attribute]
    return [
      ...(isSelected(attribute) ? [path] : []),
      ...pathsTo(subAttributesOf(attribute), isSelected, path),
    ]
  })

function valuesAt(
  [attribute, ...below]: AttributePath,
  object: JsonObject,
  prefix = '',
): readonly PlacedValue[] {
  const value = attribute && object[attribute.name]
  if (!attribute || value === undefined || value === null) return []
  const at = prefix + attribute.name
  const placed = Array.isArray(value)
    ? value.map((element: Json, index) => ({ at: `${at}[${index}]`, value: element }))
    : [{ at, value }]
  if (below.length === 0) return placed
  return placed.flatMap(one =>
    isObject(one.value) ? valuesAt(below, one.value, `${one.at}${attribute.extension ? ':' : '.'}`) : [],
  )
}

/** RFC 7643 §2.1: the case of the name and of the URNs is ignored. */
function repeatedUrn({ body }: BodySubject): string | undefined {
  const name = Object.keys(body).find(key => key.toLowerCase() === 'schemas')
  const stated: Json | undefined = name === undefined ? undefined : body[name]
  if (!Array.isArray(stated)) return undefined
  const seen = new Set<string>()
  return stated
    .filter(urn => typeof urn === 'string')
    .find(urn => {
      const folded = urn.toLowerCase()
      if (seen.has(folded)) return true
      seen.add(folded)
      return false
    })
}

const schemasOnce: Rule<BodySubject> = {
  id: 'rfc/schemas-once',
  description: '`schemas` may not contain a URN twice.',
  source: sources.schemas,
  basis: 'documented',
  requirements: ['R-027'],
  remedy: 'Correct the client: list each URN of "schemas" once.',
  check: subject => {
    const urn = repeatedUrn(subject)
    return urn === undefined
      ? undefined
      : { detail: `"schemas" contains "${excerpt(urn)}" twice. Send it once.` }
  },
}

const isText = (value: Json): value is string => typeof value === 'string'

// RFC 8264 §4.2.3 and §9.12: an identifier may not contain control characters or consist of spaces.
const isInvalidIdentifier = (value: Json) => isText(value) && (value.trim() === '' || /\p{Cc}/u.test(value))

const identifiersOf = memoize(({ attributes }: ResourceType) =>
  pathsTo(
    attributes,
    ({ type, uniqueness, mutability }) =>
      type === 'string' && uniqueness !== 'none' && mutability !== 'readOnly',
  ),
)

const invalidIdentifier = ({ type, resource }: ResourceSubject): PlacedValue | undefined =>
  identifiersOf(type)
    .flatMap(path => valuesAt(path, resource))
    .find(({ value }) => isInvalidIdentifier(value))

const soundIdentifiers: Rule<ResourceSubject> = {
  id: 'rfc/sound-identifiers',
  description: 'A unique string, such as a `userName`, may not be blank or contain control characters.',
  source: sources.precis,
  basis: 'documented',
  requirements: ['R-066', 'R-067'],
  remedy: 'Correct the value in the source directory, or map another attribute to it.',
  check: subject => {
    const found = invalidIdentifier(subject)
    return (
      found && { detail: `${found.at} is blank or contains control characters. Send printable characters.` }
    )
  },
}

// The two rules below apply to RFC 7643's users; other types may have attributes with these names.
const isUser = ({ type }: ResourceSubject) => type.schema.id === userType.schema.id

const country = pathTo(userType, 'addresses', 'country')

const unknownCountry = ({ resource }: ResourceSubject): PlacedValue | undefined =>
  valuesAt(country, resource).find(({ value }) => !(isText(value) && isCountryCode(value)))

const countryCode: Rule<ResourceSubject> = {
  id: 'rfc/country-code',
  description:
    'With `valueForms: refuse`, the `country` of an address must be an ISO 3166-1 code of two upper-case letters.',
  source: sources.userLists,
  basis: 'documented',
  requirements: ['R-072'],
  remedy: 'Map an attribute that contains ISO 3166-1 alpha-2 codes, such as "DE".',
  check: subject => {
    const found = isUser(subject) ? unknownCountry(subject) : undefined
    return (
      found && {
        detail: `${found.at} is "${excerpt(String(found.value))}", which is not an ISO 3166-1 code. Send two upper-case letters such as "DE".`,
      }
    )
  },
}

const certificate = pathTo(userType, 'x509Certificates', 'value')

const brokenCertificate = ({ resource }: ResourceSubject): PlacedValue | undefined =>
  valuesAt(certificate, resource).find(({ value }) => !(isText(value) && isCertificate(value)))

const derCertificate: Rule<ResourceSubject> = {
  id: 'rfc/der-certificate',
  description:
    'With `valueForms: refuse`, each value of `x509Certificates` must be one base64-encoded DER certificate.',
  source: sources.userLists,
  basis: 'documented',
  requirements: ['R-074'],
  remedy: 'Send the certificate in DER form, encoded in base64, without PEM header lines.',
  check: subject => {
    const found = isUser(subject) ? brokenCertificate(subject) : undefined
    return (
      found && { detail: `${found.at} is not an X.509 certificate. Send one base64-encoded DER certificate.` }
    )
  },
}

export const rules: Rules = {
  operation: [],
  body: [schemasOnce],
  resource: [soundIdentifiers, countryCode, derCertificate],
  sentPatch: [],
  patch: [],
  query: [],
}

export const rfcRules = ({ valueForms }: Choices): Rules =>
  valueForms === 'refuse' ? rules : { ...rules, resource: [soundIdentifiers] }
