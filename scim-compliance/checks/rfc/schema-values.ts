import type { Check, CheckContext, ScimResponse, SupportedAttribute, SupportedType } from '../../check.ts'
import { expectCreated, isInvalid, isSuccess, listedResources, skip } from '../../expect.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim.ts'
import { over, overNames } from '../forms.ts'
import {
  type AttributePlace,
  attributePlaces,
  bodyWithValue,
  createFilled,
  expectNoFaults,
  expectOfPlaces,
  type Fault,
  isSelfContained,
  isText,
  matchingPlaces,
  ofEachType,
  placeValues,
  sampleValue,
} from '../steps/attribute-places.ts'
import { isReturned, valueIn } from '../steps/attributes.ts'
import { postForCleanup, postSample } from '../steps/create-and-read.ts'
import { requestList } from '../steps/lists.ts'
import { advertisedArea, area } from './areas.ts'
import { defineChecks, may, must, practice, refusalBlame, should } from './define-checks.ts'

type WrongValue = readonly [type: string, value: Json]

const wrongValues: Readonly<Record<string, WrongValue>> = {
  'a number for a boolean attribute': ['boolean', 1],
  'a fraction for an integer attribute': ['integer', 1.5],
  'a string for an integer attribute': ['integer', 'seven'],
  'a string for a decimal attribute': ['decimal', 'seven'],
  'a word for a dateTime attribute': ['dateTime', 'yesterday'],
  'a date without a time for a dateTime attribute': ['dateTime', '2030-01-31'],
  'a string that isn’t base64 for a binary attribute': ['binary', '*** not base64 ***'],
  'a string that isn’t a URI for a reference attribute': ['reference', 'not a uri at all'],
  'a number for a string attribute': ['string', 7],
  'an object for a string attribute': ['string', { value: 'x' }],
  'a string for a complex attribute': ['complex', 'x'],
  'an object in a sub-attribute of a complex attribute': ['part', { value: { value: 'x' } }],
}

const isFor = (type: string) => (place: AttributePlace) =>
  (type === 'part'
    ? place.above !== undefined && place.attribute.type !== 'complex'
    : place.attribute.type.toLowerCase() === type.toLowerCase()) &&
  place.attribute.mutability !== 'readOnly' &&
  place.above?.mutability !== 'readOnly' &&
  place.attribute.returned !== 'never' &&
  isSelfContained(place)

/** One attribute of each type is enough: servers read values of a type in one place. */
const most = 3

/** A valid value for a place; undefined if none can be generated. */
const sampleOf = (context: CheckContext, type: SupportedType, place: AttributePlace): Json | undefined => {
  const [value] = placeValues(context.fullSample(type), place)
  return value === undefined || !place.attribute.multiValued ? value : [value]
}

const isRefused =
  ([type, value]: WrongValue) =>
  async (context: CheckContext): Promise<void> => {
    let seen = 0
    const faults: Fault[] = []
    for (const one of context.types)
      for (const place of attributePlaces(one).filter(isFor(type)).slice(0, most)) {
        const right = sampleOf(context, one, place)
        if (right === undefined) continue
        // If the server rejects a valid value, too, the rejection of an invalid one proves nothing.
        const valid = await postForCleanup(context, one, bodyWithValue(context, one, place, right))
        if (!isSuccess(valid)) continue
        const sent = bodyWithValue(context, one, place, place.attribute.multiValued ? [value] : value)
        seen++
        const response = await postForCleanup(context, one, sent)
        if (!isInvalid(response))
          faults.push([`${one.name}: ${place.path} ${JSON.stringify(value)}: ${response.status}`, response])
      }
    if (seen === 0) skip('The server accepts no valid value for an attribute of this type.')
    expectNoFaults(faults, 'status 400')
  }

/** Equal instants are the same, whatever their notation. */
const same = (type: string, one: Json | undefined, other: Json | undefined): boolean =>
  one === other || (type === 'dateTime' && Date.parse(String(one)) === Date.parse(String(other)))

const isKept =
  (type: string) =>
  async (context: CheckContext): Promise<void> => {
    let seen = 0
    const faults: Fault[] = []
    for (const one of context.types)
      for (const place of attributePlaces(one).filter(isFor(type)).slice(0, most)) {
        const { attribute, above = attribute, schema } = place
        const whole = { attribute: above, path: '', ...compact({ schema }) }
        const [value] = placeValues(context.fullSample(one), place)
        if (sampleValue(context, one, whole) === undefined || value === undefined || attribute.multiValued)
          continue
        seen++
        const response = await postForCleanup(context, one, bodyWithValue(context, one, place, value))
        expectCreated(response)
        if (![attribute, above].every(isReturned)) continue
        const [got] = placeValues(response.body, place)
        if (!same(type, got, value))
          faults.push([
            `${place.path} is ${JSON.stringify(got)} instead of ${JSON.stringify(value)}`,
            response,
          ])
      }
    if (seen === 0) skip('No attribute of this type is writable.')
    expectNoFaults(faults, 'the values that were sent')
  }

