import { compact, isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { memoize } from '../../../scim/memoize.ts'
import {
  attributesNamedIn,
  type Entry,
  find,
  readAttributes,
  readBoolean,
} from '../../kit/directory/attributes.ts'
import { isUserEntry } from '../../kit/directory/directory-records.ts'
import type { ReadingProblems } from '../../kit/directory/problems.ts'
import { evaluateExpression } from '../mapping/expression.ts'
import { type Mapping, matchingAttributes, type ObjectMapping, parseTargetPath } from '../mapping/mapping.ts'
import { type ExpressionContext, isRoles, sourceAttributes } from '../mapping/values.ts'
import { changesBetween, currentValues, type DesiredValue, desiredValues, isReference } from './changes.ts'
import { filterValue } from './target-object.ts'

export type AttributeDifference = { readonly path: string; readonly source?: Json; readonly target?: Json }

export const mappingFrom = (mapping: ObjectMapping, known: ReadonlySet<string>): ObjectMapping => ({
  ...mapping,
  attributes: mapping.attributes.filter(
    ({ source, reference }) => !reference && sourceAttributes(source).every(name => known.has(name)),
  ),
})

/**
 * Compares the target with the source. Includes attributes that are empty in the source but not in the target: Entra
 * can't provision empty values, so a cleared value stays in the target. `enabled` is the value that the target assumes
 * for an absent boolean.
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
      ...compact({ target: previous }),
    }))
  const cleared = mapping.attributes
    .filter(({ target, flow }) => flow === 'always' && !desired.has(target))
    .flatMap(({ target }) => {
      const [current] = currentValues(document, parseTargetPath(target))
      return current === undefined ? [] : [{ path: target, target: current }]
    })
  return [...changed, ...cleared]
}

const jsonOf = (value: DesiredValue): Json => {
  if (isReference(value)) return value.reference
  return isRoles(value) ? value.roles.map(role => role.value) : value
}

export type ExportedObject = {
  readonly context: ExpressionContext
  readonly knownAttributes: ReadonlySet<string>
}

/** A disabled account counts as soft-deleted. `named`: the exported attributes, if all objects have the same. */
export function readExportedObject(
  entry: Entry,
  problems: ReadingProblems,
  named: ReadonlySet<string> = attributesNamedIn(entry.value),
): ExportedObject {
  const attributes = readAttributes(entry, problems)
  const objectId = find(entry.value, 'objectId')
  const accountEnabled = readBoolean(entry, 'accountEnabled', problems)
  const knownAttributes = accountEnabled === undefined ? lowerCasedWithoutAccount(named) : lowerCased(named)
  const context = {
    attributes: { ...attributes, ...(typeof objectId === 'string' && { objectId }) },
    ...compact({ accountEnabled }),
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

export function matchingValueOf(mapping: ObjectMapping, context: ExpressionContext): string | undefined {
  const [matching] = matchingAttributes(mapping)
  return matching && filterValue(evaluateExpression(matching.source, context))
}

export function exportedMembers(
  { value }: Entry,
  mapping: Mapping,
  problems: ReadingProblems,
): readonly (string | undefined)[] {
  const members = find(value, 'members')
  if (!Array.isArray(members)) return []
  return members.map(member => {
    if (!isObject(member)) return undefined
    const entry = { place: '', value: member }
    const matched = isUserEntry(entry) ? mapping.users : mapping.groups
    return matchingValueOf(matched, readExportedObject(entry, problems).context)
  })
}
