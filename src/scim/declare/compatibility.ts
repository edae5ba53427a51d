import { type Attribute, type AttributePath, findAttribute, pathText, subAttributesOf } from '../attribute.ts'
import { type ResourceType, typeByName } from '../resource-types.ts'
import { isSecret } from '../secrets.ts'

/** What a change of declared types does to resources that are stored, if there are any such. */
export type BreakingChange = {
  /** `Lamp`, `Lamp.label`, `User.urn:…:Room:floor`. */
  readonly place: string
  readonly message: string
  /** The name of the type whose resources it is about. */
  readonly type: string
  /**
   * It is about resources that have a value there; an empty path is that of all of them. Without a path it is about
   * every record of the type, also of what clients deleted.
   */
  readonly valuePath?: AttributePath
}

/**
 * What would become unreadable, or untrue, of stored resources when these types come after those. Everything else
 * may change at any time: descriptions, suggestions, who may see and who may change a value, what is added.
 */
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
  message: 'It can go once its resources are deleted, and the records purged that are retained.',
})

function breakingChangesInType(before: ResourceType, after: ResourceType): readonly BreakingChange[] {
  const { name } = before
  const dangers = breakingChangesAmong(before.attributes, after.attributes, []).map(
    ({ path, valuePath, message }): BreakingChange => ({
      place: `${name}.${pathText(path)}`,
      type: name,
      valuePath,
      message,
    }),
  )
  if (before.schema.id === after.schema.id) return dangers
  const message = `Its resources follow the schema "${before.schema.id}". Delete them first.`
  return [{ place: name, type: name, valuePath: [], message }, ...dangers]
}

/** A danger at a path, to resources that have a value at the other. */
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

const becomesRequired = "Stored resources may lack it, so it can't be required."

function breakingChangesOfAttribute(
  old: Attribute,
  next: Attribute | undefined,
  above: AttributePath,
): readonly Change[] {
  const path = [...above, old]
  const message = next
    ? incompatibleChanges.find(({ applies }) => applies(old, next))?.message
    : attributeRemoved
  const dangers = message === undefined ? [] : [{ path, valuePath: path, message }]
  if (!next || message !== undefined) return dangers
  return [
    ...(next.required && !old.required ? [{ path, valuePath: above, message: becomesRequired }] : []),
    ...breakingChangesAmong(subAttributesOf(old), subAttributesOf(next), path),
  ]
}

const attributeRemoved = 'Stored resources have it. Remove it from them first.'

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
    message: 'It is stored in this spelling. Keep it, or remove the attribute first.',
  },
  { applies: differs('type'), message: 'Its stored values are of this type. Remove them first.' },
  {
    applies: differs('multiValued'),
    message: 'Its stored values are as many as it said until now. Remove them first.',
  },
  // Keys and the form that filters see are made when a value is written.
  {
    applies: differs('caseExact'),
    message: 'Its stored values are found as it said until now. Remove them first.',
  },
  {
    applies: (old, next) => isSecret(old) !== isSecret(next),
    message:
      'What is never returned is stored as a hash, and everything else as it is. Remove its values first.',
  },
  {
    applies: (old, next) => old.uniqueness === 'none' && next.uniqueness !== 'none',
    message: "Stored values may be the same, so they can't be unique. Remove them first.",
  },
]