const invalidValue = 'Check values against the schema’s types, and return 400 with scimType invalidValue.'

const formsArea = area('forms', 'Values', 'RFC 7643 §2.3', {
  needs: ['write'],
  after: ['probe/create', 'rfc/discovery/list-schemas', 'rfc/forms/kept'],
})

const schemaTypeChecks = defineChecks(formsArea, [
  should('kept', ['R-030', 'R-031', 'R-032', 'R-033', 'R-034', 'R-074', 'R-075', 'R-152'], {
    description: 'The server returns values of each type as they were sent.',
    rationale:
      'Clients compare what they read with what they sent, and repeat the update whenever the two differ.',
    remedy:
      'Store and return values as they are sent: booleans and numbers as such in JSON, dateTime values with the same instant, base64 and URIs unchanged.',
    after: ['rfc/advertised/types', 'rfc/advertised/writable'],
    ...overNames(['boolean', 'integer', 'decimal', 'dateTime', 'binary', 'reference'], isKept),
  }),
  may('refuses-boolean-text', ['R-030'], {
    description: 'A create with a string ("true") for a boolean attribute returns 400.',
    rationale:
      'A server that reads every string as true leaves users active that Entra ID disables with "False". One that reads "False" as false works with Entra ID, whose checks require it (entra/create/active-as-false); no RFC requires a server to reject it.',
    remedy: invalidValue,
    run: isRefused(['boolean', 'true']),
  }),
  should('refuses', ['R-030', 'R-031', 'R-032', 'R-033', 'R-034', 'R-035', 'R-152'], {
    description: 'A create with a value of another type than the schema advertises returns 400.',
    rationale:
      'Typed clients can’t parse such a value when they read it, and what a server makes of it differs: 1.5 is truncated, “[object Object]” becomes a title.',
    remedy: invalidValue,
    blame: refusalBlame,
    ...over(wrongValues, isRefused),
  }),
])

const canBeSearched = (one: AttributePlace): boolean =>
  isText(one.attribute) &&
  one.attribute.canonicalValues.length === 0 &&
  one.attribute.mutability !== 'readOnly' &&
  isReturned(one.attribute) &&
  (one.above === undefined || one.above.mutability !== 'readOnly') &&
  isSelfContained(one)

/** Whether a filter matches the resource by this string; undefined if the filter is rejected. */
async function finds(
  context: CheckContext,
  type: SupportedType,
  made: ScimResponse,
  path: string,
  text: string,
): Promise<boolean | undefined> {
  const id = valueIn(made.body, 'id')
  const filter = `${path} eq ${JSON.stringify(text)} and id eq ${JSON.stringify(id)}`
  const response = await requestList(context, type, { filter })
  return response.status === 200 ? listedResources(response).some(one => one.id === id) : undefined
}

/** The fault in a search for the string in upper case; undefined if the exact string isn't found. */
async function caseFault(
  context: CheckContext,
  type: SupportedType,
  made: ScimResponse,
  place: AttributePlace,
): Promise<string | undefined> {
  const { caseExact } = place.attribute
  const [value] = placeValues(made.body, place)
  if (typeof value !== 'string' || value.toUpperCase() === value) return undefined
  if (!(await finds(context, type, made, place.path, value))) return undefined
  if ((await finds(context, type, made, place.path, value.toUpperCase())) !== caseExact) return undefined
  return `${place.path} eq "${value.toUpperCase()}" ${caseExact ? 'returns' : 'doesn’t return'} ${value}`
}

const findsByCase = (caseExact: boolean) =>
  ofEachType(async (context, type) => {
    if (!context.service.offers.filter) skip('The server doesn’t advertise filters.')
    const fits = (one: AttributePlace) => canBeSearched(one) && one.attribute.caseExact === caseExact
    const places = matchingPlaces(type, fits, caseExact ? 'caseExact texts' : 'strings that aren’t caseExact')
    const faults: Fault[] = []
    for (const { response: made } of await createFilled(context, type))
      for (const place of places) {
        const fault = await caseFault(context, type, made, place)
        if (fault !== undefined) faults.push(fault)
      }
    const how = caseExact ? 'respect' : 'ignore'
    expectNoFaults(faults, `filters on ${type.name} to ${how} case as advertised`)
  })

const isUnique = ({ uniqueness }: SupportedAttribute): boolean => /^(server|global)$/.test(uniqueness)

const isOwnUnique = ({ above, schema, attribute }: AttributePlace): boolean =>
  above === undefined &&
  schema === undefined &&
  attribute.mutability !== 'readOnly' &&
  attribute.name !== 'id' &&
  isUnique(attribute)

const hasUnique = (attribute: SupportedAttribute): boolean =>
  isUnique(attribute) || attribute.subAttributes.some(isUnique)

