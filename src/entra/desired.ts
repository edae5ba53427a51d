import { evaluate } from './expression.ts'
import { isRoles, type MappedRoles, type MappedValue, textOf } from './mapped-value.ts'
import type { AttributeMapping, ObjectMapping } from './mapping.ts'
import type { ExpressionContext } from './source-object.ts'
import { parseTarget, type TargetPath } from './target-path.ts'

/** A reference to another resource of the target, by its id there. */
export type Reference = { readonly reference: string | readonly string[] }

/** What an attribute of the target should hold. Empty source values aren't provisioned and have none. */
export type DesiredValue = string | boolean | readonly string[] | Reference | MappedRoles

/** What the target should hold of an object, by target attribute as the mapping writes it, in its order. */
export type Desired = ReadonlyMap<string, DesiredValue>

/** The id that an object of the source has in the target, if it is known there. */
export type LinkOf = (objectId: string) => string | undefined

/** Default values and what flows `onCreate` are only for a create. */
export type Occasion = 'create' | 'update'

/** Maps a source object. References whose object has no id in the target yet are absent (`unresolvedOf`). */
export function desiredOf(
  mapping: ObjectMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
  occasion: Occasion = 'update',
): Desired {
  const desired = new Map<string, DesiredValue>()
  for (const attribute of mapping.attributes) {
    if (attribute.flow === 'onCreate' && occasion === 'update') continue
    const value = attribute.reference
      ? referenceOf(attribute, context, linkOf)
      : plainValueOf(attribute, context, occasion)
    if (value !== undefined) desired.set(attribute.target, value)
  }
  return desired
}

/** objectIds that a reference names and that have no id in the target. */
export const unresolvedOf = (
  mapping: ObjectMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
): readonly { readonly target: string; readonly objectId: string }[] =>
  mapping.attributes
    .filter(({ reference }) => reference)
    .flatMap(attribute =>
      objectIdsIn(evaluate(attribute.source, context))
        .filter(objectId => linkOf(objectId) === undefined)
        .map(objectId => ({ target: attribute.target, objectId })),
    )

/** Whether the mapping provisions who is in a group. */
export const mapsMembers = (mapping: ObjectMapping): boolean =>
  mapping.attributes.some(({ target }) => parseTarget(target).attribute.toLowerCase() === 'members')

function plainValueOf(
  { source, target, otherwise }: AttributeMapping,
  context: ExpressionContext,
  occasion: Occasion,
): DesiredValue | undefined {
  const value = provisioned(evaluate(source, context), parseTarget(target))
  return value ?? (occasion === 'create' ? provisioned(otherwise, parseTarget(target)) : undefined)
}

/** Entra can't provision empty values (Microsoft's known issues). */
function provisioned(value: MappedValue | undefined, target: TargetPath): DesiredValue | undefined {
  if (value === undefined || value === '') return undefined
  if (target.isBoolean && typeof value === 'string') return asBoolean(value)
  if (isRoles(value)) return takesRoles(target, value) ? value : textOf(value)
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

const asBoolean = (text: string) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text)

/** `roles[primary eq "True"].value`, `roles`, and for several roles also an attribute of one's own. */
const takesRoles = ({ attribute, sub = '' }: TargetPath, { kind }: MappedRoles) =>
  attribute.toLowerCase() === 'roles' ? /^(value)?$/i.test(sub) : sub === '' && kind !== 'singleRole'

function referenceOf(
  { source }: AttributeMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
): Reference | undefined {
  const value = evaluate(source, context)
  const ids = objectIdsIn(value)
    .map(linkOf)
    .filter(id => id !== undefined)
  if (Array.isArray(value)) return { reference: ids }
  return ids[0] === undefined ? undefined : { reference: ids[0] }
}

const objectIdsIn = (value: MappedValue | undefined): readonly string[] => {
  if (value === undefined || value === '') return []
  return Array.isArray(value) ? value : [textOf(value)]
}

export const isReference = (value: DesiredValue | undefined): value is Reference =>
  typeof value === 'object' && 'reference' in value
