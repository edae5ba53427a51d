import type { CheckContext, Need, ScimResponse, SupportedAttribute, SupportedType } from '../../check.ts'
import { refersToResources } from '../../data/sample-bodies.ts'
import { expectThat, isSuccess, Skip, skip } from '../../expect.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { extensionValues, valueIn } from './attributes.ts'
import { postForCleanup } from './create-and-read.ts'

export type AttributePlace = {
  readonly attribute: SupportedAttribute
  readonly above?: SupportedAttribute
  readonly schema?: string
  /** `name.givenName`, `urn:…:manager`. */
  readonly path: string
}

const within = (attributes: readonly SupportedAttribute[], schema?: string): readonly AttributePlace[] =>
  attributes.flatMap(above => {
    const about = compact({ schema })
    const path = schema === undefined ? above.name : `${schema}:${above.name}`
    const parts = above.subAttributes.map(attribute => ({
      attribute,
      above,
      path: `${path}.${attribute.name}`,
    }))
    return [{ attribute: above, path }, ...parts].map(place => ({ ...about, ...place }))
  })

export const attributePlaces = (type: SupportedType): readonly AttributePlace[] => [
  ...within(type.attributes),
  ...type.extensions.flatMap(({ schema, attributes }) => within(attributes, schema)),
]

export const topLevelPlaces = (type: SupportedType): readonly AttributePlace[] =>
  attributePlaces(type).filter(({ above }) => above === undefined)

export const isText = ({ type }: SupportedAttribute): boolean => type.toLowerCase() === 'string'

/** Whether values can be generated without other resources on the server. */
export const isSelfContained = ({ attribute, above }: AttributePlace): boolean =>
  !refersToResources(attribute) && (above === undefined || !refersToResources(above))

/** The values at a place: none, one, or one for each element. */
export function placeValues(
  resource: Json | undefined,
  { attribute, above, schema }: AttributePlace,
): readonly Json[] {
  const root = schema === undefined ? resource : valueIn(resource, schema)
  const names = above === undefined ? [attribute.name] : [above.name, attribute.name]
  return names.reduce<readonly Json[]>(
    (values, name) =>
      values.flatMap(value => {
        const found = valueIn(value, name)
        return found === undefined || found === null ? [] : Array.isArray(found) ? found : [found]
      }),
    root === undefined ? [] : [root],
  )
}

/** A sample with this value at a place; the rest of the attribute has only its required sub-attributes and `value`. */
export function bodyWithValue(
  context: CheckContext,
  type: SupportedType,
  place: AttributePlace,
  value: Json,
): JsonObject {
  const { attribute, above, schema, path } = place
  const withValue = (name: string, value: Json): JsonObject =>
    schema === undefined
      ? context.sample(type, { [name]: value })
      : extensionValues(context, type, schema, { [name]: value })
  if (above === undefined) return withValue(attribute.name, value)
  const placeAbove = compact({ attribute: above, schema, path })
  const [whole] = placeValues(context.fullSample(type), placeAbove)
  const needed = new Set(above.subAttributes.filter(one => one.required).map(({ name }) => name))
  const others = Object.entries(isObject(whole) ? whole : {}).filter(
    ([name]) => name === 'value' || needed.has(name),
  )
  const parts = { ...Object.fromEntries(others), [attribute.name]: value }
  return withValue(above.name, above.multiValued ? [parts] : parts)
}

/** The value of an attribute in a full sample; undefined if none can be generated. */
export const sampleValue = (
  context: CheckContext,
  type: SupportedType,
  { attribute, schema }: AttributePlace,
): Json | undefined => {
  const sample = context.fullSample(type)
  return valueIn(schema === undefined ? sample : valueIn(sample, schema), attribute.name)
}

type FilledResource = { readonly sent: JsonObject; readonly response: ScimResponse; readonly path: string }

const filledWith = async (
  context: CheckContext,
  type: SupportedType,
  sent: JsonObject,
): Promise<FilledResource | undefined> => {
  const response = await postForCleanup(context, type, sent)
  const id = valueIn(response.body, 'id')
  return isSuccess(response) && typeof id === 'string'
    ? { sent, response, path: `${type.endpoint}/${encodeURIComponent(id)}` }
    : undefined
}

/** One resource with a value for every attribute; if the server rejects that, one for each attribute that it accepts. */
export async function createFilled(context: CheckContext, type: SupportedType) {
  const all = await filledWith(context, type, context.fullSample(type))
  if (all !== undefined) return [all]
  const some: FilledResource[] = []
  for (const place of topLevelPlaces(type)) {
    const value = sampleValue(context, type, place)
    if (value === undefined) continue
    const one = await filledWith(context, type, bodyWithValue(context, type, place, value))
    if (one !== undefined) some.push(one)
  }
  return some.length > 0 ? some : skip(`No ${type.name} can be created.`)
}

export type Fault = string | readonly [text: string, shownBy: ScimResponse]

export function expectNoFaults(faults: readonly Fault[], what: string, response?: ScimResponse): void {
  const texts = faults.map(fault => (typeof fault === 'string' ? fault : fault[0]))
  const [shown] = faults.flatMap(fault => (typeof fault === 'string' ? [] : [fault[1]]))
  expectThat(faults.length === 0, what, [...new Set(texts)].join('; '), response ?? shown)
}

const isCustom = ({ schema }: SupportedType): boolean => !/:schemas:core:2\.0:(User|Group)$/i.test(schema)

/** Types other than users and groups; skips the check if there are none. */
export const customTypes = ({ types }: CheckContext): readonly SupportedType[] => {
  const found = types.filter(isCustom)
  return found.length > 0 ? found : skip('The server has no types of its own.')
}

type TypesOf = (context: CheckContext) => readonly SupportedType[]

const typeGroups: Readonly<Record<string, { readonly needs: readonly Need[]; readonly types: TypesOf }>> = {
  users: { needs: ['users'], types: ({ users }) => [users] },
  groups: { needs: ['groups'], types: ({ groups }) => [groups] },
  'the server’s own types': {
    needs: [],
    types: context => {
      if (context.service.resourceTypes.length === 0) skip('The server advertises no resource types.')
      return customTypes(context)
    },
  },
}

/** One rule for users, for groups, and for each other type that the server advertises. */
export const ofEachType = (rule: (context: CheckContext, type: SupportedType) => Promise<void>) =>
  over(typeGroups, ({ needs, types }) => async context => {
    const lack = context.lacks(...needs)
    if (lack !== undefined) skip(lack)
    const all = types(context)
    const skips: Skip[] = []
    for (const type of all)
      await rule(context, type).catch((error: unknown) => {
        if (!(error instanceof Skip)) throw error
        skips.push(error)
      })
    const [reason] = skips
    if (reason && skips.length === all.length) throw reason
  })

/** Those that fit; skips if the type has none. */
export function matchingPlaces(
  type: SupportedType,
  fits: (place: AttributePlace) => boolean,
  what: string,
): readonly AttributePlace[] {
  const found = attributePlaces(type).filter(fits)
  return found.length > 0 ? found : skip(`No attribute is advertised as ${what}.`)
}

/** Fails once for the faults of all places. */
export async function expectOfPlaces(
  places: readonly AttributePlace[],
  expected: string,
  faultOf: (place: AttributePlace) => Promise<Fault | undefined>,
): Promise<void> {
  const faults: Fault[] = []
  for (const place of places) {
    const fault = await faultOf(place)
    if (fault !== undefined) faults.push(fault)
  }
  expectNoFaults(faults, expected)
}
