import { setImmediate as nextTurn } from 'node:timers/promises'
import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import type {
  Cause,
  Draft,
  MemberPolicy,
  Place,
  ResourceStore,
  Written,
} from '../../domain/ports/resources.ts'
import { enforce, findBrokenRule, ruleError } from '../../profiles/profile.ts'
import {
  checkDocumentSize,
  prepareResource,
  resourceFromDocument,
  resourceWithSecrets,
} from '../../scim/document.ts'
import { errors, ScimError } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { applyPatch, membershipEdits } from '../../scim/patch/apply.ts'
import type { MembershipEdit, PatchOperation, SentMembers } from '../../scim/patch/elements.ts'
import { parsePatch, readPatchEnvelope } from '../../scim/patch/parse.ts'
import { checkImmutable, checkRequired, readResource } from '../../scim/read-resource.ts'
import {
  checkPrecondition,
  type PreparedResource,
  type Resource,
  type ResourceId,
  type StoredResource,
  type StoredWithSecrets,
  toResourceId,
} from '../../scim/resource.ts'
import { keepNonScim, relatedTypes, typeByName } from '../../scim/resource-types.ts'
import { restoreSecrets, secretAttributes } from '../../scim/secrets.ts'
import type { Call } from './call.ts'
import { referencesOf, rewriteReference } from './references.ts'
import { showsGroups } from './representation.ts'
import { hashBodySecrets, hashPatchSecrets, type ReadStoredSecrets } from './secret-hashing.ts'

/**
 * Reads the body of a POST or PUT by the profile, hashes its secrets and checks the profile's rules. `kept` returns the
 * secrets of the resource that a PUT replaces.
 */
async function readBody(
  call: Call,
  body: Json | undefined,
  readStored?: ReadStoredSecrets,
): Promise<{ resource: Resource; members: SentMembers | undefined }> {
  const { type, operation } = call
  const { requests, rules } = call.tenant.profile
  const { completeResource } = requests
  if (!isObject(body))
    throw errors.invalidSyntax(`The body must be a JSON object with the attributes of a ${type.name}.`)
  enforce(rules.body, { operation, type, body })
  await turnFor(call, body)
  const read = readResource(body, type, requests)
  const sealed = await hashBodySecrets(type, read.resource, readStored)
  const resource = completeResource ? completeResource(type, operation, sealed) : sealed
  const { members } = read
  enforce(rules.resource, { operation, type, resource, members: members?.members ?? [] })
  return { resource, members }
}

/** Reading as many takes a millisecond or two. */
const valuesPerTurn = 2000

/** In a smaller body, so many values are too short to take that long, and counting them costs more than the turn. */
const smallBody = 64 * 1024

async function turnFor({ bodyBytes }: Call, body: Json | undefined): Promise<void> {
  if (bodyBytes !== undefined && bodyBytes < smallBody) return
  if (hasManyValues(body, 4)) await nextTurn()
}

const hasManyValues = (value: Json | undefined, depth: number): boolean => {
  if (depth === 0 || typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) && value.length > valuesPerTurn) return true
  return Object.values(value).some(each => hasManyValues(each, depth - 1))
}

/** POST (RFC 7644 §3.3). */
export const createCreate =
  (store: ResourceStore) =>
  async (call: Call, body: Json | undefined): Promise<Written> => {
    const { type, reserved } = call
    const { profile } = call.tenant
    const { resource, members } = await readBody(call, body)
    const id = reserved?.id ?? toResourceId(profile.schema.newId())
    const next = prepareResource(type, id, resource)
    checkDocumentSize(type, next)
    const draft = {
      next,
      memberships: members && members.members.length > 0 ? [{ kind: 'add', ...members } as const] : [],
      members: memberPolicyOf(call),
      ...(reserved?.awaited && { awaited: true }),
    }
    return store.insert(placeOf(call, id), causeOf(call), draft, profile.requests.limits.resources)
  }

/**
 * Evaluates a change of a resource. If that fails and the resource does not exist, the error is `noSuchResource`, which is
 * more useful to the client than an error in the request. Only failed requests need this look-up; for others, the update
 * itself finds out within its transaction.
 */
