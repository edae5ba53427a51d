import { type AttributePath, pathText } from '../scim/attribute.ts'
import type { Json } from '../scim/json.ts'
import { secretAt } from '../scim/kept-secrets.ts'
import { opaqueString } from '../scim/opaque-string.ts'
import type { Assignment, PatchOperation } from '../scim/patch/operation.ts'
import { attributesOn } from '../scim/path.ts'
import type { Resource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { type Seal, sealedResource, sealedValue, secretHoldersOf } from '../scim/secrets.ts'
import { hashOf, isHashOf } from './secret-hash.ts'

/** Reads the hashes that a resource has, as `Prepared.secrets`. */
export type KeptSecrets = () => Promise<string | undefined>

/**
 * The body with a hash for each secret. Hashing is slow, so it is done here, ahead of the transaction. A secret that is
 * the kept one keeps its hash: sent again it changes nothing (RFC 7644 §3.5.2.1).
 */
export async function sealBody(
  type: ResourceType,
  resource: Resource,
  kept?: KeptSecrets,
): Promise<Resource> {
  if (!secretHoldersOf(type).some(({ name }) => resource[name] !== undefined)) return resource
  const given: Given = new Map()
  sealedResource(type, resource, notingIn(given))
  const hashes = await hashesOf(given, kept)
  return sealedResource(type, resource, putting(hashes))
}

/** The operations of a PATCH with a hash for each secret that they set. What a remove lists names nothing kept. */
export async function sealPatch(
  type: ResourceType,
  operations: readonly PatchOperation[],
  kept: KeptSecrets,
): Promise<readonly PatchOperation[]> {
  if (secretHoldersOf(type).length === 0) return operations
  const given: Given = new Map()
  const noted = sealedOperations(operations, ({ target }) => notingIn(given, target.where !== undefined))
  if (noted === operations) return operations
  const hashes = await hashesOf(given, kept)
  return sealedOperations(operations, () => putting(hashes))
}

function sealedOperations(
  operations: readonly PatchOperation[],
  sealFor: (assignment: Assignment) => Seal,
): readonly PatchOperation[] {
  const sealed = operations.map(operation => {
    if (operation.op === 'remove') return operation
    const assignments = operation.assignments.map(assignment => sealedAssignment(assignment, sealFor))
    const isSame = assignments.every((assignment, at) => assignment === operation.assignments[at])
    return isSame ? operation : { ...operation, assignments }
  })
  return sealed.every((operation, at) => operation === operations[at]) ? operations : sealed
}

function sealedAssignment(assignment: Assignment, sealFor: (assignment: Assignment) => Seal): Assignment {
  const { target, value } = assignment
  if (value === undefined) return assignment
  const sealed = sealedValue(attributesOn(target), value, sealFor(assignment))
  return sealed === value ? assignment : { target, value: sealed }
}

/** By the text of their paths: the secrets that a request sets, each with the texts that it may come to. */
type Given = Map<string, { readonly path: AttributePath; readonly texts: ReadonlySet<string> }>

/** Notes what is to be hashed. A later value takes an earlier one's place, unless a filter may pass it by. */
const notingIn =
  (given: Given, isFiltered = false): Seal =>
  (path, value) => {
    const at = pathText(path)
    const earlier = isFiltered ? (given.get(at)?.texts ?? []) : []
    given.set(at, { path, texts: new Set([...earlier, textOf(value, at)]) })
    return undefined
  }

const textOf = (value: Json, at: string): string =>
  typeof value === 'string' ? opaqueString(value, at) : JSON.stringify(value)

type Hashes = ReadonlyMap<string, ReadonlyMap<string, string>>

async function hashesOf(given: Given, kept: KeptSecrets | undefined): Promise<Hashes> {
  const secrets = given.size === 0 ? undefined : await kept?.()
  const hashes = new Map<string, ReadonlyMap<string, string>>()
  for (const [at, { path, texts }] of given) {
    const before = secretAt(path, secrets)
    const ofTexts = new Map<string, string>()
    // One after the other, so that no request takes more than one of the threads that hash.
    for (const text of texts) {
      const isKept = before !== undefined && (await isHashOf(before, text))
      ofTexts.set(text, isKept ? before : await hashOf(text))
    }
    hashes.set(at, ofTexts)
  }
  return hashes
}

const putting =
  (hashes: Hashes): Seal =>
  (path, value) => {
    const at = pathText(path)
    return hashes.get(at)?.get(textOf(value, at))
  }
