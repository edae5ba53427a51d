import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import { attributesNamedIn, type Entry, find, readAttributes, readBoolean } from '../directory/attributes.ts'
import type { ReadingProblems } from '../directory/problems.ts'
import { isUserEntry } from '../directory/sheets.ts'
import { evaluateExpression } from '../mapping/expression.ts'
import { sourceAttributes } from '../mapping/expression-tree.ts'
import {
  type AttributeMapping,
  type Mapping,
  type ObjectMapping,
  parseTargetPath,
} from '../mapping/mapping.ts'
import { type ExpressionContext, isRoles } from '../mapping/values.ts'
import { currentValues, type DesiredValue, desiredValues, isReference } from './attribute-values.ts'
import { changesBetween } from './changes.ts'
import { filterValue } from './target-object.ts'

/** An attribute of the target that isn't what the source says; a side that is empty is absent. */
export type AttributeDifference = { readonly path: string; readonly source?: Json; readonly target?: Json }

/** The mapping of those attributes alone whose sources are all known; references lead to ids that aren't. */
export const isMappedFrom = (mapping: ObjectMapping, known: ReadonlySet<string>): ObjectMapping => ({
  ...mapping,
  attributes: mapping.attributes.filter(
    ({ source, reference }) => !reference && sourceAttributes(source).every(name => known.has(name)),
  ),
})

/**
 * What the target holds otherwise than the source says, also where the source says that there is nothing: Entra can't
 * provision that, so what was cleared stays in the target. `enabled` is what the target makes of a boolean that is
 * absent.
 */
export function compareAttributes(
  mapping: ObjectMapping,
  context: ExpressionContext,
  document: JsonObject,
  enabled: boolean,
): readonly AttributeDifference[] {
  const desired = desiredValues(mapping, context, () => undefined)
  const changed = changesBetween(desired, document)
    .filter(({ value, previous }) => previous !== undefined || value !== enabled)
    .map(({ target, value, previous }) => ({
      path: target.text,
      ...(value !== undefined && { source: jsonOf(value) }),
      ...(previous !== undefined && { target: previous }),
    }))
  const cleared = mapping.attributes
    .filter(({ target, flow }) => flow === 'always' && !desired.has(target))
    .flatMap(({ target }) => {
      const [held] = currentValues(document, parseTargetPath(target))
      return held === undefined ? [] : [{ path: target, target: held }]
    })
  return [...changed, ...cleared]
}

const jsonOf = (value: DesiredValue): Json => {
  if (isReference(value)) return value.reference
  return isRoles(value) ? value.roles.map(role => role.value) : value
}

/** A user or group as an export of the directory tells it, and which attributes it tells, in lower case. */
export type ExportedObject = {
  readonly context: ExpressionContext
  readonly knownAttributes: ReadonlySet<string>
}

/**
 * Reads one object. An account that is disabled counts as soft-deleted, as it does when it is provisioned. `named` are
 * the attributes that stand there, where they are known to be the same for many objects.
 */
export function readExportedObject(
  entry: Entry,
  notes: ReadingProblems,
  named: ReadonlySet<string> = attributesNamedIn(entry.value),
): ExportedObject {
  const attributes = readAttributes(entry, notes)
  const objectId = find(entry.value, 'objectId')
  const accountEnabled = readBoolean(entry, 'accountEnabled', notes)
  const knownAttributes = accountEnabled === undefined ? lowerCasedWithoutAccount(named) : lowerCased(named)
  const context = {
    attributes: { ...attributes, ...(typeof objectId === 'string' && { objectId }) },
    ...(accountEnabled !== undefined && { accountEnabled }),
    isSoftDeleted: accountEnabled === false,
    appRoles: [],
  }
  return { context, knownAttributes }
}

const lowerCased = memoize(
  (named: ReadonlySet<string>): ReadonlySet<string> => new Set([...named].map(name => name.toLowerCase())),
)
const lowerCasedWithoutAccount = memoize(
  (named: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...lowerCased(named)].filter(name => name !== 'accountenabled')),
)

/** The attribute that objects are matched by before any other. */
export const matchingAttribute = ({ attributes }: ObjectMapping): AttributeMapping | undefined =>
  attributes
    .filter(({ matching }) => matching !== undefined)
    .toSorted((one, other) => (one.matching ?? 0) - (other.matching ?? 0))[0]

/** The object's value of it; undefined when it has none. */
export function matchingValueOf(mapping: ObjectMapping, context: ExpressionContext): string | undefined {
  const matching = matchingAttribute(mapping)
  return matching && filterValue(evaluateExpression(matching.source, context))
}

/** Of a group's members, what each is matched by; one that can't be told by it is undefined. */
export function exportedMembers(
  { value }: Entry,
  mapping: Mapping,
  notes: ReadingProblems,
): readonly (string | undefined)[] {
  const members = find(value, 'members')
  if (!Array.isArray(members)) return []
  return members.map(member => {
    if (!isObject(member)) return undefined
    const entry = { place: '', value: member }
    const matched = isUserEntry(entry) ? mapping.users : mapping.groups
    return matchingValueOf(matched, readExportedObject(entry, notes).context)
  })
}
