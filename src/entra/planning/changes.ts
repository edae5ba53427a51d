import { compact, isObject, type Json, type JsonObject, jsonEquals } from '../../scim/json.ts'
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

/** One attribute of the target that differs from what it should hold. */
export type Change = {
  readonly op: 'Add' | 'Replace' | 'Remove'
  readonly target: TargetPath
  /** Absent of a Remove. */
  readonly value?: DesiredValue
  /** What the target answered; absent when it holds nothing. */
  readonly previous?: Json
}

export type ChangeOptions = {
  /** A manager that the target has and the source hasn't is removed. Entra isn't known to do so. */
  readonly clearManager?: boolean
}

/**
 * What is to be sent so that the target holds what it should: Add when the response lacks an attribute or has an empty
 * text, Replace when it differs. A source value that was cleared changes nothing, for Entra can't provision null.
 * `current` is the response of the GET. Members aren't compared, for they are never read back.
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
  const held = currentValues(current, target)
  if (held.length === 0) return { op: 'Add', target, value }
  // With two elements of one type all have to be right, for the PATCH reaches all of them.
  const different = held.find(each => !isSame(each, value))
  return different === undefined ? undefined : { op: 'Replace', target, value, previous: different }
}

function isSame(held: Json, value: DesiredValue): boolean {
  if (isReference(value)) return referencedId(held) === value.reference
  if (typeof value === 'boolean') return String(held).toLowerCase() === String(value)
  if (typeof value === 'string') return !isObject(held) && String(held) === value
  return !isRoles(value) && jsonEquals(held, value)
}

/** A manager comes back as an object; from some servers as the bare id. */
export const referencedId = (held: Json | undefined): string | undefined => {
  const id = isObject(held) ? subValue(held, 'value') : held
  return typeof id === 'string' ? id : undefined
}

/** AppRoleAssignmentsComplex only ever adds; the assertive one replaces whatever is there. */
function roleChange(target: TargetPath, value: MappedRoles, current: JsonObject): Change | undefined {
  const [held] = currentValues(current, rolesTarget(target))
  if (hasRoles(held, value)) return undefined
  const op = value.kind === 'assertiveRoles' ? 'Replace' : 'Add'
  return { op, target, value, ...compact({ previous: held }) }
}

/** Roles are written as a whole, also when the mapping names only their value. */
export const rolesTarget = ({ extension, attribute }: TargetPath): TargetPath =>
  parseTargetPath(extension === undefined ? attribute : `${extension}:${attribute}`)

function managerRemoval(desired: Desired, current: JsonObject): Change | undefined {
  if (desired.has(managerTarget.text)) return undefined
  const [previous] = currentValues(current, managerTarget)
  return previous === undefined ? undefined : { op: 'Remove', target: managerTarget, previous }
}

/** A line of `modifiedProperties` in the provisioning log. */
export type ModifiedProperty = {
  readonly displayName: string
  readonly oldValue: string | null
  readonly newValue: string | null
}

export const modifiedProperties = (changes: readonly Change[]): readonly ModifiedProperty[] =>
  changes.map(({ target, value, previous }) => ({
    displayName: target.text,
    oldValue: previous === undefined ? null : currentText(previous),
    newValue: value === undefined ? null : desiredText(value),
  }))

/** What a POST sets. */
export const createdProperties = (desired: Desired): readonly ModifiedProperty[] =>
  [...desired].map(([displayName, value]) => ({ displayName, oldValue: null, newValue: desiredText(value) }))

const currentText = (held: Json): string =>
  typeof held === 'string' || typeof held === 'boolean'
    ? toText(held)
    : (referencedId(held) ?? JSON.stringify(held))

const desiredText = (value: DesiredValue): string =>
  isReference(value) ? toText(value.reference) : toText(value)