async function evaluateOrNotFound<Result>(
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

/** GET by id (RFC 7644 §3.4.1). */
export const createFind =
  (store: ResourceStore) =>
  (call: Call, id: ResourceId): MaybePromise<StoredResource> => {
    const looksForGroups = showsGroups(call.tenant, call.operation)
    return whenDone(store.find(placeOf(call, id), looksForGroups), stored => {
      if (!stored) throw errors.noSuchResource(call.type.name, id)
      return stored
    })
  }

export type PatchResult = { readonly written: Written; readonly operations: readonly PatchOperation[] }

/** PATCH (RFC 7644 §3.5.2): in order, all or nothing. */
export const createPatch =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId, body: Json | undefined): Promise<PatchResult> => {
    const { type, operation } = call
    const { requests, rules } = call.tenant.profile
    const { limits, completeResource } = requests
    const place = placeOf(call, id)
    const members = memberPolicyOf(call)
    const carryOut = ({ operations, memberships }: Edits) => {
      const change = (current: StoredWithSecrets): Draft => {
        checkVersion(call, current)
        const before = resourceWithSecrets(type, current)
        const patched = applyPatch(before, operations, requests)
        const after = completeResource ? completeResource(type, operation, patched) : patched
        checkRequired(type, after)
        checkImmutable(type, before, after)
        enforce(rules.resource, { operation, type, resource: after, members: [] })
        const next = prepareResource(type, id, after)
        checkDocumentSize(type, next, current)
        return { next, memberships, members }
      }
      return store.update(place, causeOf(call), change)
    }

    const edits = await evaluateOrNotFound(store, place, async () => {
      const sent = readPatchEnvelope(body, type, requests)
      enforce(rules.sentPatch, { type, operations: [], sent })
      await turnFor(call, body)
      const parsed = parsePatch(sent, type, requests, limits)
      const broken = findBrokenRule(rules.patch, { type, operations: parsed, sent })
      if (broken?.partialEffect) await carryOut(toEdits(broken.partialEffect))
      if (broken) throw ruleError(broken)
      const hasSecrets = secretAttributes(type).length > 0
      return toEdits(hasSecrets ? await hashPatchSecrets(parsed, () => store.secrets(place)) : parsed)
    })
    const written = await carryOut(edits)
    if (!written) throw errors.noSuchResource(type.name, id)
    return { written, operations: edits.operations }
  }

type Edits = {
  readonly operations: readonly PatchOperation[]
  readonly memberships: readonly MembershipEdit[]
}

const toEdits = (operations: readonly PatchOperation[]): Edits => ({
  operations,
  memberships: membershipEdits(operations),
})

/** DELETE (RFC 7644 §3.6). The tenant's settings decide what is retained. */
export const createRemove =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId): Promise<StoredResource> => {
    const { type, tenant } = call
    const { removesDanglingReferences, resourceTypes } = tenant.profile.schema
    const place = placeOf(call, id)
    const last = await store.find(place)
    const references = resourceTypes.flatMap(referencesOf).filter(({ types }) => types.includes(type.name))
    const removeReference = (referrer: StoredWithSecrets): PreparedResource =>
      withoutReferencesTo(call, referrer, id)
    const removed =
      last &&
      (await store.remove(place, causeOf(call), {
        check: current => checkVersion(call, current),
        onDelete: tenant.settings.onDelete,
        assignments: tenant.profile.awsApis?.assignmentsOfDeleted ?? 'keep',
        references: references.map(({ key }) => key),
        ...(removesDanglingReferences && { removeReference }),
      }))
    if (!removed) throw errors.noSuchResource(type.name, id)
    return last
  }

function withoutReferencesTo(
  { tenant, type }: Call,
  referrer: StoredWithSecrets,
  id: ResourceId,
): PreparedResource {
  const itsType = typeByName(tenant.profile.schema.resourceTypes, referrer.type) ?? type
  const without = referencesOf(itsType).reduce(
    (resource, reference) =>
      rewriteReference(resource, reference, value => (value[reference.id.name] === id ? undefined : value)),
    resourceWithSecrets(itsType, referrer),
  )
  return prepareResource(itsType, referrer.id, without)
}

/** RFC 7644 §3.5.1. Clears omitted attributes, also members. Secrets stay, because clients cannot read them. */
export const createReplace =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId, body: Json | undefined): Promise<Written> => {
    const { type } = call
    const place = placeOf(call, id)
    const { resource: described, members } = await evaluateOrNotFound(store, place, () =>
      readBody(call, body, () => store.secrets(place)),
    )
    const written = await store.update(place, causeOf(call), current => {
      checkVersion(call, current)
      const before = resourceFromDocument(current)
      const resource = keepNonScim(restoreSecrets(type, described, current.secrets, before), before)
      checkImmutable(type, resourceWithSecrets(type, current), resource)
      const next = prepareResource(type, id, resource)
      checkDocumentSize(type, next, current)
      return {
        next,
        memberships: [{ kind: 'replace', ...(members ?? { members: [] }) }],
        members: memberPolicyOf(call),
      }
    })
    if (!written) throw errors.noSuchResource(type.name, id)
    return written
  }

const placeOf = ({ tenant, type }: Call, id: ResourceId): Place => ({
  tenant: tenant.key,
  type: type.name,
  id,
})

/** Must be called within the transaction, so that the resource cannot change in between. */
function checkVersion({ precondition }: Call, current: StoredResource): void {
  if (precondition) checkPrecondition(precondition, current)
}

const causeOf = ({ now, exchange, via }: Call): Cause => ({ now, exchange, ...(via && { via }) })

const memberPolicyOf = ({ type, tenant, reserved }: Call): MemberPolicy => ({
  types: relatedTypes(type, 'members'),
  unknown: tenant.profile.requests.unknownMembers,
  ...(reserved && { promised: reserved.others }),
})
