import type { Check, CheckContext, ScimResponse, SupportedAttribute, SupportedType } from '../../check.ts'
import { isSuccess, listedResources, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import {
  type AttributePlace,
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
import { advertisedArea } from './areas.ts'
import { defineChecks, may, must, practice, should } from './define-checks.ts'

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

export const schemaMatchingChecks: readonly Check[] = defineChecks(advertisedArea, [
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
