import type { X509Certificate } from 'node:crypto'
import { readCertificate } from './signature.ts'
import {
  attribute,
  child,
  children,
  descendants,
  type Element,
  isPlain,
  namespaces,
  parseXml,
  textOf,
} from './xml.ts'

const { assertion: saml, protocol } = namespaces

export type SamlText = { readonly text: string; readonly isPlain: boolean }

const samlText = (element: Element): SamlText => ({ text: textOf(element), isPlain: isPlain(element) })

export type SamlAttribute = {
  readonly name: string
  readonly format?: string
  readonly values: readonly SamlText[]
}

/** What the rules need of an assertion (SAML core §2). */
export type Assertion = {
  readonly issuer?: string
  readonly nameId?: SamlText & { readonly format?: string }
  readonly audiences: readonly string[]
  readonly recipients: readonly string[]
  readonly notBefore: readonly string[]
  readonly notOnOrAfter: readonly string[]
  readonly attributes: readonly SamlAttribute[]
}

/** What the rules need of a response (SAML core §3.2.2) besides its assertion. */
export type ResponseFacts = {
  readonly issuer?: string
  readonly destination?: string
  /** The last part of the status code: `Success`, `Responder`, `InvalidNameIDPolicy`. */
  readonly statuses: readonly string[]
}

const issuerOf = (element: Element) => {
  const issuer = child(element, saml, 'Issuer')
  return issuer && { issuer: textOf(issuer).trim() }
}

const present = (values: readonly (string | undefined)[]): readonly string[] =>
  values.filter(value => value !== undefined)

const withFormat = (element: Element, name: string) => {
  const format = attribute(element, name)
  return format !== undefined && { format }
}

export function readAssertion(element: Element): Assertion {
  const subject = child(element, saml, 'Subject')
  const nameId = subject && child(subject, saml, 'NameID')
  const confirmations = subject ? descendants(subject, saml, 'SubjectConfirmationData') : []
  const conditions = children(element, saml, 'Conditions')
  return {
    ...issuerOf(element),
    ...(nameId && { nameId: { ...samlText(nameId), ...withFormat(nameId, 'Format') } }),
    audiences: conditions
      .flatMap(each => descendants(each, saml, 'Audience'))
      .map(each => textOf(each).trim()),
    recipients: present(confirmations.map(each => attribute(each, 'Recipient'))),
    notBefore: present(conditions.map(each => attribute(each, 'NotBefore'))),
    notOnOrAfter: present([...conditions, ...confirmations].map(each => attribute(each, 'NotOnOrAfter'))),
    attributes: children(element, saml, 'AttributeStatement')
      .flatMap(statement => children(statement, saml, 'Attribute'))
      .map(readAttribute),
  }
}

const readAttribute = (element: Element): SamlAttribute => ({
  name: attribute(element, 'Name') ?? '',
  ...withFormat(element, 'NameFormat'),
  values: children(element, saml, 'AttributeValue').map(samlText),
})

export function readResponse(element: Element): ResponseFacts {
  const status = child(element, protocol, 'Status')
  const codes = status ? descendants(status, protocol, 'StatusCode') : []
  const destination = attribute(element, 'Destination')
  return {
    ...issuerOf(element),
    ...(destination !== undefined && { destination }),
    statuses: present(codes.map(code => attribute(code, 'Value')?.split(':').at(-1))),
  }
}

/** AWS imports no longer metadata (rule SI-015). */
const maxMetadataCharacters = 75_000

export type Metadata = {
  readonly entityId?: string
  readonly certificates: readonly X509Certificate[]
  readonly longestCertificate: number
  readonly signInUrls: readonly string[]
  readonly wantsSignedRequests: boolean
}

/** Reads the metadata of an identity provider (SAML metadata §2.4.3). Undefined if it is too long to be imported. */
export function readMetadata(text: string): Metadata | undefined {
  if (text.length > maxMetadataCharacters) return undefined
  const root = parseXml(text.trim(), 'metadata')
  const [entity] = descendants(root, namespaces.metadata, 'EntityDescriptor').filter(each =>
    child(each, namespaces.metadata, 'IDPSSODescriptor'),
  )
  const role = entity && child(entity, namespaces.metadata, 'IDPSSODescriptor')
  if (!role) return { certificates: [], longestCertificate: 0, signInUrls: [], wantsSignedRequests: false }
  const entityId = attribute(entity, 'entityID')
  const keys = children(role, namespaces.metadata, 'KeyDescriptor').filter(
    key => (attribute(key, 'use') ?? 'signing') === 'signing',
  )
  const certificates = keys
    .flatMap(key => descendants(key, namespaces.signature, 'X509Certificate'))
    .map(each => textOf(each).replace(/\s+/g, ''))
  return {
    ...(entityId !== undefined && { entityId }),
    certificates: certificates.flatMap(each => readCertificate(each) ?? []),
    longestCertificate: Math.max(0, ...certificates.map(({ length }) => length)),
    signInUrls: children(role, namespaces.metadata, 'SingleSignOnService').flatMap(
      service => attribute(service, 'Location') ?? [],
    ),
    wantsSignedRequests: /^(true|1)$/.test(attribute(role, 'WantAuthnRequestsSigned') ?? ''),
  }
}
