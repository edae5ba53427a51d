import type { Json, JsonObject } from '../scim/json.ts'
import { changesBetween } from './changes.ts'
import { currentValues } from './current-value.ts'
import { type DesiredValue, desiredOf, isReference } from './desired.ts'
import { sourcesOf } from './expression-sources.ts'
import { isRoles } from './mapped-value.ts'
import type { ObjectMapping } from './mapping.ts'
import type { ExpressionContext } from './source-object.ts'
import { parseTarget } from './target-path.ts'

/** An attribute of the target that isn't what the source says; a side that is empty is absent. */
export type Drift = { readonly path: string; readonly source?: Json; readonly target?: Json }

/** The mapping of those attributes alone whose sources are all known; references lead to ids that aren't. */
export const mappedFrom = (mapping: ObjectMapping, known: ReadonlySet<string>): ObjectMapping => ({
  ...mapping,
  attributes: mapping.attributes.filter(
    ({ source, reference }) => !reference && sourcesOf(source).every(name => known.has(name)),
  ),
})

/**
 * What the target holds otherwise than the source says, also where the source says that there is nothing: Entra can't
 * provision that, so what was cleared stays in the target. `enabled` is what the target makes of a boolean that is
 * absent.
 */
export function driftBetween(
  mapping: ObjectMapping,
  context: ExpressionContext,
  document: JsonObject,
  enabled: boolean,
): readonly Drift[] {
  const desired = desiredOf(mapping, context, () => undefined)
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
      const [held] = currentValues(document, parseTarget(target))
      return held === undefined ? [] : [{ path: target, target: held }]
    })
  return [...changed, ...cleared]
}

const jsonOf = (value: DesiredValue): Json => {
  if (isReference(value)) return value.reference
  return isRoles(value) ? value.roles.map(role => role.value) : value
}
