import type { Check, CheckContext, SupportedType } from '../../check.ts'
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
  placeValues,
  type TypeGroup,
  topLevelPlaces,
  typeGroups,
} from '../steps/attribute-places.ts'
import { valueIn } from '../steps/attributes.ts'
import { advertisedArea } from './areas.ts'
import { type CheckDefinition, defineChecks } from './define-checks.ts'

const isReturned = (returned: string) => (place: AttributePlace) =>
  place.above === undefined && place.attribute.returned === returned

const isThere = (body: Json | undefined, place: AttributePlace): boolean =>
  placeValues(body, place).length > 0

const query = (name: string, places: readonly AttributePlace[]): string =>
  `?${name}=${encodeURIComponent(places.map(({ path }) => path).join(','))}`

async function returnedAlways(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const type of kind.types(context)) {
    const { path, body } = await context.create(type)
    const own = attributePlaces(type).filter(isReturned('always'))
    const names = ['id', 'schemas', ...own.map(one => one.path).filter(one => one !== 'id')]
    const response = await context.get(`${path}?excludedAttributes=${encodeURIComponent(names.join(','))}`)
    if (response.status !== 200) skip(`The request with excludedAttributes returns ${response.status}.`)
    const missing = [
      ...['id', 'schemas'].filter(name => valueIn(response.body, name) === undefined),
      ...own.filter(one => isThere(body, one) && !isThere(response.body, one)).map(one => one.path),
    ]
    expectNoFaults(
      [...new Set(missing)],
      `attributes of ${type.name} that are always returned, even if excluded`,
      response,
    )
  }
}

async function returnedNever(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const { type, places } of matchingPlaces(context, kind, isReturned('never'), 'never returned')) {
    const faults: Fault[] = []
    for (const { response, path } of await createFilled(context, type)) {
      const reads = [
        response,
        await context.get(path),
        await context.get(`${path}${query('attributes', places)}`),
      ]
      for (const place of places) {
        const shown = reads.find(({ body }) => isThere(body, place))
        if (shown) faults.push([`${place.path} is returned`, shown])
      }
    }
    expectNoFaults(faults, `no attribute of ${type.name} that is never returned`)
  }
}

async function returnedOnRequest(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const { type, places } of matchingPlaces(
    context,
    kind,
    isReturned('request'),
    'returned on request',
  )) {
    const faults: Fault[] = []
    for (const { sent, path } of await createFilled(context, type)) {
      const [plain, asked] = [
        await context.get(path),
        await context.get(`${path}${query('attributes', places)}`),
      ]
      for (const place of places) {
        if (isThere(plain.body, place))
          faults.push([`${place.path} is returned without a request for it`, plain])
        if (isThere(sent, place) && !isThere(asked.body, place))
          faults.push([`${place.path} isn’t returned on request`, asked])
      }
    }
    expectNoFaults(faults, `attributes of ${type.name} that are returned on request only then`)
  }
}

async function returnedByDefault(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const { type, places } of matchingPlaces(
    context,
    kind,
    isReturned('default'),
    'returned by default',
  )) {
    const faults: Fault[] = []
    for (const { path } of await createFilled(context, type)) {
      const plain = await context.get(path)
      if (!places.some(place => isThere(plain.body, place)))
        skip(`No attribute of ${type.name} that is returned by default has a value.`)
      const without = await context.get(`${path}${query('excludedAttributes', places)}`)
      if (without.status !== 200) skip(`The request with excludedAttributes returns ${without.status}.`)
      for (const place of places) if (isThere(without.body, place)) faults.push([place.path, without])
    }
    expectNoFaults(faults, `no excluded attribute of ${type.name}`)
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

async function expectTypes(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const type of kind.types(context))
    for (const { response } of await createFilled(context, type)) {
      const faults = attributePlaces(type).flatMap(place =>
        placeValues(response.body, place)
          .filter(value => !fitsType(value, place.attribute.type))
          .map(value => `${place.path} is ${JSON.stringify(value)}, no ${place.attribute.type}`),
      )
      expectNoFaults(faults, `values of ${type.name} of the advertised types`, response)
    }
}

async function expectMultiValued(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const type of kind.types(context))
    for (const { response } of await createFilled(context, type)) {
      const faults = topLevelPlaces(type).flatMap(({ attribute, schema, path }) => {
        const value = valueIn(
          schema === undefined ? response.body : valueIn(response.body, schema),
          attribute.name,
        )
        if (value === undefined || value === null || Array.isArray(value) === attribute.multiValued) return []
        return [`${path} is ${attribute.multiValued ? 'no array' : 'an array'}`]
      })
      expectNoFaults(faults, `arrays for multiValued attributes of ${type.name}, and for no others`, response)
    }
}

const ofAll = new Set(['schemas', 'id', 'externalid', 'meta'])

