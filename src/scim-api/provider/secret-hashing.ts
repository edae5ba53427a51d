import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type AttributePath, pathText } from '../../scim/attribute.ts'
import type { Json } from '../../scim/json.ts'
import type { Assignment, PatchOperation } from '../../scim/patch/elements.ts'
import { attributesOnPath } from '../../scim/patch/parse.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import {
  type SecretTransform,
  secretAttributes,
  storedSecretAt,
  toOpaqueString,
  transformSecrets,
  transformSecretValue,
} from '../../scim/secrets.ts'

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

export type ReadStoredSecrets = () => Promise<string | undefined>

/**
 * Replaces each secret of a body with its hash. Hashing is slow, so it is done before the transaction. An unchanged secret
 * keeps its hash, so sending it again changes nothing (RFC 7644 §3.5.2.1).
 */
export async function hashBodySecrets(
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
export async function hashPatchSecrets(
  operations: readonly PatchOperation[],
  readStored: ReadStoredSecrets,
): Promise<readonly PatchOperation[]> {
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
