import { compact, isObject, type Json, type JsonObject, jsonEquals } from '../../../scim/json.ts'
import { managerTarget, parseTargetPath, type TargetPath } from '../mapping/mapping.ts'
import { isRoles, type MappedRoles, toText } from '../mapping/values.ts'
import {
  currentValues,
  type Desired,
  type DesiredValue,
  hasRoles,
  isReference,
  subValue,
} from './attribute-values.ts'
import type { ModifiedProperty } from './provisioning-log.ts'

export type Change = {
  readonly op: 'Add' | 'Replace' | 'Remove'
  readonly target: TargetPath
  readonly value?: DesiredValue
  readonly previous?: Json
}

type ChangeOptions = {
  /** Removes a manager that the source doesn't have. Entra isn't known to do this. */
  readonly clearManager?: boolean
}

/**
 * The changes that give the target the desired values: Add if an attribute is absent or an empty string, Replace if it
 * differs. A cleared source value changes nothing, because Entra can't provision null. `current` is the response of the
 * GET. Members aren't compared, because they are never read.
 */
export function changesBetween(
  desired: Desired,
  current: JsonObject,
  options: ChangeOptions = {},
): readonly Change[] {
  const changes = [...desired].flatMap(
    ([text, value]) => changeOf(parseTargetPath(text), value, current) ?? [],
  )
  const removal = options.clearManager ? managerRemoval(desired, current) : undefined
  return removal ? [...changes, removal] : changes
}

function changeOf(target: TargetPath, value: DesiredValue, current: JsonObject): Change | undefined {
  if (isRoles(value)) return roleChange(target, value, current)
  if (isReference(value) && typeof value.reference !== 'string') return undefined
  const values = currentValues(current, target)
  if (values.length === 0) return { op: 'Add', target, value }
  // If several elements have the type, all must match: the PATCH changes all of them.
  const different = values.find(each => !isSame(each, value))
  return different === undefined ? undefined : { op: 'Replace', target, value, previous: different }
}

function isSame(current: Json, value: DesiredValue): boolean {
  if (isReference(value)) return referencedId(current) === value.reference
  if (typeof value === 'boolean') return String(current).toLowerCase() === String(value)
  if (typeof value === 'string') return !isObject(current) && String(current) === value
  return !isRoles(value) && jsonEquals(current, value)
}

/** Servers return a manager as an object; some return only its id. */
export const referencedId = (value: Json | undefined): string | undefined => {
  const id = isObject(value) ? subValue(value, 'value') : value
  return typeof id === 'string' ? id : undefined
}

/** AppRoleAssignmentsComplex only adds roles; AssertiveAppRoleAssignmentsComplex replaces the existing ones. */
function roleChange(target: TargetPath, value: MappedRoles, current: JsonObject): Change | undefined {
  const [previous] = currentValues(current, rolesTarget(target))
  if (hasRoles(previous, value)) return undefined
  const op = value.kind === 'assertiveRoles' ? 'Replace' : 'Add'
  return { op, target, value, ...compact({ previous }) }
}

/** Roles are written whole, even if the mapping names only their value. */
export const rolesTarget = ({ extension, attribute }: TargetPath): TargetPath =>
  parseTargetPath(extension === undefined ? attribute : `${extension}:${attribute}`)

function managerRemoval(desired: Desired, current: JsonObject): Change | undefined {
  if (desired.has(managerTarget.text)) return undefined
  const [previous] = currentValues(current, managerTarget)
  return previous === undefined ? undefined : { op: 'Remove', target: managerTarget, previous }
}

export const modifiedProperties = (changes: readonly Change[]): readonly ModifiedProperty[] =>
  changes.map(({ target, value, previous }) => ({
    displayName: target.text,
    oldValue: previous === undefined ? null : currentText(previous),
    newValue: value === undefined ? null : desiredText(value),
  }))

export const createdProperties = (desired: Desired): readonly ModifiedProperty[] =>
  [...desired].map(([displayName, value]) => ({ displayName, oldValue: null, newValue: desiredText(value) }))

const currentText = (value: Json): string =>
  typeof value === 'string' || typeof value === 'boolean'
    ? toText(value)
    : (referencedId(value) ?? JSON.stringify(value))

const desiredText = (value: DesiredValue): string =>
  isReference(value) ? toText(value.reference) : toText(value)
