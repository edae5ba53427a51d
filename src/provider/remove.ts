import { errors } from '../scim/error.ts'
import { prepare, wholeResource } from '../scim/prepare.ts'
import type { Current, Prepared, ResourceId, Stored } from '../scim/resource.ts'
import { typeNamed } from '../scim/resource-types.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { type Call, causeOf, checkVersion, placeOf } from './call.ts'
import { referencesOf, rewriteReference } from './references.ts'

/** DELETE (RFC 7644 §3.6). What stays behind for people to see is the tenant's choice. Answers what was there. */
export const createRemove =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId): Promise<Stored> => {
    const { type, tenant } = call
    const { cutsReferences, resourceTypes } = tenant.profile
    const place = placeOf(call, id)
    const last = await store.find(place)
    const references = resourceTypes.flatMap(referencesOf).filter(({ types }) => types.includes(type.name))
    const cut = (referrer: Current): Prepared => cutOut(call, referrer, id)
    const removed =
      last &&
      (await store.remove(place, causeOf(call), {
        check: current => checkVersion(call, current),
        onDelete: tenant.settings.onDelete,
        references: references.map(({ key }) => key),
        ...(cutsReferences && { cut }),
      }))
    if (!removed) throw errors.noSuchResource(type.name, id)
    return last
  }

function cutOut({ tenant, type }: Call, referrer: Current, id: ResourceId): Prepared {
  const itsType = typeNamed(tenant.profile.resourceTypes, referrer.type) ?? type
  const without = referencesOf(itsType).reduce(
    (resource, reference) =>
      rewriteReference(resource, reference, value => (value[reference.id.name] === id ? undefined : value)),
    wholeResource(itsType, referrer),
  )
  return prepare(itsType, referrer.id, without)
}
