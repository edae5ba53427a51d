import type { Check, CheckContext, SupportedType } from '../../check.ts'
import { expectStatus, skip } from '../../expect.ts'
import type { Json } from '../../scim.ts'
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
import { defineChecks, should } from './define-checks.ts'

const wrongValues: readonly {
  readonly id: string
  readonly level: Check['level']
  readonly type: string
  readonly words: string
  readonly value: Json
  readonly requirement: string
  readonly rationale: string
}[] = [
  {
    id: 'boolean-text',
    level: 'MAY',
    type: 'boolean',
    words: 'a string ("true") for a boolean attribute',
    value: 'true',
    requirement: 'R-030',
    rationale:
      'A server that reads every string as true leaves users active that Entra ID disables with "False". One that reads "False" as false works with Entra ID, whose checks require it (entra/create/active-as-false); no RFC requires a server to reject it.',
  },
  {
    id: 'boolean-number',
    level: 'SHOULD',
    type: 'boolean',
    words: 'a number for a boolean attribute',
    value: 1,
    requirement: 'R-030',
    rationale: 'The meaning of 1 differs from server to server.',
  },
  {
    id: 'integer-fraction',
    level: 'SHOULD',
    type: 'integer',
    words: 'a fraction for an integer attribute',
    value: 1.5,
    requirement: 'R-031',
    rationale: 'The value would be truncated, and the client would send it again.',
  },
  {
    id: 'integer-text',
    level: 'SHOULD',
    type: 'integer',
    words: 'a string for an integer attribute',
    value: 'seven',
    requirement: 'R-031',
    rationale: 'Typed clients can’t parse the value when they read it.',
  },
  {
    id: 'decimal-text',
    level: 'SHOULD',
    type: 'decimal',
    words: 'a string for a decimal attribute',
    value: 'seven',
    requirement: 'R-031',
    rationale: 'Typed clients can’t parse the value when they read it.',
  },
  {
    id: 'date-words',
    level: 'SHOULD',
    type: 'dateTime',
    words: 'a word for a dateTime attribute',
    value: 'yesterday',
    requirement: 'R-032',
    rationale: 'Typed clients can’t parse the value when they read it.',
  },
  {
    id: 'date-only',
    level: 'SHOULD',
    type: 'dateTime',
    words: 'a date without a time for a dateTime attribute',
    value: '2030-01-31',
    requirement: 'R-032',
    rationale: 'A date without a time is ambiguous across time zones, and typed clients can’t parse it.',
  },
  {
    id: 'binary-text',
    level: 'SHOULD',
    type: 'binary',
    words: 'a string that isn’t base64 for a binary attribute',
    value: '*** not base64 ***',
    requirement: 'R-033',
    rationale: 'No client that reads the value can decode it.',
  },
  {
    id: 'reference-text',
    level: 'SHOULD',
    type: 'reference',
    words: 'a string that isn’t a URI for a reference attribute',
    value: 'not a uri at all',
    requirement: 'R-034',
    rationale: 'Clients that follow the reference fail.',
  },
  {
    id: 'string-number',
    level: 'SHOULD',
    type: 'string',
    words: 'a number for a string attribute',
    value: 7,
    requirement: 'R-152',
    rationale: 'The value is returned in another form than it was sent, or breaks typed clients.',
  },
  {
    id: 'string-object',
    level: 'SHOULD',
    type: 'string',
    words: 'an object for a string attribute',
    value: { value: 'x' },
    requirement: 'R-152',
    rationale: '“[object Object]” may be stored as a user’s title.',
  },
  {
    id: 'complex-text',
    level: 'SHOULD',
    type: 'complex',
    words: 'a string for a complex attribute',
    value: 'x',
    requirement: 'R-152',
    rationale: 'The client assumes that the value was stored.',
  },
  {
    id: 'complex-in-complex',
    level: 'SHOULD',
    type: 'part',
    words: 'an object in a sub-attribute of a complex attribute',
    value: { value: { value: 'x' } },
    requirement: 'R-035',
    rationale: 'SCIM doesn’t allow deeper nesting. Clients that read such values lose them or fail.',
  },
]

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

