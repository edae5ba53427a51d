import { type Attribute, type AttributePath, findAttribute, pathText, subAttributesOf } from '../attribute.ts'
import { type ResourceType, typeNamed } from '../resource-types.ts'
import { isSecret } from '../secrets.ts'

/** What a change of declared types does to resources that are stored, if there are any such. */
export type Danger = {
  /** `Lamp`, `Lamp.label`, `User.urn:…:Room:floor`. */
  readonly place: string
  readonly message: string
  /** The name of the type whose resources it is about. */
  readonly type: string
  /**
   * It is about resources that have a value there; an empty path is that of all of them. Without a path it is about
   * every record of the type, also of what clients deleted.
   */
  readonly holding?: AttributePath
}

/**
 * What would become unreadable, or untrue, of stored resources when these types come after those. Everything else
 * may change at any time: descriptions, suggestions, who may see and who may change a value, what is added.
 */
export const dangersBetween = (
  before: readonly ResourceType[],
  after: readonly ResourceType[],
): readonly Danger[] =>
  before.flatMap(type => {
    const next = typeNamed(after, type.name)
    return next ? dangersIn(type, next) : [typeTaken(type)]
  })

const typeTaken = ({ name }: ResourceType): Danger => ({
  place: name,
  type: name,
  message: 'It can go once its resources are deleted, and the records purged that are retained.',
})

function dangersIn(before: ResourceType, after: ResourceType): readonly Danger[] {
  const { name } = before
  const dangers = dangersAmong(before.attributes, after.attributes, []).map(
    ({ path, holding, message }): Danger => ({
      place: `${name}.${pathText(path)}`,
      type: name,
      holding,
      message,
    }),
  )
  if (before.schema.id === after.schema.id) return dangers
  const message = `Its resources follow the schema "${before.schema.id}". Delete them first.`
  return [{ place: name, type: name, holding: [], message }, ...dangers]
}

/** A danger at a path, to resources that have a value at the other. */
type Change = Pick<Danger, 'message'> & { readonly path: AttributePath; readonly holding: AttributePath }

function dangersAmong(
  before: readonly Attribute[],
  after: readonly Attribute[],
  above: AttributePath,
): readonly Change[] {
  const changed = before.flatMap(attribute =>
    dangersOf(attribute, findAttribute(after, attribute.name), above),
  )
  const added = after
    .filter(({ name, required }) => required && !findAttribute(before, name))
    .map(attribute => ({ path: [...above, attribute], holding: above, message: needed }))
  return [...changed, ...added]
}

const needed = "Stored resources may lack it, so it can't be required."

function dangersOf(old: Attribute, next: Attribute | undefined, above: AttributePath): readonly Change[] {
  const path = [...above, old]
  const message = next ? differences.find(({ isIn }) => isIn(old, next))?.message : taken
  const dangers = message === undefined ? [] : [{ path, holding: path, message }]
  if (!next || message !== undefined) return dangers
  return [
    ...(next.required && !old.required ? [{ path, holding: above, message: needed }] : []),
    ...dangersAmong(subAttributesOf(old), subAttributesOf(next), path),
  ]
}

const taken = 'Stored resources have it. Remove it from them first.'

type Difference = {
  readonly isIn: (old: Attribute, next: Attribute) => boolean
  readonly message: string
}

const differs =
  (characteristic: 'name' | 'type' | 'multiValued' | 'caseExact') => (old: Attribute, next: Attribute) =>
    old[characteristic] !== next[characteristic]

const differences: readonly Difference[] = [
  {
    isIn: differs('name'),
    message: 'It is stored in this spelling. Keep it, or remove the attribute first.',
  },
  { isIn: differs('type'), message: 'Its stored values are of this type. Remove them first.' },
  {
    isIn: differs('multiValued'),
    message: 'Its stored values are as many as it said until now. Remove them first.',
  },
  // Keys and the form that filters see are made when a value is written.
  {
    isIn: differs('caseExact'),
    message: 'Its stored values are found as it said until now. Remove them first.',
  },
  {
    isIn: (old, next) => isSecret(old) !== isSecret(next),
    message:
      'What is never returned is stored as a hash, and everything else as it is. Remove its values first.',
  },
  {
    isIn: (old, next) => old.uniqueness === 'none' && next.uniqueness !== 'none',
    message: "Stored values may be the same, so they can't be unique. Remove them first.",
  },
]
