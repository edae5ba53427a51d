import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type Json } from '../../scim.ts'
import {
  type AttributePlace,
  attributePlaces,
  createFilled,
  expectNoFaults,
  type Fault,
  isText,
  matchingPlaces,
  ofEachType,
  placeValues,
  topLevelPlaces,
} from '../steps/attribute-places.ts'
import { valueIn } from '../steps/attributes.ts'
import { inResponses, returnsOnlyDeclared } from '../steps/declared.ts'
import { advertisedArea } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

const isReturned = (returned: string) => (place: AttributePlace) =>
  place.above === undefined && place.attribute.returned === returned

const isThere = (body: Json | undefined, place: AttributePlace): boolean =>
  placeValues(body, place).length > 0

const query = (name: string, places: readonly Pick<AttributePlace, 'path'>[]): string =>
  `?${name}=${encodeURIComponent(places.map(({ path }) => path).join(','))}`

async function readWithout(context: CheckContext, path: string, names: string): Promise<ScimResponse> {
  const response = await context.get(`${path}${names}`)
  return response.status === 200
    ? response
    : skip(`The request with excludedAttributes returns ${response.status}.`)
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

export const schemaRepresentationChecks: readonly Check[] = defineChecks(advertisedArea, [
  must('always', ['R-056', 'R-140', 'R-152'], {
    description: 'excludedAttributes has no effect on attributes whose returned is always.',
    rationale: 'Clients omit what they don’t need, but still rely on the id.',
    remedy: 'Ignore attributes in excludedAttributes that are always returned.',
    after: ['rfc/projection/excluded', 'rfc/projection/always-returned'],
    ...ofEachType(async (context, type) => {
      const { path, body } = await context.create(type)
      const own = attributePlaces(type).filter(one => isReturned('always')(one) && one.path !== 'id')
      const response = await readWithout(context, path, query('excludedAttributes', [{ path: 'id' }, ...own]))
      const missing = own
        .filter(one => isThere(body, one) && !isThere(response.body, one))
        .map(one => one.path)
      expectNoFaults(
        [...(valueIn(response.body, 'id') === undefined ? ['id'] : []), ...missing],
        `attributes of ${type.name} that are always returned, even if excluded`,
        response,
      )
    }),
  }),
  should('never', ['R-057', 'R-061', 'R-152'], {
    description:
      'The server doesn’t return attributes whose returned is never, even if attributes names them.',
    rationale: 'Attributes that are never returned are secrets.',
    remedy: 'Omit attributes with returned never from every representation.',
    after: ['rfc/user/password-hidden'],
    ...ofEachType(async (context, type) => {
      const places = matchingPlaces(type, isReturned('never'), 'never returned')
      const faults: Fault[] = []
      for (const { response, path } of await createFilled(context, type)) {
        const named = await context.get(`${path}${query('attributes', places)}`)
        const reads = [response, await context.get(path), named]
        for (const place of places) {
          const shown = reads.find(({ body }) => isThere(body, place))
          if (shown) faults.push([`${place.path} is returned`, shown])
        }
      }
      expectNoFaults(faults, `no attribute of ${type.name} that is never returned`)
    }),
  }),
  should('request', ['R-058', 'R-152'], {
    description: 'The server returns attributes whose returned is request only if attributes names them.',
    rationale: 'Clients don’t expect attributes that they didn’t request, and reading them costs time.',
    remedy: 'Return these attributes if the attributes parameter names them.',
    after: ['rfc/projection/get'],
    ...ofEachType(async (context, type) => {
      const places = matchingPlaces(type, isReturned('request'), 'returned on request')
      const faults: Fault[] = []
      for (const { sent, path } of await createFilled(context, type)) {
        const plain = await context.get(path)
        const asked = await context.get(`${path}${query('attributes', places)}`)
        for (const place of places) {
          if (isThere(plain.body, place))
            faults.push([`${place.path} is returned without a request for it`, plain])
          if (isThere(sent, place) && !isThere(asked.body, place))
            faults.push([`${place.path} isn’t returned on request`, asked])
        }
      }
      expectNoFaults(faults, `attributes of ${type.name} that are returned on request only then`)
    }),
  }),
  must('default', ['R-058', 'R-139', 'R-152'], {
    description: 'excludedAttributes omits attributes whose returned is default.',
    rationale:
      'Clients often exclude large attributes, such as the members of a group. They would be sent in every response.',
    remedy: 'Apply excludedAttributes.',
    after: ['rfc/projection/excluded'],
    ...ofEachType(async (context, type) => {
      const places = matchingPlaces(type, isReturned('default'), 'returned by default')
      const faults: Fault[] = []
      for (const { path } of await createFilled(context, type)) {
        const plain = await context.get(path)
        if (!places.some(place => isThere(plain.body, place)))
          skip(`No attribute of ${type.name} that is returned by default has a value.`)
        const without = await readWithout(context, path, query('excludedAttributes', places))
        for (const place of places) if (isThere(without.body, place)) faults.push([place.path, without])
      }
      expectNoFaults(faults, `no excluded attribute of ${type.name}`)
    }),
  }),
  should('types', ['R-030', 'R-031', 'R-032', 'R-033', 'R-152'], {
    description: 'Values have the advertised types.',
    rationale: 'Typed clients fail to parse the whole resource.',
    remedy: 'Return values as the schema defines them: booleans without quotes, dates as xsd:dateTime.',
    ...inResponses(
      ({ name }) => `values of ${name} of the advertised types`,
      (type, { body }) =>
        attributePlaces(type).flatMap(place =>
          placeValues(body, place)
            .filter(value => !fitsType(value, place.attribute.type))
            .map(value => `${place.path} is ${JSON.stringify(value)}, no ${place.attribute.type}`),
        ),
    ),
  }),
  should('plural', ['R-152'], {
    description: 'Attributes that are advertised as multiValued are arrays, and no others are.',
    rationale: 'Typed clients fail to parse the whole resource.',
    remedy: 'Return an array even for one value, and no array for single-valued attributes.',
    ...inResponses(
      ({ name }) => `arrays for multiValued attributes of ${name}, and for no others`,
      (type, { body }) =>
        topLevelPlaces(type).flatMap(({ attribute, schema, path }) => {
          const value = valueIn(schema === undefined ? body : valueIn(body, schema), attribute.name)
          if (value === undefined || value === null || Array.isArray(value) === attribute.multiValued)
            return []
          return [`${path} is ${attribute.multiValued ? 'no array' : 'an array'}`]
        }),
    ),
  }),
  should('complete', ['R-152', 'R-054'], {
    description: 'The schemas contain every attribute that the server returns.',
    rationale: 'Clients that are driven by discovery ignore it.',
    remedy: 'Add it to the schema, or don’t return it.',
    ...returnsOnlyDeclared,
  }),
  must('case-kept', ['R-062', 'R-152'], {
    description: 'The server returns values that are advertised as caseExact unchanged.',
    rationale:
      'These values are case-sensitive: IDs, tokens and references that differ in case are different.',
    remedy: 'Store such values unchanged.',
    after: ['rfc/advertised/writable'],
    ...inResponses(
      ({ name }) => `caseExact values of ${name} unchanged`,
      (type, { body }, sent) =>
        attributePlaces(type).flatMap(place => {
          if (!isText(place.attribute) || !place.attribute.caseExact) return []
          const [before, after] = [placeValues(sent, place), placeValues(body, place)]
          return after.length > 0 && before.length > 0 && JSON.stringify(before) !== JSON.stringify(after)
            ? [`${place.path} is ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`]
            : []
        }),
    ),
  }),
])
