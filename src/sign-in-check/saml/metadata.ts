import type { X509Certificate } from 'node:crypto'
import { readCertificate } from './certificate.ts'
import { attribute, child, children, descendants, namespaces, parseXml, textOf } from './xml.ts'

/** AWS imports no longer metadata (rule SI-015). */
const maxMetadataCharacters = 75_000

export type Metadata = {
  readonly entityId?: string
  readonly certificates: readonly X509Certificate[]
  /** The locations of the service for signing in. */
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
  if (!role) return { certificates: [], signInUrls: [], wantsSignedRequests: false }
  const entityId = attribute(entity, 'entityID')
  const keys = children(role, namespaces.metadata, 'KeyDescriptor').filter(
    key => (attribute(key, 'use') ?? 'signing') === 'signing',
  )
  return {
    ...(entityId !== undefined && { entityId }),
    certificates: keys
      .flatMap(key => descendants(key, namespaces.signature, 'X509Certificate'))
      .flatMap(each => readCertificate(textOf(each)) ?? []),
    signInUrls: children(role, namespaces.metadata, 'SingleSignOnService').flatMap(
      service => attribute(service, 'Location') ?? [],
    ),
    wantsSignedRequests: /^(true|1)$/.test(attribute(role, 'WantAuthnRequestsSigned') ?? ''),
  }
}
