import type { Check, CheckContext, ScimResponse, SupportedType } from '../../check.ts'
import { isSuccess, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import {
  type AttributePlace,
  createFilled,
  expectNoFaults,
  expectOfPlaces,
  type Fault,
  isSelfContained,
  matchingPlaces,
  ofEachType,
  placeValues,
  sampleValue,
} from './attribute-places.ts'
import { isReturned, objectsIn, valueIn } from './attributes.ts'
import { postForCleanup } from './create-and-read.ts'

export const advertisedSchemas = ({ service }: CheckContext): readonly JsonObject[] =>
  service.schemas.length > 0 ? service.schemas : skip('/Schemas can’t be read.', 'rfc/discovery/list-schemas')

export const typesOf = ({ service }: CheckContext): readonly JsonObject[] =>
  service.resourceTypes.length > 0
    ? service.resourceTypes
    : skip('/ResourceTypes can’t be read.', 'rfc/discovery/list-resourcetypes')

/** Expects /Schemas to contain the URNs that resource types name. */
const namesKnown =
  (urnsOf: (type: JsonObject) => readonly (Json | undefined)[]): Check['run'] =>
  async context => {
    const known = new Set(advertisedSchemas(context).map(({ id }) => String(id).toLowerCase()))
    const unknown = typesOf(context)
      .flatMap(urnsOf)
      .map(String)
      .filter(urn => !known.has(urn.toLowerCase()))
    expectNoFaults(unknown, 'every schema in /Schemas')
  }

/** What a check has that expects /Schemas to contain the schemas of all resource types. */
export const listsSchemasOfTypes = {
  each: {
    schema: namesKnown(({ schema }) => [schema]),
    schemaExtensions: namesKnown(type => objectsIn(type, 'schemaExtensions').map(({ schema }) => schema)),
  },
}

/** Fails for the faults in the responses to creates with a value for every attribute. */
export const inResponses = (
  what: (type: SupportedType) => string,
  faultsIn: (type: SupportedType, response: ScimResponse, sent: JsonObject) => readonly Fault[],
) =>
  ofEachType(async (context, type) => {
    for (const { sent, response } of await createFilled(context, type))
      expectNoFaults(faultsIn(type, response, sent), what(type), response)
  })

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

/** What a check has that expects the schemas to contain every attribute that is returned. */
export const returnsOnlyDeclared = inResponses(
  ({ name }) => `no attribute in ${name} that its schemas lack`,
  (type, { body }) => [
    ...strange(body, type.attributes, ''),
    ...type.extensions.flatMap(({ schema, attributes }) =>
      strange(valueIn(body, schema), attributes, `${schema}:`),
    ),
  ],
)

const isStored = ({ attribute, above, ...place }: AttributePlace): boolean =>
  above === undefined &&
  attribute.mutability !== 'readOnly' &&
  isReturned(attribute) &&
  isSelfContained({ attribute, ...place })

/** What a check has that expects every writable attribute to be accepted, stored and returned. */
export const storesDeclared = ofEachType(async (context, type) => {
  const places = matchingPlaces(type, isStored, 'writable')
  const all = await createFilled(context, type)
  const reads = new Map<string, ScimResponse>()
  for (const { path } of all) reads.set(path, await context.get(path))
  await expectOfPlaces(
    places,
    `every writable attribute of ${type.name} to be accepted and returned`,
    async place => {
      if (sampleValue(context, type, place) === undefined) return undefined
      const takers = all.filter(({ sent }) => placeValues(sent, place).length > 0)
      const shown = takers.flatMap(({ path }) => reads.get(path) ?? [])
      const [first] = shown
      if (first === undefined) return `${place.path} is rejected`
      const isThere = shown.some(({ body }) => placeValues(body, place).length > 0)
      return isThere ? undefined : [`${place.path} isn’t stored`, first]
    },
  )
})

/** What a check has that expects a create to need only what is declared as required. */
export const requiresOnlyDeclared = ofEachType(async (context, type) => {
  const names = type.attributes.filter(({ required }) => required).map(({ name }) => name)
  const urns = type.extensions.filter(({ required }) => required).map(({ schema }) => schema)
  const needed = [...names, ...urns]
  const body: JsonObject = {
    ...Object.fromEntries(Object.entries(context.sample(type)).filter(([name]) => needed.includes(name))),
    schemas: [type.schema, ...urns],
  }
  const response = await postForCleanup(context, type, body)
  expectNoFaults(
    isSuccess(response) ? [] : [`${response.status} (${String(valueIn(response.body, 'detail') ?? '')})`],
    `${type.name} with ${needed.join(', ') || 'no attributes'} to be accepted`,
    response,
  )
})
