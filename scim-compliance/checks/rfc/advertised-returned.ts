import type { Check } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type Json } from '../../json.ts'
import type { Stage, TypeAtHand } from '../../stage.ts'
import { at } from '../tools/attributes.ts'
import { checksOf, type Own } from '../tools/checks-of.ts'
import { fitting, type Kind, kinds } from '../tools/kinds.ts'
import { expectNone, filled, isText, type Place, placesOf, valuesAtPlace, wholesOf } from '../tools/places.ts'

const isReturned = (returned: string) => (place: Place) =>
  place.above === undefined && place.attribute.returned === returned
const isThere = (body: Json | undefined, place: Place): boolean => valuesAtPlace(body, place).length > 0
const query = (name: string, places: readonly Place[]): string =>
  `?${name}=${encodeURIComponent(places.map(({ path }) => path).join(','))}`

async function always(stage: Stage, kind: Kind): Promise<void> {
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

async function never(stage: Stage, kind: Kind): Promise<void> {
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

async function onRequest(stage: Stage, kind: Kind): Promise<void> {
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

async function byDefault(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, isReturned('default'), 'returned by default')) {
    const faults: string[] = []
    for (const { path } of await filled(stage, type)) {
      const without = await stage.get(`${path}${query('excludedAttributes', places)}`)
      if (without.status !== 200) skip(`excludedAttributes is answered with ${without.status}.`)
      for (const place of places) if (isThere(without.body, place)) faults.push(place.path)
    }
    expectNone([...new Set(faults)], `none of what is excluded of ${type.name}`)
  }
}

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

async function typed(stage: Stage, kind: Kind): Promise<void> {
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

async function plural(stage: Stage, kind: Kind): Promise<void> {
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

async function known(stage: Stage, kind: Kind): Promise<void> {
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

async function caseKept(stage: Stage, kind: Kind): Promise<void> {
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

const common = { area: 'advertised', section: 'Schemas', source: 'RFC 7643 §7', needs: ['write'] } as const
/** A check of each kind of type, which `#` stands for. */
type Row = Pick<Own, 'id' | 'says' | 'matters' | 'mend'> & {
  readonly requirements: readonly string[]
  readonly run: (stage: Stage, kind: Kind) => Promise<void>
}

const rows: readonly Row[] = [
  {
    id: 'always',
    says: 'What is advertised as always returned of # is, even when it is excluded.',
    requirements: ['R-056', 'R-140', 'R-152'],
    matters: 'Clients leave out what they don’t need, and still rely on the id.',
    mend: 'Pass over names in excludedAttributes that are always returned.',
    run: always,
  },
  {
    id: 'never',
    says: 'What is advertised as never returned of # isn’t, even when it is asked for.',
    requirements: ['R-057', 'R-061', 'R-152'],
    matters: 'What is never returned is a secret.',
    mend: 'Take attributes with returned never out of every representation.',
    run: never,
  },
  {
    id: 'request',
    says: 'What is advertised as returned on request of # is returned when it is asked for, and only then.',
    requirements: ['R-058', 'R-152'],
    matters: 'Clients don’t expect what they didn’t ask for, and it costs time.',
    mend: 'Add these attributes when they are named in attributes.',
    run: onRequest,
  },
  {
    id: 'default',
    says: 'What is advertised as returned by default of # is left out when it is excluded.',
    requirements: ['R-058', 'R-139', 'R-152'],
    matters: 'Entra excludes members; a group of 100,000 would be sent in every answer.',
    mend: 'Honour excludedAttributes.',
    run: byDefault,
  },
  {
    id: 'types',
    says: 'Values in # are of the advertised types.',
    requirements: ['R-030', 'R-031', 'R-032', 'R-033', 'R-152'],
    matters: 'Typed clients fail to read the whole resource.',
    mend: 'Write values as the schema says: booleans without quotes, dates as xsd:dateTime.',
    run: typed,
  },
  {
    id: 'plural',
    says: 'What is advertised as multiValued of # is an array, and nothing else is.',
    requirements: ['R-152'],
    matters: 'Typed clients fail to read the whole resource.',
    mend: 'Return an array even when there is one value, and none for single attributes.',
    run: plural,
  },
  {
    id: 'complete',
    says: 'Every attribute that is returned of # is in the schemas.',
    requirements: ['R-152', 'R-054'],
    matters: 'Clients that are driven by discovery pass it over.',
    mend: 'Add it to the schema, or don’t return it.',
    run: known,
  },
  {
    id: 'case-kept',
    says: 'What is advertised as caseExact of # comes back exactly as it was sent.',
    requirements: ['R-062', 'R-152'],
    matters: 'What differs in case only is different there: ids, tokens, references.',
    mend: 'Store such values as they are.',
    run: caseKept,
  },
]

export const checks: readonly Check[] = checksOf(
  common,
  rows.flatMap(({ id, says, requirements, matters, mend, run }) =>
    kinds.map(kind => ({
      id: `${id}-${kind.id}`,
      level: 'MUST' as const,
      says: says.replace('#', kind.words),
      requirements,
      matters,
      mend,
      needs: kind.needs,
      run: (stage: Stage) => run(stage, kind),
    })),
  ),
)
