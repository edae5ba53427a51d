import type { Check } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { AttributeAtHand, Stage } from '../../stage.ts'
import { at } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { fitting, type Kind, kinds } from '../tools/kinds.ts'
import { bodyWith, expectNone, filled, isFree, type Place, sampleAt, valuesAtPlace } from '../tools/places.ts'
import { posted } from '../tools/posted.ts'

const isWhole = ({ above }: Place): boolean => above === undefined
const isShown = ({ attribute: { returned } }: Place): boolean => ['always', 'default'].includes(returned)
const isWritten = ({ attribute: { mutability } }: Place): boolean => mutability !== 'readOnly'

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

async function minimal(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage)) {
    const sample = stage.sample(type)
    const names = type.attributes.filter(({ required }) => required).map(({ name }) => name)
    const urns = type.extensions.filter(({ required }) => required).map(({ schema }) => schema)
    const body: JsonObject = {
      ...Object.fromEntries(Object.entries(sample).filter(([name]) => [...names, ...urns].includes(name))),
      schemas: [type.schema, ...urns],
    }
    const answer = await posted(stage, type, body)
    expectNone(
      answer.status === 201 ? [] : [`${answer.status} (${String(at(answer.body, 'detail') ?? '')})`],
      `${type.name} with ${[...names, ...urns].join(', ') || 'nothing'} to be made`,
      answer,
    )
  }
}

async function required(stage: Stage, kind: Kind): Promise<void> {
  const found = fitting(
    stage,
    kind,
    one => isWhole(one) && one.attribute.required && isWritten(one) && one.schema === undefined,
    'required',
  )
  for (const { type, places } of found) {
    const faults: string[] = []
    for (const { attribute } of places) {
      const body = Object.fromEntries(
        Object.entries(stage.sample(type)).filter(
          ([name]) => name.toLowerCase() !== attribute.name.toLowerCase(),
        ),
      )
      const answer = await posted(stage, type, body)
      if (answer.status !== 400) faults.push(`${type.name} without ${attribute.name}: ${answer.status}`)
    }
    expectNone(faults, 'status 400 without what is required')
  }
}

async function writable(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) => isWhole(one) && isWritten(one) && isShown(one) && isFree(one)
  for (const { type, places } of fitting(stage, kind, fits, 'writable')) {
    const all = await filled(stage, type)
    const faults: string[] = []
    for (const place of places) {
      if (sampleAt(stage, type, place) === undefined) continue
      const takers = all.filter(({ sent }) => valuesAtPlace(sent, place).length > 0)
      if (takers.length === 0) faults.push(`${place.path} is refused`)
      else if (!takers.some(({ answer }) => valuesAtPlace(answer.body, place).length > 0))
        faults.push(`${place.path} isn’t kept`)
    }
    expectNone(faults, `every writable attribute of ${type.name} to be taken and returned`)
  }
}

const readOnly = ({ attribute, above, schema }: Place): boolean =>
  attribute.mutability === 'readOnly' &&
  above === undefined &&
  schema === undefined &&
  !['id', 'meta', 'schemas'].includes(attribute.name)

