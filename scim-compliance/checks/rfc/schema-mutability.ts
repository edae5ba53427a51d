import type { Check, CheckContext, SupportedAttribute } from '../../check.ts'
import { isInvalid, isSuccess, skip } from '../../expect.ts'
import { isObject, type Json } from '../../scim.ts'
import {
  type AttributePlace,
  bodyWithValue,
  expectOfPlaces,
  isSelfContained,
  matchingPlaces,
  ofEachType,
  placeValues,
  sampleValue,
} from '../steps/attribute-places.ts'
import { isReturned } from '../steps/attributes.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { requiresOnlyDeclared, storesDeclared } from '../steps/declared.ts'
import { replace } from '../steps/patches.ts'
import { advertisedArea } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

const foreign = (attribute: SupportedAttribute, context: CheckContext): Json => {
  const one = foreignOne(attribute, context)
  return attribute.multiValued ? [one] : one
}

const foreignOne = ({ type, subAttributes }: SupportedAttribute, context: CheckContext): Json => {
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
        subAttributes.filter(sub => sub.type !== 'complex').map(sub => [sub.name, foreign(sub, context)]),
      )
    default:
      return context.unique('foreign')
  }
}

const texts = (values: readonly Json[]): readonly string[] =>
  values.flatMap(value => (isObject(value) ? Object.values(value).map(String) : [String(value)]))

const kept = (resource: Json | undefined, place: AttributePlace, given: Json): boolean => {
  if (place.attribute.type === 'boolean') return false
  const sent = new Set(texts(Array.isArray(given) ? given : [given]))
  return texts(placeValues(resource, place)).some(value => value !== 'true' && sent.has(value))
}

const readOnly = ({ attribute, above, schema }: AttributePlace): boolean =>
  attribute.mutability === 'readOnly' &&
  above === undefined &&
  schema === undefined &&
  !['id', 'meta', 'schemas'].includes(attribute.name)

const isWhole = ({ above }: AttributePlace): boolean => above === undefined

const isWritten = ({ attribute: { mutability } }: AttributePlace): boolean => mutability !== 'readOnly'

const isRequired = (one: AttributePlace): boolean =>
  isWhole(one) && one.attribute.required && isWritten(one) && one.schema === undefined

const isShown = ({ attribute }: AttributePlace): boolean => isReturned(attribute)

const isImmutable = (one: AttributePlace): boolean =>
  one.attribute.mutability === 'immutable' &&
  isWhole(one) &&
  one.schema === undefined &&
  isShown(one) &&
  isSelfContained(one)

const rationale =
  'Clients that are driven by discovery send what the schema allows, and omit what it doesn’t require.'

