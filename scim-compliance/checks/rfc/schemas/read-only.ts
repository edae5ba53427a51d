import { skip } from '../../../expect.ts'
import { isObject, type Json } from '../../../json.ts'
import type { AttributeAtHand, Stage } from '../../../stage.ts'
import { needPutEffect } from '../../tools/controls.ts'
import { fitting, type Kind } from '../../tools/kinds.ts'
import { bodyWith, expectNone, type Place, valuesAtPlace } from '../../tools/places.ts'
import { posted } from '../../tools/posted.ts'
import { isReplaced } from '../../tools/puts.ts'

/** A value that no server gives by itself. */
const foreign = (attribute: AttributeAtHand, stage: Stage): Json => {
  const one = foreignOne(attribute, stage)
  return attribute.multiValued ? [one] : one
}

const foreignOne = ({ type, subAttributes }: AttributeAtHand, stage: Stage): Json => {
  switch (type) {
    case 'boolean':
      return true
    case 'integer':
    case 'decimal':
      return 987_654
    case 'dateTime':
      return '2001-02-03T04:05:06Z'
    case 'binary':
      return 'c2NpbQ=='
    case 'complex':
      return Object.fromEntries(
        subAttributes.filter(sub => sub.type !== 'complex').map(sub => [sub.name, foreign(sub, stage)]),
      )
    default:
      return stage.unique('foreign')
  }
}

const texts = (values: readonly Json[]): readonly string[] =>
  values.flatMap(value => (isObject(value) ? Object.values(value).map(String) : [String(value)]))

/** Whether what was sent for a readOnly attribute is there now. */
const kept = (resource: Json | undefined, place: Place, given: Json): boolean => {
  if (place.attribute.type === 'boolean') return false
  const sent = new Set(texts(Array.isArray(given) ? given : [given]))
  return texts(valuesAtPlace(resource, place)).some(value => value !== 'true' && sent.has(value))
}

const readOnly = ({ attribute, above, schema }: Place): boolean =>
  attribute.mutability === 'readOnly' &&
  above === undefined &&
  schema === undefined &&
  !['id', 'meta', 'schemas'].includes(attribute.name)

export async function ignoredOnPost(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, readOnly, 'readOnly')) {
    const faults: string[] = []
    for (const place of places) {
      const given = foreign(place.attribute, stage)
      const answer = await posted(stage, type, bodyWith(stage, type, place, given))
      if (answer.status !== 201) faults.push(`${place.path} is refused with ${answer.status}`)
      else if (kept(answer.body, place, given)) faults.push(`${place.path} is kept`)
    }
    expectNone(faults, `what is readOnly of ${type.name} to be ignored`)
  }
}

export async function ignoredOnPut(stage: Stage, kind: Kind): Promise<void> {
  await needPutEffect(stage)
  for (const { type, places } of fitting(stage, kind, readOnly, 'readOnly')) {
    const { path, sent } = await stage.create(type)
    const faults: string[] = []
    for (const place of places) {
      const given = foreign(place.attribute, stage)
      const answer = await stage.put(path, { ...sent, [place.attribute.name]: given })
      if ([404, 405, 501].includes(answer.status)) skip(`PUT is answered with ${answer.status}.`)
      const shown = answer.status === 204 ? await stage.get(path) : answer
      if (!isReplaced(answer)) faults.push(`${place.path} is refused with ${answer.status}`)
      else if (kept(shown.body, place, given)) faults.push(`${place.path} is kept`)
    }
    expectNone(faults, `what is readOnly of ${type.name} to be ignored`)
  }
}

export async function refusedOnPatch(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, readOnly, 'readOnly')) {
    const { path } = await stage.create(type)
    const faults: string[] = []
    for (const { attribute, path: name } of places) {
      const answer = await stage.patch(path, { op: 'replace', path: name, value: foreign(attribute, stage) })
      if (answer.status !== 400) faults.push(`${name}: ${answer.status}`)
    }
    expectNone(faults, `status 400 for a PATCH of what is readOnly of ${type.name}`)
  }
}
