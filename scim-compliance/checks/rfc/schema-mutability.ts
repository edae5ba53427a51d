import type { Check, CheckContext, SupportedAttribute } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import {
  type AttributePlace,
  bodyWithValue,
  createFilled,
  expectNoFaults,
  type Fault,
  isSelfContained,
  matchingPlaces,
  placeValues,
  sampleValue,
  type TypeGroup,
  typeGroups,
} from '../steps/attribute-places.ts'
import { valueIn } from '../steps/attributes.ts'
import { isReplaced, postForCleanup } from '../steps/create-and-read.ts'
import { needPutEffect } from '../steps/prerequisites.ts'
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

async function ignoredOnPost(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const { type, places } of matchingPlaces(context, kind, readOnly, 'readOnly')) {
    const faults: Fault[] = []
    for (const place of places) {
      const given = foreign(place.attribute, context)
      const response = await postForCleanup(context, type, bodyWithValue(context, type, place, given))
      if (response.status !== 201)
        faults.push([`${place.path} is rejected with ${response.status}`, response])
      else if (kept(response.body, place, given)) faults.push([`${place.path} is stored`, response])
    }
    expectNoFaults(faults, `readOnly attributes of ${type.name} to be ignored`)
  }
}

async function ignoredOnPut(context: CheckContext, kind: TypeGroup): Promise<void> {
  await needPutEffect(context)
  for (const { type, places } of matchingPlaces(context, kind, readOnly, 'readOnly')) {
    const { path, sent } = await context.create(type)
    const faults: Fault[] = []
    for (const place of places) {
      const given = foreign(place.attribute, context)
      const response = await context.put(path, { ...sent, [place.attribute.name]: given })
      if ([404, 405, 501].includes(response.status)) skip(`PUT returns ${response.status}.`)
      const shown = response.status === 204 ? await context.get(path) : response
      if (!isReplaced(response)) faults.push([`${place.path} is rejected with ${response.status}`, response])
      else if (kept(shown.body, place, given)) faults.push([`${place.path} is stored`, shown])
    }
    expectNoFaults(faults, `readOnly attributes of ${type.name} to be ignored`)
  }
}

async function rejectedOnPatch(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const { type, places } of matchingPlaces(context, kind, readOnly, 'readOnly')) {
    const { path } = await context.create(type)
    const faults: Fault[] = []
    for (const { attribute, path: name } of places) {
      const response = await context.patch(path, {
        op: 'replace',
        path: name,
        value: foreign(attribute, context),
      })
      if (response.status !== 400) faults.push([`${name}: ${response.status}`, response])
    }
    expectNoFaults(faults, `status 400 for a PATCH of readOnly attributes of ${type.name}`)
  }
}

const isWhole = ({ above }: AttributePlace): boolean => above === undefined

const isWritten = ({ attribute: { mutability } }: AttributePlace): boolean => mutability !== 'readOnly'

async function acceptsMinimal(context: CheckContext, kind: TypeGroup): Promise<void> {
  for (const type of kind.types(context)) {
    const sample = context.sample(type)
    const names = type.attributes.filter(({ required }) => required).map(({ name }) => name)
    const urns = type.extensions.filter(({ required }) => required).map(({ schema }) => schema)
    const body: JsonObject = {
      ...Object.fromEntries(Object.entries(sample).filter(([name]) => [...names, ...urns].includes(name))),
      schemas: [type.schema, ...urns],
    }
    const response = await postForCleanup(context, type, body)
    expectNoFaults(
      response.status === 201
        ? []
        : [`${response.status} (${String(valueIn(response.body, 'detail') ?? '')})`],
      `${type.name} with ${[...names, ...urns].join(', ') || 'no attributes'} to be accepted`,
      response,
    )
  }
}

async function rejectsMissing(context: CheckContext, kind: TypeGroup): Promise<void> {
  const found = matchingPlaces(
    context,
    kind,
    one => isWhole(one) && one.attribute.required && isWritten(one) && one.schema === undefined,
    'required',
  )
  for (const { type, places } of found) {
    const faults: Fault[] = []
    for (const { attribute } of places) {
      const body = Object.fromEntries(
        Object.entries(context.sample(type)).filter(
          ([name]) => name.toLowerCase() !== attribute.name.toLowerCase(),
        ),
      )
      const response = await postForCleanup(context, type, body)
      if (response.status !== 400)
        faults.push([`${type.name} without ${attribute.name}: ${response.status}`, response])
    }
    expectNoFaults(faults, 'status 400 without required attributes')
  }
}

const isShown = ({ attribute: { returned } }: AttributePlace): boolean =>
  ['always', 'default'].includes(returned)

