import { userType } from '../../scim/core-types.ts'
import { shown } from '../../scim/error.ts'
import type { Json } from '../../scim/json.ts'
import { remembered } from '../../scim/remembered.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { BodySubject, ResourceSubject, Rule, Rules } from '../profile.ts'
import { isCertificate } from './certificate.ts'
import type { Choices } from './choices.ts'
import { isCountryCode } from './country-codes.ts'
import { sources } from './sources.ts'
import { type Placed, pathsTo, pathTo, valuesAt } from './values.ts'

/** RFC 7643 §2.1: neither the name nor the URNs have a case that counts. */
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
  says: 'No URN stands twice in `schemas`.',
  source: sources.schemas,
  basis: 'documented',
  requirements: ['R-027'],
  brokenBy: subject => repeatedUrn(subject) !== undefined,
  detail: subject => `"schemas" names "${shown(repeatedUrn(subject) ?? '')}" twice. Name it once.`,
}

const isText = (value: Json): value is string => typeof value === 'string'

// RFC 8264 §4.2.3 and §9.12: an identifier holds no controls, and one of blanks only is none.
const isUnsound = (value: Json) => isText(value) && (value.trim() === '' || /\p{Cc}/u.test(value))

/** Where the texts stand by which a resource is told from all others, such as a user's `userName`. */
const identifiersOf = remembered(({ attributes }: ResourceType) =>
  pathsTo(
    attributes,
    ({ type, uniqueness, mutability }) =>
      type === 'string' && uniqueness !== 'none' && mutability !== 'readOnly',
  ),
)

const unsoundIdentifier = ({ type, resource }: ResourceSubject): Placed | undefined =>
  identifiersOf(type)
    .flatMap(path => valuesAt(path, resource))
    .find(({ value }) => isUnsound(value))

const soundIdentifiers: Rule<ResourceSubject> = {
  id: 'rfc/sound-identifiers',
  says: 'A text that no other resource may have, such as a `userName`, isn’t blank and holds no control characters.',
  source: sources.precis,
  basis: 'documented',
  requirements: ['R-066', 'R-067'],
  brokenBy: subject => unsoundIdentifier(subject) !== undefined,
  detail: subject =>
    `${unsoundIdentifier(subject)?.at} is blank or holds control characters. Send a text that people can read.`,
}

// The two rules below speak of RFC 7643's users; other types may have attributes of these names.
const isUser = ({ type }: ResourceSubject) => type.schema.id === userType.schema.id

const country = pathTo(userType, 'addresses', 'country')

const unknownCountry = ({ resource }: ResourceSubject): Placed | undefined =>
  valuesAt(country, resource).find(({ value }) => !(isText(value) && isCountryCode(value)))

const countryCode: Rule<ResourceSubject> = {
  id: 'rfc/country-code',
  says: 'With `valueForms: refuse`, the `country` of an address is a code of two capital letters from ISO 3166-1.',
  source: sources.userLists,
  basis: 'documented',
  requirements: ['R-072'],
  brokenBy: subject => isUser(subject) && unknownCountry(subject) !== undefined,
  detail: subject => {
    const { at, value } = unknownCountry(subject) ?? { at: 'country', value: '' }
    return `${at} is "${shown(String(value))}", which is no code of ISO 3166-1. Send two capital letters such as "DE".`
  },
}

const certificate = pathTo(userType, 'x509Certificates', 'value')

const brokenCertificate = ({ resource }: ResourceSubject): Placed | undefined =>
  valuesAt(certificate, resource).find(({ value }) => !(isText(value) && isCertificate(value)))

const derCertificate: Rule<ResourceSubject> = {
  id: 'rfc/der-certificate',
  says: 'With `valueForms: refuse`, each value of `x509Certificates` is one certificate in DER, in base64.',
  source: sources.userLists,
  basis: 'documented',
  requirements: ['R-074'],
  brokenBy: subject => isUser(subject) && brokenCertificate(subject) !== undefined,
  detail: subject =>
    `${brokenCertificate(subject)?.at} is no X.509 certificate. Send one certificate in DER, in base64.`,
}

/** What may be refused beyond what the core refuses by itself; the last two only where a tenant chooses it. */
export const rules: Rules = {
  operation: [],
  body: [schemasOnce],
  resource: [soundIdentifiers, countryCode, derCertificate],
  sentPatch: [],
  patch: [],
  query: [],
}

/** The rules that hold for a tenant with these choices. */
export const rulesWith = ({ valueForms }: Choices): Rules =>
  valueForms === 'refuse' ? rules : { ...rules, resource: [soundIdentifiers] }
