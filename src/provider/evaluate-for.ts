import { errors, ScimError } from '../scim/error.ts'
import type { Place, ResourceStore } from '../store/resource-store.ts'

/**
 * Evaluates what a request wants to make of a resource. Where that fails and there is no such resource, the failure
 * is `noSuchResource`: it tells the client more than a mistake in what it sent. Only a request that fails costs the
 * look-up; for the others the update itself finds out, within its transaction.
 */
export async function evaluateFor<Result>(
  store: ResourceStore,
  place: Place,
  evaluate: () => Promise<Result>,
): Promise<Result> {
  try {
    return await evaluate()
  } catch (error) {
    if (error instanceof ScimError && !(await store.find(place))) {
      throw errors.noSuchResource(place.type, place.id)
    }
    throw error
  }
}
