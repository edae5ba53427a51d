import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
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
import { type AttributePath, pathText } from '../../scim/attribute.ts'
import {
  checkDocumentSize,
  prepareResource,
  resourceFromDocument,
  resourceWithSecrets,
} from '../../scim/document.ts'
import { errors, ScimError } from '../../scim/error.ts'
import { checkPrecondition } from '../../scim/etag.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { keepNonScim } from '../../scim/non-scim.ts'
import { applyPatch, membershipEdits } from '../../scim/patch/apply.ts'
import type { Assignment, MembershipEdit, PatchOperation, SentMembers } from '../../scim/patch/operation.ts'
import { attributesOnPath, parsePatch, readPatchEnvelope } from '../../scim/patch/parse.ts'
import { checkImmutable, checkRequired, readResource } from '../../scim/read-resource.ts'
import {
  type PreparedResource,
  type Resource,
  type ResourceId,
  type StoredResource,
  type StoredWithSecrets,
  toResourceId,
} from '../../scim/resource.ts'
import { type ResourceType, relatedTypes, typeByName } from '../../scim/resource-types.ts'
import {
  restoreSecrets,
  type SecretTransform,
  secretAttributes,
  storedSecretAt,
  transformSecrets,
  transformSecretValue,
} from '../../scim/secrets.ts'
import { toOpaqueString } from '../../scim/text.ts'
import type { Call } from './call.ts'
import { referencesOf, rewriteReference } from './references.ts'
import { showsGroups } from './representation.ts'

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
      const sent = readPatchEnvelope(body, requests)
      enforce(rules.sentPatch, { type, operations: [], sent })
      await turnFor(call, body)
      const parsed = parsePatch(sent, type, requests, limits)
      const broken = findBrokenRule(rules.patch, { type, operations: parsed, sent })
      if (broken?.partialEffect) await carryOut(toEdits(broken.partialEffect))
      if (broken) throw ruleError(broken)
      return toEdits(await hashPatchSecrets(type, parsed, () => store.secrets(place)))
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

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** About 30 ms and 16 MiB per hash, off the event loop. Stored in every hash, so that they can be increased. */
const scryptCost = { ln: 14, r: 8, p: 1 }
const hashBytes = 32

/** RFC 7643 §9.2: only a slow, salted hash is stored, in PHC format: `$scrypt$ln=14,r=8,p=1$salt$hash`. */
export async function hashSecret(text: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(text, salt, hashBytes, optionsOf(scryptCost.ln, scryptCost.r, scryptCost.p))
  return `$scrypt$ln=${scryptCost.ln},r=${scryptCost.r},p=${scryptCost.p}$${inBase64(salt)}$${inBase64(hash)}`
}

/** Whether the hash matches the text, compared in constant time. */
export async function verifySecret(readStored: string, text: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = hashPattern.exec(readStored) ?? []
  if (salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  const options = optionsOf(Number(ln), Number(r), Number(p))
  const found = await derive(text, Buffer.from(salt, 'base64'), expected.length, options)
  return timingSafeEqual(found, expected)
}

const hashPattern = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

// scrypt needs 128·N·r bytes, slightly more than Node's default limit.
const optionsOf = (ln: number, r: number, p: number): ScryptOptions => ({
  N: 2 ** ln,
  r,
  p,
  maxmem: 256 * 2 ** ln * r,
})

const inBase64 = (buffer: Buffer) => buffer.toString('base64').replace(/=+$/, '')

type ReadStoredSecrets = () => Promise<string | undefined>

/**
 * Replaces each secret of a body with its hash. Hashing is slow, so it is done before the transaction. An unchanged secret
 * keeps its hash, so sending it again changes nothing (RFC 7644 §3.5.2.1).
 */
async function hashBodySecrets(
  type: ResourceType,
  resource: Resource,
  readStored?: ReadStoredSecrets,
): Promise<Resource> {
  if (!secretAttributes(type).some(({ name }) => resource[name] !== undefined)) return resource
  const secretsToHash: SecretsToHash = new Map()
  transformSecrets(type, resource, collectSecrets(secretsToHash))
  const hashes = await hashSecrets(secretsToHash, readStored)
  return transformSecrets(type, resource, insertHashes(hashes))
}

/** Replaces each secret that PATCH operations set with its hash. Values listed by a `remove` match no stored hash. */
async function hashPatchSecrets(
  type: ResourceType,
  operations: readonly PatchOperation[],
  readStored: ReadStoredSecrets,
): Promise<readonly PatchOperation[]> {
  if (secretAttributes(type).length === 0) return operations
  const secretsToHash: SecretsToHash = new Map()
  const noted = transformOperations(operations, ({ target }) =>
    collectSecrets(secretsToHash, target.where !== undefined),
  )
  if (noted === operations) return operations
  const hashes = await hashSecrets(secretsToHash, readStored)
  return transformOperations(operations, () => insertHashes(hashes))
}

function transformOperations(
  operations: readonly PatchOperation[],
  sealFor: (assignment: Assignment) => SecretTransform,
): readonly PatchOperation[] {
  const sealed = operations.map(operation => {
    if (operation.op === 'remove') return operation
    const assignments = operation.assignments.map(assignment => transformAssignment(assignment, sealFor))
    const isSame = assignments.every((assignment, at) => assignment === operation.assignments[at])
    return isSame ? operation : { ...operation, assignments }
  })
  return sealed.every((operation, at) => operation === operations[at]) ? operations : sealed
}

function transformAssignment(
  assignment: Assignment,
  sealFor: (assignment: Assignment) => SecretTransform,
): Assignment {
  const { target, value } = assignment
  if (value === undefined) return assignment
  const sealed = transformSecretValue(attributesOnPath(target), value, sealFor(assignment))
  return sealed === value ? assignment : { target, value: sealed }
}

type SecretsToHash = Map<string, { readonly path: AttributePath; readonly texts: ReadonlySet<string> }>

/** Collects the secrets to hash. A later value replaces an earlier one, unless it has a filter that may not match. */
const collectSecrets =
  (secretsToHash: SecretsToHash, isFiltered = false): SecretTransform =>
  (path, value) => {
    const at = pathText(path)
    const earlier = isFiltered ? (secretsToHash.get(at)?.texts ?? []) : []
    secretsToHash.set(at, { path, texts: new Set([...earlier, textOf(value, at)]) })
    return undefined
  }

const textOf = (value: Json, at: string): string =>
  typeof value === 'string' ? toOpaqueString(value, at) : JSON.stringify(value)

type Hashes = ReadonlyMap<string, ReadonlyMap<string, string>>

async function hashSecrets(
  secretsToHash: SecretsToHash,
  readStored: ReadStoredSecrets | undefined,
): Promise<Hashes> {
  const secrets = secretsToHash.size === 0 ? undefined : await readStored?.()
  const hashes = new Map<string, ReadonlyMap<string, string>>()
  for (const [at, { path, texts }] of secretsToHash) {
    const before = storedSecretAt(path, secrets)
    const ofTexts = new Map<string, string>()
    // One after another, so that no request uses more than one of the hashing threads.
    for (const text of texts) {
      const isKept = before !== undefined && (await verifySecret(before, text))
      ofTexts.set(text, isKept ? before : await hashSecret(text))
    }
    hashes.set(at, ofTexts)
  }
  return hashes
}

const insertHashes =
  (hashes: Hashes): SecretTransform =>
  (path, value) => {
    const at = pathText(path)
    return hashes.get(at)?.get(textOf(value, at))
  }
