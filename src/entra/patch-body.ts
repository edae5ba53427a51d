import type { Json, JsonObject } from '../scim/json.ts'
import { type Change, idIn, rolesTarget } from './changes.ts'
import { isReference } from './desired.ts'
import type { WireOptions } from './dialect.ts'
import { isRoles, textOf } from './mapped-value.ts'
import { rolesInFull, rolesPacked } from './roles.ts'
import type { TargetPath } from './target-path.ts'

const patchOf = (Operations: readonly JsonObject[]): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})

/** The body of a PATCH that makes the changes. */
export const patchBody = (changes: readonly Change[], { dialect }: WireOptions): JsonObject =>
  patchOf(dialect === 'default' ? changes.map(defaultOperation) : flaggedOperations(changes))

/** By default each attribute has an operation of its own, with a path; booleans are texts, roles are packed. */
function defaultOperation({ op, target, value }: Change): JsonObject {
  // Undocumented; Microsoft's own tests clear a manager with an empty text.
  if (op === 'Remove' || value === undefined) return { op: 'Replace', path: target.text, value: '' }
  if (isRoles(value)) {
    const roles = value.kind === 'assertiveRoles' ? rolesInFull(value) : rolesPacked(value)
    return { op, path: rolesTarget(target).text, value: roles }
  }
  if (isReference(value)) return { op, path: target.text, value: value.reference }
  return { op, path: target.text, value: typeof value === 'boolean' ? textOf(value) : value }
}

/**
 * With `aadOptscim062020` the operations are in lower case, and what needs no filter goes into one operation without a
 * path: first those that have one, in the order of the changes, then what is replaced, then what is added.
 */
function flaggedOperations(changes: readonly Change[]): readonly JsonObject[] {
  const together = changes.filter(goesWithOthers)
  return [
    ...changes.filter(change => !goesWithOthers(change)).map(flaggedOperation),
    ...merged(together.filter(({ op }) => op === 'Replace')),
    ...merged(together.filter(({ op }) => op === 'Add')),
  ]
}

const goesWithOthers = ({ op, target, value }: Change) =>
  op !== 'Remove' && target.filter === undefined && !isRoles(value) && !isReference(value)

const merged = (changes: readonly Change[]): readonly JsonObject[] =>
  changes.length < 2
    ? changes.map(flaggedOperation)
    : [
        {
          op: opOf(changes[0]),
          value: Object.fromEntries(changes.map(({ target, value }) => [target.text, wireValue(value)])),
        },
      ]

function flaggedOperation(change: Change): JsonObject {
  const { target, value, previous } = change
  if (change.op === 'Remove') return { op: 'remove', path: valuePath(target, idIn(previous) ?? '') }
  return {
    op: opOf(change),
    path: isRoles(value) ? rolesTarget(target).text : target.text,
    value: wireValue(value),
  }
}

const opOf = (change: Change | undefined) => (change?.op === 'Add' ? 'add' : 'replace')

const wireValue = (value: Change['value']): Json => {
  if (value === undefined) return ''
  if (isRoles(value)) return rolesInFull(value)
  return isReference(value) ? value.reference : value
}

/** Entra leaves the URN away here: `manager[value eq "…"]`. */
const valuePath = ({ attribute }: Pick<TargetPath, 'attribute'>, id: string) =>
  `${attribute}[value eq ${JSON.stringify(id)}]`

/** The body of a PATCH that puts members into a group, or takes them out. `ids` are those of the target. */
export function memberPatchBody(
  op: 'add' | 'remove',
  ids: readonly string[],
  { dialect, memberNullRef }: Pick<WireOptions, 'dialect' | 'memberNullRef'>,
): JsonObject {
  const value = ids.map((id): JsonObject => (memberNullRef ? { $ref: null, value: id } : { value: id }))
  if (dialect === 'default') return patchOf([{ op: op === 'add' ? 'Add' : 'Remove', path: 'members', value }])
  if (op === 'add') return patchOf([{ op: 'add', path: 'members', value }])
  return patchOf(ids.map(id => ({ op: 'remove', path: valuePath({ attribute: 'members' }, id) })))
}
