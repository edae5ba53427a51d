import { checkDocumentSize } from '../scim/document-size.ts'
import { errors } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'
import { withSecrets } from '../scim/kept-secrets.ts'
import { prepare, resourceOf, wholeResource } from '../scim/prepare.ts'
import { checkImmutable } from '../scim/read-resource.ts'
import type { ResourceId } from '../scim/resource.ts'
import type { ResourceStore, Written } from '../store/resource-store.ts'
import { readBody } from './body.ts'
import { type Call, causeOf, checkVersion, memberPolicyOf, placeOf } from './call.ts'
import { evaluateFor } from './evaluate-for.ts'

/**
 * PUT (RFC 7644 §3.5.1). What the client leaves out is cleared: one policy for all, members included, as a
 * PUT says what the resource is to be. Only secrets stay that it leaves out, for no client has them to send back.
 */
export const createReplace =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId, body: Json | undefined): Promise<Written> => {
    const { type } = call
    const place = placeOf(call, id)
    const { resource: described, members } = await evaluateFor(store, place, () =>
      readBody(call, body, () => store.secrets(place)),
    )
    const written = await store.update(place, causeOf(call), current => {
      checkVersion(call, current)
      const resource = withSecrets(type, described, current.secrets, resourceOf(current))
      checkImmutable(type, wholeResource(type, current), resource)
      const next = prepare(type, id, resource)
      checkDocumentSize(type, next, current)
      return {
        next,
        memberships: [{ kind: 'replace', members: members ?? [] }],
        members: memberPolicyOf(call),
      }
    })
    if (!written) throw errors.noSuchResource(type.name, id)
    return written
  }