async function writable(context: CheckContext, kind: TypeGroup): Promise<void> {
  const fits = (one: AttributePlace) => isWhole(one) && isWritten(one) && isShown(one) && isSelfContained(one)
  for (const { type, places } of matchingPlaces(context, kind, fits, 'writable')) {
    const all = await createFilled(context, type)
    const faults: Fault[] = []
    for (const place of places) {
      if (sampleValue(context, type, place) === undefined) continue
      const takers = all.filter(({ sent }) => placeValues(sent, place).length > 0)
      const [taker] = takers
      if (taker === undefined) faults.push(`${place.path} is rejected`)
      else if (!takers.some(({ response }) => placeValues(response.body, place).length > 0))
        faults.push([`${place.path} isn’t stored`, taker.response])
    }
    expectNoFaults(faults, `every writable attribute of ${type.name} to be accepted and returned`)
  }
}

async function immutable(context: CheckContext, kind: TypeGroup): Promise<void> {
  await needPutEffect(context)
  const fits = (one: AttributePlace) =>
    one.attribute.mutability === 'immutable' &&
    isWhole(one) &&
    one.schema === undefined &&
    isShown(one) &&
    isSelfContained(one)
  for (const { type, places } of matchingPlaces(context, kind, fits, 'immutable')) {
    const faults: Fault[] = []
    for (const place of places) {
      const [first, second] = [sampleValue(context, type, place), sampleValue(context, type, place)]
      if (first === undefined || second === undefined || String(first) === String(second)) continue
      const { path, sent, body } = await context.create(type, { [place.attribute.name]: first })
      await context.put(path, { ...sent, [place.attribute.name]: second })
      const after = await context.get(path)
      const [before, now] = [placeValues(body, place), placeValues(after.body, place)]
      if (before.length > 0 && JSON.stringify(before) !== JSON.stringify(now))
        faults.push([`${place.path} was changed`, after])
    }
    expectNoFaults(faults, `immutable attributes of ${type.name} to stay unchanged`)
  }
}

const rationale =
  'Clients that are driven by discovery send what the schema allows, and omit what it doesn’t require.'

export const schemaMutabilityChecks: readonly Check[] = defineChecks(
  advertisedArea,
  typeGroups.flatMap(kind => [
    should(`required-${kind.id}`, ['R-064', 'R-152'], {
      description: `Creating ${kind.label} without an attribute that is advertised as required returns 400.`,
      rationale,
      remedy: 'Return 400 if it is missing, or advertise required as false.',
      needs: kind.needs,
      run: context => rejectsMissing(context, kind),
    }),
    should(`optional-${kind.id}`, ['R-152', 'R-154'], {
      description: `Creating ${kind.label} requires only attributes that are advertised as required.`,
      rationale,
      remedy: 'Advertise required as true for attributes that you require.',
      needs: kind.needs,
      run: context => acceptsMinimal(context, kind),
    }),
    should(`writable-${kind.id}`, ['R-152', 'R-158'], {
      description: `The server accepts and returns attributes of ${kind.label} that are advertised as readWrite.`,
      rationale,
      remedy: 'Accept every attribute that the schema advertises as readWrite, or remove it from the schema.',
      needs: kind.needs,
      run: context => writable(context, kind),
    }),
    must(`read-only-post-${kind.id}`, ['R-059', 'R-085', 'R-152'], {
      description: `POST ignores attributes of ${kind.label} that are advertised as readOnly.`,
      rationale:
        'Clients send back what they have read. If the request is rejected, the whole resource is lost.',
      remedy: 'Ignore readOnly attributes in the bodies of POST.',
      needs: kind.needs,
      run: context => ignoredOnPost(context, kind),
    }),
    must(`read-only-put-${kind.id}`, ['R-059', 'R-163', 'R-152'], {
      description: `PUT ignores attributes of ${kind.label} that are advertised as readOnly.`,
      rationale: 'Clients that use PUT send the whole resource back as they read it.',
      remedy: 'Ignore readOnly attributes in the bodies of PUT.',
      needs: kind.needs,
      run: context => ignoredOnPut(context, kind),
    }),
    must(`read-only-patch-${kind.id}`, ['R-059', 'R-173', 'R-152'], {
      source: 'RFC 7644 §3.5.2',
      description: `PATCH of an attribute of ${kind.label} that is advertised as readOnly returns 400.`,
      rationale: 'The client assumes that the value was changed.',
      remedy: 'Reject operations on readOnly attributes with 400 and scimType mutability.',
      needs: [...kind.needs, 'patch'],
      run: context => rejectedOnPatch(context, kind),
    }),
    must(`immutable-${kind.id}`, ['R-060', 'R-152'], {
      description: `Attributes of ${kind.label} that are advertised as immutable don’t change once they are set.`,
      rationale: 'Other systems rely on the value not changing.',
      remedy: 'Reject a different value for an immutable attribute with 400 and scimType mutability.',
      needs: kind.needs,
      run: context => immutable(context, kind),
    }),
  ]),
)
