import { createHash } from 'node:crypto'
import type { Scope } from './scope.ts'
import { isGroup } from './scope.ts'
import type { SourceGroup, SourceUser } from './source-directory.ts'

/**
 * Stands for all of an object that a cycle looks at. Entra asks its directory what has changed since a watermark;
 * here an object has changed when its fingerprint is another one.
 */
export function fingerprintOf(object: SourceUser | SourceGroup, scope: Scope): string {
  const parts = [
    object.attributes,
    object.deletedAt ?? 0,
    scope.has(object),
    scope.rolesOf(object.objectId),
    ...(isGroup(object) ? [object.members] : [object.accountEnabled, object.manager]),
  ]
  return hashOf(parts)
}

/** Of an object that isn't in the directory any more. */
export const vanished = 'vanished'

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)
