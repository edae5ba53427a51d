import type { X509Certificate } from 'node:crypto'
import { readCertificate } from './certificate.ts'
import { attribute, child, children, descendants, namespaces, parseXml, textOf } from './xml.ts'

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
