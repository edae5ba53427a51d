import { skip } from '../../../expect.ts'
import { isObject, type Json } from '../../../json.ts'
import type { Stage, TypeAtHand } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import type { Kind } from '../../tools/kinds.ts'
import { expectNone, filled, isText, placesOf, valuesAtPlace, wholesOf } from '../../tools/places.ts'

const fitsType = (value: Json, type: string): boolean => {
  switch (type.toLowerCase()) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return Number.isInteger(value)
    case 'decimal':
      return typeof value === 'number'
    case 'complex':
      return isObject(value)
    case 'datetime':
      return typeof value === 'string' && /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value)
    case 'binary':
      return typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value)
    default:
      return typeof value === 'string'
  }
}

export async function typed(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage))
    for (const { answer } of await filled(stage, type)) {
      const faults = placesOf(type).flatMap(place =>
        valuesAtPlace(answer.body, place)
          .filter(value => !fitsType(value, place.attribute.type))
          .map(value => `${place.path} is ${JSON.stringify(value)}, no ${place.attribute.type}`),
      )
      expectNone(faults, `values of ${type.name} of the advertised types`, answer)
    }
}

export async function plural(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage))
    for (const { answer } of await filled(stage, type)) {
      const faults = wholesOf(type).flatMap(({ attribute, schema, path }) => {
        const value = at(schema === undefined ? answer.body : at(answer.body, schema), attribute.name)
        if (value === undefined || value === null || Array.isArray(value) === attribute.multiValued) return []
        return [`${path} is ${attribute.multiValued ? 'no array' : 'an array'}`]
      })
      expectNone(
        faults,
        `arrays for what is advertised as multiValued of ${type.name}, and for nothing else`,
        answer,
      )
    }
}

const ofAll = new Set(['schemas', 'id', 'externalid', 'meta'])

const strange = (
  value: Json | undefined,
  known: TypeAtHand['attributes'],
  above: string,
): readonly string[] => {
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, one]) => {
    if (above === '' && (ofAll.has(name.toLowerCase()) || name.startsWith('urn:'))) return []
    const found = known.find(attribute => attribute.name.toLowerCase() === name.toLowerCase())
    if (found === undefined) return [`${above}${name}`]
    if (found.subAttributes.length === 0) return []
    return (Array.isArray(one) ? one : [one]).flatMap(each =>
      strange(each, found.subAttributes, `${above}${name}.`),
    )
  })
}

export async function known(stage: Stage, kind: Kind): Promise<void> {
  if (stage.service.schemas.length === 0) skip('/Schemas can’t be read.')
  for (const type of kind.types(stage))
    for (const { answer } of await filled(stage, type)) {
      const inExtensions = type.extensions.flatMap(({ schema, attributes }) =>
        strange(at(answer.body, schema), attributes, `${schema}:`),
      )
      const faults = [...strange(answer.body, type.attributes, ''), ...inExtensions]
      expectNone([...new Set(faults)], `nothing in ${type.name} that its schemas don’t have`, answer)
    }
}

export async function caseKept(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage)) {
    const faults: string[] = []
    for (const { sent, answer } of await filled(stage, type))
      for (const place of placesOf(type)) {
        if (!isText(place.attribute) || !place.attribute.caseExact) continue
        const [before, after] = [valuesAtPlace(sent, place), valuesAtPlace(answer.body, place)]
        if (after.length > 0 && before.length > 0 && JSON.stringify(before) !== JSON.stringify(after))
          faults.push(`${place.path} is ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`)
      }
    expectNone(faults, `what is caseExact of ${type.name} as it was sent`)
  }
}