const withoutUnique = (body: JsonObject, { attributes, extensions }: SupportedType): JsonObject => {
  const less = (of: JsonObject, known: readonly SupportedAttribute[]): JsonObject =>
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

const isCanonical = (one: AttributePlace): boolean =>
  isText(one.attribute) &&
  one.attribute.canonicalValues.length > 0 &&
  one.attribute.mutability !== 'readOnly' &&
  isSelfContained(one)

const caseSource = 'RFC 7643 §2.2, §7, RFC 7644 §3.4.2.2'

const schemaMatchingChecks = defineChecks(advertisedArea, [
  should('unique', ['R-063', 'R-152'], {
    description: 'A duplicate value of an attribute that is advertised as unique returns 409.',
    rationale: 'Clients rely on 409 to find the resource that already has the value.',
    remedy: 'Return 409 for a duplicate value, or advertise uniqueness as none.',
    after: ['rfc/user/name-unique', 'rfc/create/conflict'],
    ...ofEachType((context, type) =>
      expectOfPlaces(
        matchingPlaces(type, isOwnUnique, 'unique'),
        `status 409 for duplicates of unique attributes of ${type.name}`,
        async place => {
          const value = sampleValue(context, type, place)
          if (value === undefined) return undefined
          await context.create(type, { [place.attribute.name]: value })
          const response = await postSample(context, type, { [place.attribute.name]: value })
          return response.status === 409
            ? undefined
            : [`a second ${place.path}: ${response.status}`, response]
        },
      ),
    ),
  }),
  practice('not-unique', ['R-152'], {
    description:
      'Attributes that aren’t advertised as unique can have duplicate values. Entra ID requires the opposite for displayName of groups: entra/groups/twice-is-409.',
    rationale:
      'A client that relies on the schema can’t tell why it is rejected, and retries in every cycle.',
    remedy: 'Advertise uniqueness as server for attributes whose duplicates you reject with 409.',
    ...ofEachType(async (context, type) => {
      const [first] = await createFilled(context, type)
      if (first === undefined) return
      const anew: JsonObject = Object.fromEntries(
        type.attributes.filter(isUnique).flatMap(attribute => {
          const value = sampleValue(context, type, { attribute, path: attribute.name })
          return value === undefined ? [] : [[attribute.name, value] as const]
        }),
      )
      // rfc/common/external-id-twice reports that externalId is unique.
      const { externalId: _, ...others } = withoutUnique(first.sent, type)
      const response = await postForCleanup(context, type, { ...others, ...anew })
      const detail = String(valueIn(response.body, 'detail') ?? '')
      expectNoFaults(
        response.status === 409 ? [`409 (${detail})`] : [],
        `a second ${type.name} with equal values of attributes that aren’t unique`,
        response,
      )
    }),
  }),
  must('case-ignored', ['R-110', 'R-152'], {
    source: caseSource,
    description: 'Filters on attributes that aren’t advertised as caseExact ignore case.',
    rationale: 'Clients search for values that people typed. They create a duplicate if they find nothing.',
    remedy: 'Ignore case in filters, or advertise caseExact as true.',
    needs: ['filter'],
    after: ['rfc/filter/ignores-case', 'rfc/filter/and'],
    ...findsByCase(false),
  }),
  must('case-exact', ['R-110', 'R-152'], {
    source: caseSource,
    description: 'Filters on attributes that are advertised as caseExact respect case.',
    rationale: 'Two values that differ in case only would be treated as one.',
    remedy: 'Respect case in filters, or advertise caseExact as false.',
    needs: ['filter'],
    after: ['rfc/common/external-id-case', 'rfc/filter/and'],
    ...findsByCase(true),
  }),
  may('canonical', ['R-065'], {
    description: 'The server accepts and returns values other than the advertised canonicalValues.',
    rationale: 'Clients use their own types, such as a second work address.',
    remedy: 'Treat canonicalValues as suggestions, and accept other values.',
    after: ['rfc/advertised/writable'],
    // Values other than the canonical ones are stored: those are suggestions, not a complete list.
    ...ofEachType((context, type) =>
      expectOfPlaces(
        matchingPlaces(type, isCanonical, 'having canonicalValues'),
        `values of ${type.name} other than the canonical ones to be stored`,
        async place => {
          const value: Json = place.attribute.multiValued ? ['scimcheck'] : 'scimcheck'
          const response = await postForCleanup(context, type, bodyWithValue(context, type, place, value))
          if (!isSuccess(response)) return [`${place.path} is rejected with ${response.status}`, response]
          const isStored = placeValues(response.body, place).includes('scimcheck')
          return isStored ? undefined : [`${place.path} isn’t stored`, response]
        },
      ),
    ),
  }),
])

export const schemaValueChecks: readonly Check[] = [...schemaTypeChecks, ...schemaMatchingChecks]
