import { enforce } from '../profiles/enforce.ts'
import { errors } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'
import { applyPatch } from '../scim/patch/apply.ts'
import { membershipEdits } from '../scim/patch/membership.ts'
import type { PatchOperation } from '../scim/patch/operation.ts'
import { parsePatch, readPatchEnvelope } from '../scim/patch/parse.ts'
import { prepare, wholeResource } from '../scim/prepare.ts'
import { checkImmutable, checkRequired } from '../scim/read-resource.ts'
import type { Current, ResourceId } from '../scim/resource.ts'
import type { Draft, ResourceStore, Written } from '../store/resource-store.ts'
import { type Call, causeOf, checkVersion, memberPolicyOf, placeOf } from './call.ts'
import { evaluateFor } from './evaluate-for.ts'
import { sealPatch } from './seal.ts'

export type Patched = { readonly written: Written; readonly operations: readonly PatchOperation[] }

/** PATCH (RFC 7644 §3.5.2): in order, all or nothing. */
export const createPatch =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId, body: Json | undefined): Promise<Patched> => {
    const { type, operation } = call
    const { reads, rules, limits, completes } = call.tenant.profile
    const place = placeOf(call, id)
    const { operations, memberships } = await evaluateFor(store, place, async () => {
      const sent = readPatchEnvelope(body, reads)
      enforce(rules.sentPatch, { type, operations: [], sent })
      const parsed = parsePatch(sent, type, reads, limits)
      enforce(rules.patch, { type, operations: parsed, sent })
      const sealed = await sealPatch(type, parsed, () => store.secrets(place))
      return { operations: sealed, memberships: membershipEdits(sealed) }
    })
    const members = memberPolicyOf(call)
    const change = (current: Current): Draft => {
      checkVersion(call, current)
      const before = wholeResource(type, current)
      const patched = applyPatch(before, operations, reads)
      const after = completes ? completes(type, operation, patched) : patched
      checkRequired(type, after)
      checkImmutable(type, before, after)
      enforce(rules.resource, { operation, type, resource: after, members: [] })
      return { next: prepare(type, id, after), memberships, members }
    }
    const written = await store.update(place, causeOf(call), change)
    if (!written) throw errors.noSuchResource(type.name, id)
    return { written, operations }
  }
