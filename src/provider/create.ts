import { checkDocumentSize } from '../scim/document-size.ts'
import type { Json } from '../scim/json.ts'
import { prepare } from '../scim/prepare.ts'
import { toResourceId } from '../scim/resource.ts'
import type { ResourceStore, Written } from '../store/resource-store.ts'
import { readBody } from './body.ts'
import { type Call, causeOf, memberPolicyOf, placeOf } from './call.ts'

/** POST (RFC 7644 §3.3). */
export const createCreate =
  (store: ResourceStore) =>
  async (call: Call, body: Json | undefined): Promise<Written> => {
    const { type, promised } = call
    const { profile } = call.tenant
    const { resource, members } = await readBody(call, body)
    const id = promised?.id ?? toResourceId(profile.newId())
    const next = prepare(type, id, resource)
    checkDocumentSize(type, next)
    const draft = {
      next,
      memberships: members && members.length > 0 ? [{ kind: 'add', members } as const] : [],
      members: memberPolicyOf(call),
      ...(promised?.awaited && { awaited: true }),
    }
    return store.insert(placeOf(call, id), causeOf(call), draft, profile.limits.resources)
  }
