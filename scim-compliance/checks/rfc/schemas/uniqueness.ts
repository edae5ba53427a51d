import { isObject, type JsonObject } from '../../../json.ts'
import type { AttributeAtHand, Stage, TypeAtHand } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { fitting, type Kind } from '../../tools/kinds.ts'
import { expectNone, filled, type Place, sampleAt } from '../../tools/places.ts'
import { posted, postedSample } from '../../tools/posted.ts'

const isUnique = ({ uniqueness }: AttributeAtHand): boolean => /^(server|global)$/.test(uniqueness)

const isOwn = ({ above, schema, attribute }: Place): boolean =>
  above === undefined &&
  schema === undefined &&
  attribute.mutability !== 'readOnly' &&
  attribute.name !== 'id'

export async function unique(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) => isOwn(one) && isUnique(one.attribute)
  for (const { type, places } of fitting(stage, kind, fits, 'unique')) {
    const faults: string[] = []
    for (const place of places) {
      const value = sampleAt(stage, type, place)
      if (value === undefined) continue
      await stage.create(type, { [place.attribute.name]: value })
      const answer = await postedSample(stage, type, { [place.attribute.name]: value })
      if (answer.status !== 409) faults.push(`a second ${place.path}: ${answer.status}`)
    }
    expectNone(faults, `status 409 for what is unique of ${type.name}`)
  }
}

const hasUnique = (attribute: AttributeAtHand): boolean =>
  isUnique(attribute) || attribute.subAttributes.some(isUnique)

/** Without what may be had only once. */
const withoutUnique = (body: JsonObject, { attributes, extensions }: TypeAtHand): JsonObject => {
  const less = (of: JsonObject, known: readonly AttributeAtHand[]): JsonObject =>
    Object.fromEntries(
      Object.entries(of).filter(([name]) => !known.some(one => one.name === name && hasUnique(one))),
    )
  return Object.fromEntries(
    Object.entries(less(body, attributes)).map(([name, value]) => {
      const extension = extensions.find(({ schema }) => schema === name)
      return [name, extension && isObject(value) ? less(value, extension.attributes) : value]
    }),
  )
}

export async function notUnique(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage)) {
    const [first] = await filled(stage, type)
    if (first === undefined) continue
    const anew: JsonObject = Object.fromEntries(
      type.attributes.filter(isUnique).flatMap(attribute => {
        const value = sampleAt(stage, type, { attribute, path: attribute.name })
        return value === undefined ? [] : [[attribute.name, value] as const]
      }),
    )
    const answer = await posted(stage, type, { ...withoutUnique(first.sent, type), ...anew })
    const detail = String(at(answer.body, 'detail') ?? '')
    expectNone(
      answer.status === 409 ? [`409 (${detail})`] : [],
      `a second ${type.name} with the same values of what isn’t unique to be made`,
      answer,
    )
  }
}