export const schemaMutabilityChecks: readonly Check[] = defineChecks(advertisedArea, [
  should('required', ['R-064', 'R-152'], {
    description: 'A create without an attribute that is advertised as required returns 400.',
    rationale,
    remedy: 'Return 400 if it is missing, or advertise required as false.',
    ...ofEachType((context, type) =>
      expectOfPlaces(
        matchingPlaces(type, isRequired, 'required'),
        'status 400 without required attributes',
        async ({ attribute }) => {
          const others = Object.entries(context.sample(type)).filter(
            ([name]) => name.toLowerCase() !== attribute.name.toLowerCase(),
          )
          const response = await postForCleanup(context, type, Object.fromEntries(others))
          return isInvalid(response)
            ? undefined
            : [`${type.name} without ${attribute.name}: ${response.status}`, response]
        },
      ),
    ),
  }),
  should('optional', ['R-152', 'R-154'], {
    description: 'A create requires only attributes that are advertised as required.',
    rationale,
    remedy: 'Advertise required as true for attributes that you require.',
    ...requiresOnlyDeclared,
  }),
  should('writable', ['R-152', 'R-158'], {
    description: 'The server accepts, stores and returns attributes that are advertised as readWrite.',
    rationale,
    remedy: 'Accept every attribute that the schema advertises as readWrite, or remove it from the schema.',
    ...storesDeclared,
  }),
  must('read-only-post', ['R-059', 'R-085', 'R-152'], {
    description: 'POST ignores attributes that are advertised as readOnly.',
    rationale:
      'Clients send back what they have read. If the request is rejected, the whole resource is lost.',
    remedy: 'Ignore readOnly attributes in the bodies of POST.',
    ...ofEachType((context, type) =>
      expectOfPlaces(
        matchingPlaces(type, readOnly, 'readOnly'),
        `readOnly attributes of ${type.name} to be ignored`,
        async place => {
          const given = foreign(place.attribute, context)
          const response = await postForCleanup(context, type, bodyWithValue(context, type, place, given))
          if (!isSuccess(response)) return [`${place.path} is rejected with ${response.status}`, response]
          return kept(response.body, place, given) ? [`${place.path} is stored`, response] : undefined
        },
      ),
    ),
  }),
  must('read-only-put', ['R-059', 'R-163', 'R-152'], {
    description: 'PUT ignores attributes that are advertised as readOnly.',
    rationale: 'Clients that use PUT send the whole resource back as they read it.',
    remedy: 'Ignore readOnly attributes in the bodies of PUT.',
    after: ['rfc/put/replaces'],
    ...ofEachType(async (context, type) => {
      const places = matchingPlaces(type, readOnly, 'readOnly')
      const { path, sent } = await context.create(type)
      await expectOfPlaces(places, `readOnly attributes of ${type.name} to be ignored`, async place => {
        const given = foreign(place.attribute, context)
        const response = await context.put(path, { ...sent, [place.attribute.name]: given })
        if ([404, 405, 501].includes(response.status)) skip(`PUT returns ${response.status}.`)
        if (!isSuccess(response)) return [`${place.path} is rejected with ${response.status}`, response]
        const shown = response.status === 204 ? await context.get(path) : response
        return kept(shown.body, place, given) ? [`${place.path} is stored`, shown] : undefined
      })
    }),
  }),
  must('read-only-patch', ['R-059', 'R-173', 'R-152'], {
    source: 'RFC 7644 §3.5.2',
    description: 'PATCH of an attribute that is advertised as readOnly returns 400.',
    rationale: 'The client assumes that the value was changed.',
    remedy: 'Reject operations on readOnly attributes with 400 and scimType mutability.',
    needs: ['patch'],
    after: ['probe/patch', 'rfc/patch/refuses-read-only'],
    ...ofEachType(async (context, type) => {
      const places = matchingPlaces(type, readOnly, 'readOnly')
      const { path } = await context.create(type)
      await expectOfPlaces(
        places,
        `status 400 for a PATCH of readOnly attributes of ${type.name}`,
        async ({ attribute, path: name }) => {
          const response = await context.patch(path, replace(name, foreign(attribute, context)))
          return isInvalid(response) ? undefined : [`${name}: ${response.status}`, response]
        },
      )
    }),
  }),
  must('immutable', ['R-060', 'R-152'], {
    description: 'Attributes that are advertised as immutable don’t change once they are set.',
    rationale: 'Other systems rely on the value not changing.',
    remedy: 'Reject a different value for an immutable attribute with 400 and scimType mutability.',
    after: ['rfc/put/replaces'],
    ...ofEachType((context, type) =>
      expectOfPlaces(
        matchingPlaces(type, isImmutable, 'immutable'),
        `immutable attributes of ${type.name} to stay unchanged`,
        async place => {
          const [first, second] = [sampleValue(context, type, place), sampleValue(context, type, place)]
          if (first === undefined || second === undefined || String(first) === String(second))
            return undefined
          const { path, sent, body } = await context.create(type, { [place.attribute.name]: first })
          await context.put(path, { ...sent, [place.attribute.name]: second })
          const after = await context.get(path)
          const [before, now] = [placeValues(body, place), placeValues(after.body, place)]
          return before.length > 0 && JSON.stringify(before) !== JSON.stringify(now)
            ? [`${place.path} was changed`, after]
            : undefined
        },
      ),
    ),
  }),
])
