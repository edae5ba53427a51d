import type { Json, JsonObject } from '../scim/json.ts'
import { elementsOf, memberOf } from './current-value.ts'
import type { MappedRoles } from './mapped-value.ts'
import type { AppRole } from './source-directory.ts'

const roleType = 'WindowsAzureActiveDirectoryRole'

/** Roles as a POST has them, and a PATCH with `aadOptscim062020`. */
export const rolesInFull = ({ kind, roles }: MappedRoles): readonly JsonObject[] =>
  roles.map(
    ({ value, displayName }): JsonObject =>
      kind === 'singleRole'
        ? { primary: true, type: roleType, value }
        : { primary: false, type: roleType, display: displayName, value },
  )

/** Roles as a PATCH in the default dialect has them: JSON text in the `value`. */
export const rolesPacked = ({ roles }: MappedRoles): readonly JsonObject[] =>
  roles.map(role => ({ value: packed(role) }))

const packed = ({ id, value, displayName }: AppRole) => JSON.stringify({ id, value, displayName })

/** Whether the target holds these roles; nothing besides them when they are to replace what is there. */
export function holdsRoles(held: Json | undefined, { kind, roles }: MappedRoles): boolean {
  const values = new Set(elementsOf(held).map(roleValue))
  return (
    roles.every(({ value }) => values.has(value)) &&
    (kind !== 'assertiveRoles' || values.size === roles.length)
  )
}

/** Many servers keep the JSON text as it came. */
function roleValue(element: Json): string {
  const text = String(memberOf(element, 'value') ?? element)
  if (!text.startsWith('{')) return text
  try {
    const value = memberOf(JSON.parse(text), 'value')
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
