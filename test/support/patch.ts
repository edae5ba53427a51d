import { groupType, userType } from '../../src/scim/core-schemas.ts'
import type { Json } from '../../src/scim/json.ts'
import { applyPatch, membershipEdits } from '../../src/scim/patch/apply.ts'
import type { MembershipEdit, PatchOperation } from '../../src/scim/patch/elements.ts'
import { parsePatch, readPatchEnvelope } from '../../src/scim/patch/parse.ts'
import type { RequestPolicy } from '../../src/scim/request-policy.ts'
import type { Resource } from '../../src/scim/resource.ts'
import type { ResourceType } from '../../src/scim/resource-types.ts'

export const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

export type Operation = { readonly [name: string]: Json | undefined }

export const patchOf = (...Operations: readonly Operation[]) => ({ schemas: [patchOpUrn], Operations })

/** Applies PATCH operations with one profile's policy to one resource type, without a store. */
export const patching = (reads: RequestPolicy, type: ResourceType = userType) => {
  const read = (body: unknown): readonly PatchOperation[] =>
    parsePatch(readPatchEnvelope(body, type, reads), type, reads, { filterLength: 1000, filterDepth: 10 })
  return {
    read,
    patch: (resource: Resource, ...operations: readonly Operation[]): Resource =>
      applyPatch(resource, read(patchOf(...operations)), reads),
  }
}

/** The effects of operations on the members of a group. */
export const membersAfter = (
  reads: RequestPolicy,
  ...operations: readonly Operation[]
): readonly MembershipEdit[] => membershipEdits(patching(reads, groupType).read(patchOf(...operations)))
