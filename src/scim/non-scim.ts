import { type Attribute, attribute } from './attribute.ts'
import type { Resource } from './resource.ts'
import { createTextFinder } from './text-finder.ts'

/**
 * The object in a stored document with the attributes that only another API reads and writes (`ResourceType.nonScim`). They
 * are part of versions and history. SCIM neither returns nor changes them, and they have no paths in filters and requests.
 */
const nonScimName = 'urn:scimulator:identity-store'

export const nonScimContainer = (attributes: readonly Attribute[]): Attribute =>
  attribute(nonScimName, 'The attributes that SCIM does not have.', {
    type: 'complex',
    extension: true,
    subAttributes: attributes,
  })

/** Whether a stored document may have such attributes, also of a profile that the tenant no longer has. */
export const mayHaveNonScim: (document: string) => boolean = createTextFinder(`"${nonScimName}":`)

/** A PUT replaces only what SCIM returns. Every profile keeps the rest, since the tenant may change profiles again. */
export function keepNonScim(resource: Resource, former: Resource): Resource {
  const kept = former[nonScimName]
  return kept === undefined ? resource : { ...resource, [nonScimName]: kept }
}
