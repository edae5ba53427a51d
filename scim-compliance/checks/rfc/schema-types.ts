import type { Check, CheckContext, SupportedType } from '../../check.ts'
import { expectCreated, isInvalid, isSuccess, skip } from '../../expect.ts'
import { compact, type Json } from '../../scim.ts'
import { over, overNames } from '../forms.ts'
import {
  type AttributePlace,
  attributePlaces,
  bodyWithValue,
  expectNoFaults,
  type Fault,
  isSelfContained,
  placeValues,
  sampleValue,
} from '../steps/attribute-places.ts'
import { isReturned } from '../steps/attributes.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { area } from './areas.ts'
import { defineChecks, may, refusalBlame, should } from './define-checks.ts'

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

export const schemaTypeChecks: readonly Check[] = defineChecks(formsArea, [
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