async function ignoredOnPost(stage: Stage, kind: Kind): Promise<void> {
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

async function ignoredOnPut(stage: Stage, kind: Kind): Promise<void> {
  for (const { type, places } of fitting(stage, kind, readOnly, 'readOnly')) {
    const { path, sent } = await stage.create(type)
    const faults: string[] = []
    for (const place of places) {
      const given = foreign(place.attribute, stage)
      const answer = await stage.put(path, { ...sent, [place.attribute.name]: given })
      if ([404, 405, 501].includes(answer.status)) skip(`PUT is answered with ${answer.status}.`)
      if (answer.status !== 200) faults.push(`${place.path} is refused with ${answer.status}`)
      else if (kept(answer.body, place, given)) faults.push(`${place.path} is kept`)
    }
    expectNone(faults, `what is readOnly of ${type.name} to be ignored`)
  }
}

async function refusedOnPatch(stage: Stage, kind: Kind): Promise<void> {
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

async function immutable(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) =>
    one.attribute.mutability === 'immutable' &&
    isWhole(one) &&
    one.schema === undefined &&
    isShown(one) &&
    isFree(one)
  for (const { type, places } of fitting(stage, kind, fits, 'immutable')) {
    const faults: string[] = []
    for (const place of places) {
      const [first, second] = [sampleAt(stage, type, place), sampleAt(stage, type, place)]
      if (first === undefined || second === undefined || String(first) === String(second)) continue
      const { path, sent, body } = await stage.create(type, { [place.attribute.name]: first })
      await stage.put(path, { ...sent, [place.attribute.name]: second })
      const after = await stage.get(path)
      const [before, now] = [valuesAtPlace(body, place), valuesAtPlace(after.body, place)]
      if (before.length > 0 && JSON.stringify(before) !== JSON.stringify(now))
        faults.push(`${place.path} was changed`)
    }
    expectNone(faults, `what is immutable of ${type.name} to stay`)
  }
}

const common = { area: 'advertised', section: 'Schemas', source: 'RFC 7643 §7', needs: ['write'] } as const
const matters =
  'Clients that are driven by discovery send what the schema allows, and leave out what it doesn’t ask for.'

export const checks: readonly Check[] = checksOf(
  common,
  kinds.flatMap(kind => [
    {
      id: `required-${kind.id}`,
      level: 'MUST',
      says: `What is advertised as required of ${kind.words} is required.`,
      requirements: ['R-064', 'R-152'],
      matters,
      mend: 'Answer 400 when it is missing, or advertise required as false.',
      needs: kind.needs,
      run: stage => required(stage, kind),
    },
    {
      id: `optional-${kind.id}`,
      level: 'MUST',
      says: `Nothing else is required of ${kind.words} than what is advertised so.`,
      requirements: ['R-152', 'R-154'],
      matters,
      mend: 'Advertise required as true for what you refuse resources without.',
      needs: kind.needs,
      run: stage => minimal(stage, kind),
    },
    {
      id: `writable-${kind.id}`,
      level: 'MUST',
      says: `What is advertised as writable and returned of ${kind.words} is taken and returned.`,
      requirements: ['R-152', 'R-158'],
      matters,
      mend: 'Take every attribute that the schema has as readWrite, or take it out of the schema.',
      needs: kind.needs,
      run: stage => writable(stage, kind),
    },
    {
      id: `read-only-post-${kind.id}`,
      level: 'MUST',
      says: `What is advertised as readOnly of ${kind.words} is ignored in a create.`,
      requirements: ['R-059', 'R-085', 'R-152'],
      matters: 'Clients send back what they have read; a refusal loses the whole resource.',
      mend: 'Pass over readOnly attributes in the bodies of POST.',
      needs: kind.needs,
      run: stage => ignoredOnPost(stage, kind),
    },
    {
      id: `read-only-put-${kind.id}`,
      level: 'MUST',
      says: `What is advertised as readOnly of ${kind.words} is ignored in a PUT.`,
      requirements: ['R-059', 'R-163', 'R-152'],
      matters: 'Clients that PUT send the whole resource back as they have read it.',
      mend: 'Pass over readOnly attributes in the bodies of PUT.',
      needs: kind.needs,
      run: stage => ignoredOnPut(stage, kind),
    },
    {
      id: `read-only-patch-${kind.id}`,
      level: 'MUST',
      source: 'RFC 7644 §3.5.2',
      says: `A PATCH of what is advertised as readOnly of ${kind.words} is refused with 400.`,
      requirements: ['R-059', 'R-173', 'R-152'],
      matters: 'The client believes that it has changed it.',
      mend: 'Refuse operations on readOnly attributes with 400 and scimType mutability.',
      needs: [...kind.needs, 'patch'],
      run: stage => refusedOnPatch(stage, kind),
    },
    {
      id: `immutable-${kind.id}`,
      level: 'MUST',
      says: `What is advertised as immutable of ${kind.words} doesn’t change once it is set.`,
      requirements: ['R-060', 'R-152'],
      matters: 'Others rely on it to stay.',
      mend: 'Refuse another value for what is immutable, with 400 and scimType mutability.',
      needs: kind.needs,
      run: stage => immutable(stage, kind),
    },
  ]),
)