const strange = (
  value: Json | undefined,
  known: SupportedType['attributes'],
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

async function expectKnownAttributes(context: CheckContext, kind: TypeGroup): Promise<void> {
  if (context.service.schemas.length === 0) skip('/Schemas can’t be read.')
  for (const type of kind.types(context))
    for (const { response } of await createFilled(context, type)) {
      const inExtensions = type.extensions.flatMap(({ schema, attributes }) =>
        strange(valueIn(response.body, schema), attributes, `${schema}:`),
      )
      const faults = [...strange(response.body, type.attributes, ''), ...inExtensions]
      expectNoFaults([...new Set(faults)], `no attribute in ${type.name} that its schemas lack`, response)
    }
}

async function expectCaseKept(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const type of kind.types(context)) {
    const faults: Fault[] = []
    for (const { sent, response } of await createFilled(context, type))
      for (const place of attributePlaces(type)) {
        if (!isText(place.attribute) || !place.attribute.caseExact) continue
        const [before, after] = [placeValues(sent, place), placeValues(response.body, place)]
        if (after.length > 0 && before.length > 0 && JSON.stringify(before) !== JSON.stringify(after))
          faults.push(`${place.path} is ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`)
      }
    expectNoFaults(faults, `caseExact values of ${type.name} unchanged`)
  }
}

/** A check for each group of types, whose label replaces `#`. */
type Row = Pick<CheckDefinition, 'id' | 'level' | 'description' | 'rationale' | 'remedy'> & {
  readonly requirements: readonly string[]
  readonly run: (context: CheckContext, kind: TypeGroup) => Promise<void>
}

const rows: readonly Row[] = [
  {
    id: 'always',
    level: 'MUST',
    description: 'excludedAttributes has no effect on attributes of # whose returned is always.',
    requirements: ['R-056', 'R-140', 'R-152'],
    rationale: 'Clients omit what they don’t need, but still rely on the id.',
    remedy: 'Ignore attributes in excludedAttributes that are always returned.',
    run: returnedAlways,
  },
  {
    id: 'never',
    level: 'SHOULD',
    description:
      'The server doesn’t return attributes of # whose returned is never, even if attributes names them.',
    requirements: ['R-057', 'R-061', 'R-152'],
    rationale: 'Attributes that are never returned are secrets.',
    remedy: 'Omit attributes with returned never from every representation.',
    run: returnedNever,
  },
  {
    id: 'request',
    level: 'SHOULD',
    description:
      'The server returns attributes of # whose returned is request only if attributes names them.',
    requirements: ['R-058', 'R-152'],
    rationale: 'Clients don’t expect attributes that they didn’t request, and reading them costs time.',
    remedy: 'Return these attributes if the attributes parameter names them.',
    run: returnedOnRequest,
  },
  {
    id: 'default',
    level: 'MUST',
    description: 'excludedAttributes omits attributes of # whose returned is default.',
    requirements: ['R-058', 'R-139', 'R-152'],
    rationale:
      'Clients often exclude large attributes, such as the members of a group. They would be sent in every response.',
    remedy: 'Apply excludedAttributes.',
    run: returnedByDefault,
  },
  {
    id: 'types',
    level: 'SHOULD',
    description: 'Values in # have the advertised types.',
    requirements: ['R-030', 'R-031', 'R-032', 'R-033', 'R-152'],
    rationale: 'Typed clients fail to parse the whole resource.',
    remedy: 'Return values as the schema defines them: booleans without quotes, dates as xsd:dateTime.',
    run: expectTypes,
  },
  {
    id: 'plural',
    level: 'SHOULD',
    description: 'Attributes of # that are advertised as multiValued are arrays, and no others are.',
    requirements: ['R-152'],
    rationale: 'Typed clients fail to parse the whole resource.',
    remedy: 'Return an array even for one value, and no array for single-valued attributes.',
    run: expectMultiValued,
  },
  {
    id: 'complete',
    level: 'SHOULD',
    description: 'The schemas contain every attribute that the server returns in #.',
    requirements: ['R-152', 'R-054'],
    rationale: 'Clients that are driven by discovery ignore it.',
    remedy: 'Add it to the schema, or don’t return it.',
    run: expectKnownAttributes,
  },
  {
    id: 'case-kept',
    level: 'MUST',
    description: 'The server returns values of # that are advertised as caseExact unchanged.',
    requirements: ['R-062', 'R-152'],
    rationale:
      'These values are case-sensitive: IDs, tokens and references that differ in case are different.',
    remedy: 'Store such values unchanged.',
    run: expectCaseKept,
  },
]

export const schemaRepresentationChecks: readonly Check[] = defineChecks(
  advertisedArea,
  rows.flatMap(({ id, level, description, requirements, rationale, remedy, run }) =>
    typeGroups.map(kind => ({
      id: `${id}-${kind.id}`,
      level,
      description: description.replace('#', kind.label),
      requirements,
      rationale,
      remedy,
      needs: kind.needs,
      run: (context: CheckContext) => run(context, kind),
    })),
  ),
)
