import type { Prepared, Related } from '../scim/resource.ts'
import type { Identity, IdentityQuery } from './identity.ts'
import type { Page, PageRequest } from './page.ts'

/** A moment of the past, and how what was written then is read. */
export type Then = {
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly at: number
  /** What a document of a type called the resource; undefined for a type that nobody knows any more. */
  readonly read: (
    type: string,
    document: string,
  ) => Pick<Prepared, 'label' | 'display' | 'enabled'> | undefined
}

/**
 * The directory as it was. Who didn't exist at that moment, or didn't any more, is left out, so that the others are
 * active or disabled; what has been purged since is shown as it was. Newest first.
 */
export interface Past {
  identities(tenant: number, type: string, then: Then, query: IdentityQuery): Promise<Page<Identity>>
  identity(tenant: number, type: string, id: string, then: Then): Promise<Identity | undefined>
  /** Undefined when there was no such group. */
  members(
    tenant: number,
    type: string,
    id: string,
    then: Then,
    page: PageRequest,
  ): Promise<Page<Related> | undefined>
}
