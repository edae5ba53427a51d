import { type Attribute, type AttributePath, findAttribute, pathText, subAttributesOf } from '../attribute.ts'
import { type ResourceType, typeByName } from '../resource-types.ts'
import { isSecret } from '../secrets.ts'

export type BreakingChange = {
  /** `Lamp`, `Lamp.label`, `User.urn:…:Room:floor`. */
  readonly place: string
  readonly message: string
  readonly type: string
  /**
   * Affects resources that have a value at this path; an empty path means all resources. Without a path, the change affects
   * all records of the type, including those of deleted resources.
   */
  readonly valuePath?: AttributePath
}

/** Descriptions, canonical values, `returned`, `mutability` and new optional attributes may change at any time. */
export const breakingChanges = (
  before: readonly ResourceType[],
  after: readonly ResourceType[],
): readonly BreakingChange[] =>
  before.flatMap(type => {
    const next = typeByName(after, type.name)
    return next ? breakingChangesInType(type, next) : [typeRemoved(type)]
  })

const typeRemoved = ({ name }: ResourceType): BreakingChange => ({
  place: name,
  type: name,
  message: 'To remove the type, first delete its resources and purge their retained records.',
})

function breakingChangesInType(before: ResourceType, after: ResourceType): readonly BreakingChange[] {
  const { name } = before
  const changes = breakingChangesAmong(before.attributes, after.attributes, []).map(
    ({ path, valuePath, message }): BreakingChange => ({
      place: `${name}.${pathText(path)}`,
      type: name,
      valuePath,
      message,
    }),
  )
  if (before.schema.id === after.schema.id) return changes
  const message = `Stored resources have the schema "${before.schema.id}". Delete them first.`
  return [{ place: name, type: name, valuePath: [], message }, ...changes]
}

type Change = Pick<BreakingChange, 'message'> & {
  readonly path: AttributePath
  readonly valuePath: AttributePath
}

function breakingChangesAmong(
  before: readonly Attribute[],
  after: readonly Attribute[],
  above: AttributePath,
): readonly Change[] {
  const changed = before.flatMap(attribute =>
    breakingChangesOfAttribute(attribute, findAttribute(after, attribute.name), above),
  )
  const added = after
    .filter(({ name, required }) => required && !findAttribute(before, name))
    .map(attribute => ({ path: [...above, attribute], valuePath: above, message: becomesRequired }))
  return [...changed, ...added]
}

const becomesRequired = 'Stored resources may lack this attribute, so it cannot be required.'

function breakingChangesOfAttribute(
  old: Attribute,
  next: Attribute | undefined,
  above: AttributePath,
): readonly Change[] {
  const path = [...above, old]
  const message = next
    ? incompatibleChanges.find(({ applies }) => applies(old, next))?.message
    : attributeRemoved
  const changes = message === undefined ? [] : [{ path, valuePath: path, message }]
  if (!next || message !== undefined) return changes
  return [
    ...(next.required && !old.required ? [{ path, valuePath: above, message: becomesRequired }] : []),
    ...breakingChangesAmong(subAttributesOf(old), subAttributesOf(next), path),
  ]
}

const attributeRemoved = 'Stored resources have this attribute. Remove it from them first.'

type IncompatibleChange = {
  readonly applies: (old: Attribute, next: Attribute) => boolean
  readonly message: string
}

const differs =
  (characteristic: 'name' | 'type' | 'multiValued' | 'caseExact') => (old: Attribute, next: Attribute) =>
    old[characteristic] !== next[characteristic]

const incompatibleChanges: readonly IncompatibleChange[] = [
  {
    applies: differs('name'),
    message: 'Stored resources have this spelling. Keep it, or remove the attribute from them first.',
  },
  { applies: differs('type'), message: 'Stored values have the previous type. Remove them first.' },
  {
    applies: differs('multiValued'),
    message: 'Stored values follow the previous "multiValued". Remove them first.',
  },
  // Lookup keys and the form for filters are computed when a value is written.
  {
    applies: differs('caseExact'),
    message: 'Stored values are indexed by the previous "caseExact". Remove them first.',
  },
  {
    applies: (old, next) => isSecret(old) !== isSecret(next),
    message:
      'Values that are never returned are stored as hashes, all others in clear text. Remove the stored values first.',
  },
  {
    applies: (old, next) => old.uniqueness === 'none' && next.uniqueness !== 'none',
    message: 'Stored values may have duplicates, so the attribute cannot be unique. Remove them first.',
  },
]
