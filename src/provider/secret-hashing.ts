import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type AttributePath, pathText } from '../scim/attribute.ts'
import type { Json } from '../scim/json.ts'
import type { Assignment, PatchOperation } from '../scim/patch/operation.ts'
import { attributesOnPath } from '../scim/patch/path.ts'
import type { Resource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import {
  type SecretTransform,
  secretAttributes,
  storedSecretAt,
  transformSecrets,
  transformSecretValue,
} from '../scim/secrets.ts'
import { toOpaqueString } from '../scim/text.ts'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** Some 30 ms and 16 MiB each, off the event loop. Written into every hash, so that they may grow. */
const scryptCost = { ln: 14, r: 8, p: 1 }
const bytes = 32

/** RFC 7643 §9.2: of a secret only a slow, salted hash is kept, as PHC writes it: `$scrypt$ln=14,r=8,p=1$salt$hash`. */
export async function hashSecret(text: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(text, salt, bytes, optionsOf(scryptCost.ln, scryptCost.r, scryptCost.p))
  return `$scrypt$ln=${scryptCost.ln},r=${scryptCost.r},p=${scryptCost.p}$${inBase64(salt)}$${inBase64(hash)}`
}

/** Whether the hash is of this text; it takes as long whether it is or not. */
export async function verifySecret(kept: string, text: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = hashPattern.exec(kept) ?? []
  if (salt === undefined || hash === undefined) return false
  const wanted = Buffer.from(hash, 'base64')
  const options = optionsOf(Number(ln), Number(r), Number(p))
  const found = await derive(text, Buffer.from(salt, 'base64'), wanted.length, options)
  return timingSafeEqual(found, wanted)
}

const hashPattern = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

// scrypt needs 128·N·r bytes, and Node allows a little less than that by itself.
const optionsOf = (ln: number, r: number, p: number): ScryptOptions => ({
  N: 2 ** ln,
  r,
  p,
  maxmem: 256 * 2 ** ln * r,
})

const inBase64 = (buffer: Buffer) => buffer.toString('base64').replace(/=+$/, '')

/** Reads the hashes that a resource has, as `Prepared.secrets`. */
export type ReadStoredSecrets = () => Promise<string | undefined>

/**
 * The body with a hash for each secret. Hashing is slow, so it is done here, ahead of the transaction. A secret that is
 * the kept one keeps its hash: sent again it changes nothing (RFC 7644 §3.5.2.1).
 */
export async function hashBodySecrets(
  type: ResourceType,
  resource: Resource,
  kept?: ReadStoredSecrets,
): Promise<Resource> {
  if (!secretAttributes(type).some(({ name }) => resource[name] !== undefined)) return resource
  const given: SecretsToHash = new Map()
  transformSecrets(type, resource, collectSecrets(given))
  const hashes = await hashSecrets(given, kept)
  return transformSecrets(type, resource, insertHashes(hashes))
}

/** The operations of a PATCH with a hash for each secret that they set. What a remove lists names nothing kept. */
export async function hashPatchSecrets(
  type: ResourceType,
  operations: readonly PatchOperation[],
  kept: ReadStoredSecrets,
): Promise<readonly PatchOperation[]> {
  if (secretAttributes(type).length === 0) return operations
  const given: SecretsToHash = new Map()
  const noted = transformOperations(operations, ({ target }) =>
    collectSecrets(given, target.where !== undefined),
  )
  if (noted === operations) return operations
  const hashes = await hashSecrets(given, kept)
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

/** By the text of their paths: the secrets that a request sets, each with the texts that it may come to. */
type SecretsToHash = Map<string, { readonly path: AttributePath; readonly texts: ReadonlySet<string> }>

/** Notes what is to be hashed. A later value takes an earlier one's place, unless a filter may pass it by. */
const collectSecrets =
  (given: SecretsToHash, isFiltered = false): SecretTransform =>
  (path, value) => {
    const at = pathText(path)
    const earlier = isFiltered ? (given.get(at)?.texts ?? []) : []
    given.set(at, { path, texts: new Set([...earlier, textOf(value, at)]) })
    return undefined
  }

const textOf = (value: Json, at: string): string =>
  typeof value === 'string' ? toOpaqueString(value, at) : JSON.stringify(value)

type Hashes = ReadonlyMap<string, ReadonlyMap<string, string>>

async function hashSecrets(given: SecretsToHash, kept: ReadStoredSecrets | undefined): Promise<Hashes> {
  const secrets = given.size === 0 ? undefined : await kept?.()
  const hashes = new Map<string, ReadonlyMap<string, string>>()
  for (const [at, { path, texts }] of given) {
    const before = storedSecretAt(path, secrets)
    const ofTexts = new Map<string, string>()
    // One after the other, so that no request takes more than one of the threads that hash.
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
