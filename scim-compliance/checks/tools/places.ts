import { refersToResources } from '../../data/bodies.ts'
import { expectThat, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Answer, AttributeAtHand, Stage, TypeAtHand } from '../../stage.ts'
import { at, extended } from './attributes.ts'
import { posted } from './posted.ts'

/** An attribute, or a part of one, and where its values stand in a resource. */
export type Place = {
  readonly attribute: AttributeAtHand
  /** What it is a part of. */
  readonly above?: AttributeAtHand
  /** The extension's, where it is one. */
  readonly schema?: string
  /** `name.givenName`, `urn:…:manager`. */
  readonly path: string
}

const within = (attributes: readonly AttributeAtHand[], schema?: string): readonly Place[] =>
  attributes.flatMap(attribute => {
    const path = schema === undefined ? attribute.name : `${schema}:${attribute.name}`
    const about = schema === undefined ? {} : { schema }
    const parts = attribute.subAttributes.map(part => ({
      ...about,
      attribute: part,
      above: attribute,
      path: `${path}.${part.name}`,
    }))
    return [{ ...about, attribute, path }, ...parts]
  })

/** All attributes of a type and of its extensions, and all parts of them. */
export const placesOf = (type: TypeAtHand): readonly Place[] => [
  ...within(type.attributes),
  ...type.extensions.flatMap(({ schema, attributes }) => within(attributes, schema)),
]

/** Attributes of a type by themselves, not their parts. */
export const wholesOf = (type: TypeAtHand): readonly Place[] =>
  placesOf(type).filter(({ above }) => above === undefined)

export const isText = ({ type }: AttributeAtHand): boolean => type.toLowerCase() === 'string'

/** Whether values for it can be made without anything else on the server. */
export const isFree = ({ attribute, above }: Place): boolean =>
  !refersToResources(attribute) && (above === undefined || !refersToResources(above))

/** The values at a place: none, one, or of each of several. */
export function valuesAtPlace(
  resource: Json | undefined,
  { attribute, above, schema }: Place,
): readonly Json[] {
  const root = schema === undefined ? resource : at(resource, schema)
  const names = above === undefined ? [attribute.name] : [above.name, attribute.name]
  return names.reduce<readonly Json[]>(
    (values, name) =>
      values.flatMap(value => {
        const found = at(value, name)
        return found === undefined || found === null ? [] : Array.isArray(found) ? found : [found]
      }),
    root === undefined ? [] : [root],
  )
}

/** A sample that has this value at a place, and of the rest of the attribute what is required and its `value`. */
export function bodyWith(stage: Stage, type: TypeAtHand, place: Place, value: Json): JsonObject {
  const { attribute, above, schema } = place
  if (above === undefined) return withValue(stage, type, schema, attribute.name, value)
  const [whole] = valuesAtPlace(stage.fullSample(type), {
    ...place,
    attribute: above,
    above: undefined,
  } as Place)
  const needed = new Set(above.subAttributes.filter(one => one.required).map(({ name }) => name))
  const others = Object.entries(isObject(whole) ? whole : {}).filter(
    ([name]) => name === 'value' || needed.has(name),
  )
  const parts = { ...Object.fromEntries(others), [attribute.name]: value }
  return withValue(stage, type, schema, above.name, above.multiValued ? [parts] : parts)
}

const withValue = (
  stage: Stage,
  type: TypeAtHand,
  schema: string | undefined,
  name: string,
  value: Json,
): JsonObject =>
  schema === undefined
    ? stage.sample(type, { [name]: value })
    : extended(stage, type, schema, { [name]: value })

/** The value of an attribute in a full sample; undefined where none can be made. */
export const sampleAt = (stage: Stage, type: TypeAtHand, { attribute, schema }: Place): Json | undefined => {
  const sample = stage.fullSample(type)
  return at(schema === undefined ? sample : at(sample, schema), attribute.name)
}

/** What was made of a type, and what was sent for it. */
export type Filled = { readonly sent: JsonObject; readonly answer: Answer; readonly path: string }

const filledWith = async (stage: Stage, type: TypeAtHand, sent: JsonObject): Promise<Filled | undefined> => {
  const answer = await posted(stage, type, sent)
  const id = at(answer.body, 'id')
  return answer.status === 201 && typeof id === 'string'
    ? { sent, answer, path: `${type.endpoint}/${encodeURIComponent(id)}` }
    : undefined
}

/** One resource with a value for every attribute; where the server refuses that, one for each that it takes. */
export async function filled(stage: Stage, type: TypeAtHand): Promise<readonly Filled[]> {
  const all = await filledWith(stage, type, stage.fullSample(type))
  if (all !== undefined) return [all]
  const some: Filled[] = []
  for (const place of wholesOf(type)) {
    const value = sampleAt(stage, type, place)
    if (value === undefined) continue
    const one = await filledWith(stage, type, bodyWith(stage, type, place, value))
    if (one !== undefined) some.push(one)
  }
  return some.length > 0 ? some : skip(`No ${type.name} can be made.`)
}

/** Nothing of what was looked for was found; each is told. */
export const expectNone = (faults: readonly string[], what: string, answer?: Answer): void =>
  expectThat(faults.length === 0, what, faults.join('; '), answer)
