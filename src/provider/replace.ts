import { enforce } from '../profiles/enforce.ts'
import { errors } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'
import { prepare, resourceOf } from '../scim/prepare.ts'
import { checkImmutable } from '../scim/read-resource.ts'
import type { ResourceId } from '../scim/resource.ts'
import type { ResourceStore, Written } from '../store/resource-store.ts'
import { readBody } from './body.ts'
import { type Call, causeOf, checkVersion, memberPolicyOf, placeOf } from './call.ts'

/**
 * PUT (RFC 7644 §3.5.1). What the client leaves out is cleared: one policy for all, members included, as a
 * PUT says what the resource is to be.
 */
export const createReplace =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId, body: Json | undefined): Promise<Written> => {
    const { type, operation } = call
    enforce(call.tenant.profile.rules.operation, { operation, type })
    const { resource, members } = readBody(call, body)
    const written = await store.update(placeOf(call, id), causeOf(call), current => {
      checkVersion(call, current)
      checkImmutable(type, resourceOf(current), resource)
      return {
        next: prepare(type, id, resource),
        memberships: [{ kind: 'replace', members: members ?? [] }],
        members: memberPolicyOf(call),
      }
    })
    if (!written) throw errors.noSuchResource(type.name, id)
    return written
  }
