import { enforce, refusalBy } from '../profiles/enforce.ts'
import { checkDocumentSize } from '../scim/document-size.ts'
import { errors } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'
import { applyPatch } from '../scim/patch/apply.ts'
import { membershipEdits } from '../scim/patch/membership.ts'
import type { MembershipEdit, PatchOperation } from '../scim/patch/operation.ts'
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
    const members = memberPolicyOf(call)
    const carryOut = ({ operations, memberships }: Edits) => {
      const change = (current: Current): Draft => {
        checkVersion(call, current)
        const before = wholeResource(type, current)
        const patched = applyPatch(before, operations, reads)
        const after = completes ? completes(type, operation, patched) : patched
        checkRequired(type, after)
        checkImmutable(type, before, after)
        enforce(rules.resource, { operation, type, resource: after, members: [] })
        const next = prepare(type, id, after)
        checkDocumentSize(type, next, current)
        return { next, memberships, members }
      }
      return store.update(place, causeOf(call), change)
    }

    const edits = await evaluateFor(store, place, async () => {
      const sent = readPatchEnvelope(body, reads)
      enforce(rules.sentPatch, { type, operations: [], sent })
      const parsed = parsePatch(sent, type, reads, limits)
      const subject = { type, operations: parsed, sent }
      const broken = rules.patch.find(rule => rule.brokenBy(subject))
      if (broken) {
        const carriedOut = broken.carriesOut?.(subject)
        if (carriedOut) await carryOut(editsOf(carriedOut))
        throw refusalBy(broken, subject)
      }
      return editsOf(await sealPatch(type, parsed, () => store.secrets(place)))
    })
    const written = await carryOut(edits)
    if (!written) throw errors.noSuchResource(type.name, id)
    return { written, operations: edits.operations }
  }

/** What operations make of a document and of the memberships beside it. */
type Edits = {
  readonly operations: readonly PatchOperation[]
  readonly memberships: readonly MembershipEdit[]
}

const editsOf = (operations: readonly PatchOperation[]): Edits => ({
  operations,
  memberships: membershipEdits(operations),
})
