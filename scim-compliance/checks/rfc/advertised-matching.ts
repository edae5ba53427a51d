import type { Check } from '../../check.ts'
import { resourcesIn, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { AttributeAtHand, Stage, TypeAtHand } from '../../stage.ts'
import { at } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { fitting, type Kind, kinds } from '../tools/kinds.ts'
import { list } from '../tools/lists.ts'
import {
  bodyWith,
  expectNone,
  filled,
  isFree,
  isText,
  type Place,
  sampleAt,
  valuesAtPlace,
} from '../tools/places.ts'
import { posted, postedSample } from '../tools/posted.ts'

const isUnique = ({ uniqueness }: AttributeAtHand): boolean => /^(server|global)$/.test(uniqueness)
const isOwn = ({ above, schema, attribute }: Place): boolean =>
  above === undefined &&
  schema === undefined &&
  attribute.mutability !== 'readOnly' &&
  attribute.name !== 'id'

async function unique(stage: Stage, kind: Kind): Promise<void> {
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

async function notUnique(stage: Stage, kind: Kind): Promise<void> {
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

const canBeSearched = (one: Place): boolean =>
  isText(one.attribute) &&
  one.attribute.canonicalValues.length === 0 &&
  one.attribute.mutability !== 'readOnly' &&
  ['default', 'always'].includes(one.attribute.returned) &&
  (one.above === undefined || one.above.mutability !== 'readOnly') &&
  isFree(one)

/** Of texts that hold letters: whether a filter with the other case finds the resource. */
async function searched(stage: Stage, kind: Kind, caseExact: boolean): Promise<void> {
  const what = caseExact ? 'caseExact texts' : 'texts that aren’t caseExact'
  const fits = (one: Place) => canBeSearched(one) && one.attribute.caseExact === caseExact
  for (const { type, places } of fitting(stage, kind, fits, what)) {
    const faults: string[] = []
    for (const { answer: made } of await filled(stage, type))
      for (const place of places) {
        const [value] = valuesAtPlace(made.body, place)
        if (typeof value !== 'string' || value.toUpperCase() === value) continue
        const finds = async (text: string): Promise<boolean | undefined> => {
          const filter = `${place.path} eq ${JSON.stringify(text)} and id eq ${JSON.stringify(at(made.body, 'id'))}`
          const answer = await list(stage, type, { filter })
          return answer.status === 200
            ? resourcesIn(answer).some(one => one.id === at(made.body, 'id'))
            : undefined
        }
        if (!(await finds(value))) continue
        if ((await finds(value.toUpperCase())) === caseExact)
          faults.push(
            `${place.path} eq "${value.toUpperCase()}" ${caseExact ? 'finds' : 'doesn’t find'} ${value}`,
          )
      }
    expectNone(faults, `filters on ${type.name} to ${caseExact ? 'tell' : 'pass over'} case as advertised`)
  }
}

/** A value that isn’t among the canonical ones is kept: they are what is usual, not all there is. */
async function beyondCanonical(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) =>
    isText(one.attribute) &&
    one.attribute.canonicalValues.length > 0 &&
    one.attribute.mutability !== 'readOnly' &&
    isFree(one)
  for (const { type, places } of fitting(stage, kind, fits, 'having canonicalValues')) {
    const faults: string[] = []
    for (const place of places) {
      const value: Json = place.attribute.multiValued ? ['scimcheck'] : 'scimcheck'
      const answer = await posted(stage, type, bodyWith(stage, type, place, value))
      if (answer.status !== 201) faults.push(`${place.path} is refused with ${answer.status}`)
      else if (!valuesAtPlace(answer.body, place).includes('scimcheck'))
        faults.push(`${place.path} isn’t kept`)
    }
    expectNone(faults, `values of ${type.name} beside the canonical ones to be kept`)
  }
}

const filters = (stage: Stage): void => {
  if (!stage.service.offers.filter) skip('The server doesn’t advertise filters.')
}

export const checks: readonly Check[] = checksOf(
  { area: 'advertised', section: 'Schemas', source: 'RFC 7643 §7', needs: ['write'] },
  kinds.flatMap(kind => [
    {
      id: `unique-${kind.id}`,
      level: 'SHOULD',
      says: `What is advertised as unique of ${kind.words} is: a second one is refused with 409.`,
      requirements: ['R-063', 'R-152'],
      matters: 'Clients rely on 409 to find who has the value already.',
      mend: 'Answer 409 to a second one, or advertise uniqueness as none.',
      needs: kind.needs,
      run: stage => unique(stage, kind),
    },
    {
      id: `not-unique-${kind.id}`,
      level: 'MUST',
      says: `What isn’t advertised as unique of ${kind.words} may be had twice.`,
      requirements: ['R-152'],
      matters: 'A client that was told so doesn’t see why it is refused, and tries again in every cycle.',
      mend: 'Advertise uniqueness as server for what you answer 409 to.',
      needs: kind.needs,
      run: stage => notUnique(stage, kind),
    },
    {
      id: `case-ignored-${kind.id}`,
      level: 'MUST',
      source: 'RFC 7643 §2.2, §7, RFC 7644 §3.4.2.2',
      says: `Filters find what isn’t advertised as caseExact of ${kind.words} whatever its case.`,
      requirements: ['R-110', 'R-152'],
      matters: 'Entra looks people up by what people typed; whom it doesn’t find it makes again.',
      mend: 'Compare without case in filters, or advertise caseExact as true.',
      needs: [...kind.needs, 'filter'],
      run: async stage => {
        filters(stage)
        await searched(stage, kind, false)
      },
    },
    {
      id: `case-exact-${kind.id}`,
      level: 'MUST',
      source: 'RFC 7643 §2.2, §7, RFC 7644 §3.4.2.2',
      says: `Filters tell case where ${kind.words} are advertised as caseExact.`,
      requirements: ['R-110', 'R-152'],
      matters: 'Two that differ in case only would be taken for one.',
      mend: 'Compare exactly in filters, or advertise caseExact as false.',
      needs: [...kind.needs, 'filter'],
      run: async stage => {
        filters(stage)
        await searched(stage, kind, true)
      },
    },
    {
      id: `canonical-${kind.id}`,
      level: 'MAY',
      says: `Values of ${kind.words} that aren’t among the advertised canonicalValues are kept.`,
      requirements: ['R-065'],
      matters: 'Clients have types of their own, such as a second work address.',
      mend: 'Take canonicalValues for what is usual, not for all there is.',
      needs: kind.needs,
      run: stage => beyondCanonical(stage, kind),
    },
  ]),
)
