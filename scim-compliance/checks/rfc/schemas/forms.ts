import type { Check } from '../../../check.ts'
import { expectStatus, skip } from '../../../expect.ts'
import type { Json } from '../../../json.ts'
import type { Stage, TypeAtHand } from '../../../stage.ts'
import { isSeen } from '../../tools/attributes.ts'
import {
  bodyWith,
  expectNone,
  isFree,
  type Place,
  placesOf,
  sampleAt,
  valuesAtPlace,
} from '../../tools/places.ts'
import { posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { wrong } from './wrong-values.ts'

const isFor = (type: string) => (place: Place) =>
  (type === 'part'
    ? place.above !== undefined && place.attribute.type !== 'complex'
    : place.attribute.type.toLowerCase() === type.toLowerCase()) &&
  place.attribute.mutability !== 'readOnly' &&
  place.above?.mutability !== 'readOnly' &&
  place.attribute.returned !== 'never' &&
  isFree(place)

/** One of each is enough: servers read values of a type in one place. */
const most = 3

/** A valid value for a place; undefined where none can be made. */
const sampleOf = (stage: Stage, type: TypeAtHand, place: Place): Json | undefined => {
  const [value] = valuesAtPlace(stage.fullSample(type), place)
  return value === undefined || !place.attribute.multiValued ? value : [value]
}

async function expectRefused(stage: Stage, type: string, value: Json): Promise<void> {
  let seen = 0
  const faults: string[] = []
  for (const one of stage.types)
    for (const place of placesOf(one).filter(isFor(type)).slice(0, most)) {
      const right = sampleOf(stage, one, place)
      if (right === undefined) continue
      // Where the server refuses a valid value, too, a refusal of a wrong one says nothing.
      if ((await posted(stage, one, bodyWith(stage, one, place, right))).status !== 201) continue
      const sent = bodyWith(stage, one, place, place.attribute.multiValued ? [value] : value)
      seen++
      const answer = await posted(stage, one, sent)
      if (answer.status !== 400)
        faults.push(`${one.name}: ${place.path} ${JSON.stringify(value)}: ${answer.status}`)
    }
  if (seen === 0) skip('The server takes no valid value for an attribute of this type.')
  expectNone(faults, 'status 400')
}

const right = ['boolean', 'integer', 'decimal', 'dateTime', 'binary', 'reference'] as const

const requirementsOf = {
  boolean: ['R-030'],
  integer: ['R-031'],
  decimal: ['R-031'],
  dateTime: ['R-032'],
  binary: ['R-033', 'R-074'],
  reference: ['R-034', 'R-075'],
} as const

/** Instants are the same however they are written. */
const same = (type: string, one: Json | undefined, other: Json | undefined): boolean =>
  one === other || (type === 'dateTime' && Date.parse(String(one)) === Date.parse(String(other)))

async function expectKept(stage: Stage, type: string): Promise<void> {
  let seen = 0
  const faults: string[] = []
  for (const one of stage.types)
    for (const place of placesOf(one).filter(isFor(type)).slice(0, most)) {
      const whole = place.above
        ? { attribute: place.above, path: '', ...(place.schema && { schema: place.schema }) }
        : place
      const full = sampleAt(stage, one, whole)
      const [value] = valuesAtPlace(stage.fullSample(one), place)
      if (full === undefined || value === undefined || place.attribute.multiValued) continue
      seen++
      const answer = await posted(stage, one, bodyWith(stage, one, place, value))
      expectStatus(answer, 201)
      if (![place.attribute, place.above ?? place.attribute].every(isSeen)) continue
      const [got] = valuesAtPlace(answer.body, place)
      if (!same(type, got, value))
        faults.push(`${place.path} is ${JSON.stringify(got)} instead of ${JSON.stringify(value)}`)
    }
  if (seen === 0) skip(`No attribute of that type can be written.`)
  expectNone(faults, 'the values that were sent')
}

export const checks: readonly Check[] = checksOf(
  { area: 'forms', section: 'Values', source: 'RFC 7643 §2.3', needs: ['write'] },
  [
    ...right.map(type => ({
      id: `${type.toLowerCase()}-kept`,
      level: 'SHOULD' as const,
      says: `Values of attributes that are advertised as ${type} come back as they were sent.`,
      requirements: [...requirementsOf[type], 'R-152'],
      matters: 'Clients compare what they read with what they sent.',
      mend: `Read and write ${type} as RFC 7643 §2.3 has it.`,
      run: (stage: Stage) => expectKept(stage, type),
    })),
    ...wrong.map(({ id, level, type, words, value, requirement, matters }) => ({
      id: `refuses-${id}`,
      level,
      says: `A create with ${words} is refused with 400.`,
      requirements: [requirement],
      matters,
      mend: 'Check values by the types of the schema, and answer 400 with scimType invalidValue.',
      run: (stage: Stage) => expectRefused(stage, type, value),
    })),
  ],
)
