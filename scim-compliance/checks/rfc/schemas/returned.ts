import { skip } from '../../../expect.ts'
import type { Json } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { fitting, type Kind } from '../../tools/kinds.ts'
import { expectNone, filled, type Place, placesOf, valuesAtPlace } from '../../tools/places.ts'

const isReturned = (returned: string) => (place: Place) =>
  place.above === undefined && place.attribute.returned === returned

const isThere = (body: Json | undefined, place: Place): boolean => valuesAtPlace(body, place).length > 0

const query = (name: string, places: readonly Place[]): string =>
  `?${name}=${encodeURIComponent(places.map(({ path }) => path).join(','))}`

export async function always(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage)) {
    const { path, body } = await stage.create(type)
    const own = placesOf(type).filter(isReturned('always'))
    const names = ['id', 'schemas', ...own.map(one => one.path).filter(one => one !== 'id')]
    const answer = await stage.get(`${path}?excludedAttributes=${encodeURIComponent(names.join(','))}`)
    if (answer.status !== 200) skip(`excludedAttributes is answered with ${answer.status}.`)
    const missing = [
      ...['id', 'schemas'].filter(name => at(answer.body, name) === undefined),
      ...own.filter(one => isThere(body, one) && !isThere(answer.body, one)).map(one => one.path),
    ]
    expectNone(
      [...new Set(missing)],
      `what is always returned of ${type.name}, also when it is excluded`,
      answer,
    )
  }
}

export async function never(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, isReturned('never'), 'never returned')) {
    const faults: string[] = []
    for (const { answer, path } of await filled(stage, type)) {
      const reads = [answer, await stage.get(path), await stage.get(`${path}${query('attributes', places)}`)]
      for (const place of places)
        if (reads.some(({ body }) => isThere(body, place))) faults.push(`${place.path} is returned`)
    }
    expectNone(faults, `what is never returned of ${type.name} not to be`)
  }
}

export async function onRequest(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, isReturned('request'), 'returned on request')) {
    const faults: string[] = []
    for (const { sent, path } of await filled(stage, type)) {
      const [plain, asked] = [await stage.get(path), await stage.get(`${path}${query('attributes', places)}`)]
      for (const place of places) {
        if (isThere(plain.body, place)) faults.push(`${place.path} is returned unasked`)
        if (isThere(sent, place) && !isThere(asked.body, place))
          faults.push(`${place.path} isn’t returned when asked for`)
      }
    }
    expectNone(faults, `what is returned of ${type.name} on request to be so`)
  }
}

export async function byDefault(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, isReturned('default'), 'returned by default')) {
    const faults: string[] = []
    for (const { path } of await filled(stage, type)) {
      const plain = await stage.get(path)
      if (!places.some(place => isThere(plain.body, place)))
        skip(`Nothing of what is returned by default of ${type.name} has a value.`)
      const without = await stage.get(`${path}${query('excludedAttributes', places)}`)
      if (without.status !== 200) skip(`excludedAttributes is answered with ${without.status}.`)
      for (const place of places) if (isThere(without.body, place)) faults.push(place.path)
    }
    expectNone([...new Set(faults)], `none of what is excluded of ${type.name}`)
  }
}