async function expectRefused(context: CheckContext, type: string, value: Json): Promise<void> {
  let seen = 0
  const faults: Fault[] = []
  for (const one of context.types)
    for (const place of attributePlaces(one).filter(isFor(type)).slice(0, most)) {
      const right = sampleOf(context, one, place)
      if (right === undefined) continue
      // If the server rejects a valid value, too, the rejection of an invalid one proves nothing.
      if ((await postForCleanup(context, one, bodyWithValue(context, one, place, right))).status !== 201)
        continue
      const sent = bodyWithValue(context, one, place, place.attribute.multiValued ? [value] : value)
      seen++
      const response = await postForCleanup(context, one, sent)
      if (response.status !== 400)
        faults.push([`${one.name}: ${place.path} ${JSON.stringify(value)}: ${response.status}`, response])
    }
  if (seen === 0) skip('The server accepts no valid value for an attribute of this type.')
  expectNoFaults(faults, 'status 400')
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

const formOf = {
  boolean: 'JSON true and false',
  integer: 'JSON numbers without a fraction',
  decimal: 'JSON numbers',
  dateTime: 'strings in the format of xsd:dateTime, with the same instant',
  binary: 'strings in base64',
  reference: 'URIs in strings, unchanged',
} as const

/** Equal instants are the same, whatever their notation. */
const same = (type: string, one: Json | undefined, other: Json | undefined): boolean =>
  one === other || (type === 'dateTime' && Date.parse(String(one)) === Date.parse(String(other)))

async function expectKept(context: CheckContext, type: string): Promise<void> {
  let seen = 0
  const faults: Fault[] = []
  for (const one of context.types)
    for (const place of attributePlaces(one).filter(isFor(type)).slice(0, most)) {
      const whole = place.above
        ? { attribute: place.above, path: '', ...(place.schema && { schema: place.schema }) }
        : place
      const full = sampleValue(context, one, whole)
      const [value] = placeValues(context.fullSample(one), place)
      if (full === undefined || value === undefined || place.attribute.multiValued) continue
      seen++
      const response = await postForCleanup(context, one, bodyWithValue(context, one, place, value))
      expectStatus(response, 201)
      if (![place.attribute, place.above ?? place.attribute].every(isReturned)) continue
      const [got] = placeValues(response.body, place)
      if (!same(type, got, value))
        faults.push([`${place.path} is ${JSON.stringify(got)} instead of ${JSON.stringify(value)}`, response])
    }
  if (seen === 0) skip(`No attribute of this type is writable.`)
  expectNoFaults(faults, 'the values that were sent')
}

export const schemaTypeChecks: readonly Check[] = defineChecks(
  { area: 'forms', section: 'Values', source: 'RFC 7643 §2.3', needs: ['write'] },
  [
    ...right.map(type =>
      should(`${type.toLowerCase()}-kept`, [...requirementsOf[type], 'R-152'], {
        description: `The server returns values of ${type} attributes as they were sent.`,
        rationale:
          'Clients compare what they read with what they sent, and repeat the update whenever the two differ.',
        remedy: `Store and return values of ${type} attributes as ${formOf[type]}.`,
        run: (context: CheckContext) => expectKept(context, type),
      }),
    ),
    ...wrongValues.map(({ id, level, type, words, value, requirement, rationale }) => ({
      id: `refuses-${id}`,
      level,
      description: `A create with ${words} returns 400.`,
      requirements: [requirement],
      rationale,
      remedy: 'Check values against the schema’s types, and return 400 with scimType invalidValue.',
      run: (context: CheckContext) => expectRefused(context, type, value),
    })),
  ],
)
