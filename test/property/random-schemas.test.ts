import { deepStrictEqual as deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isObject, type Json, type JsonObject } from '../../src/scim/json.ts'
import { assertProperty } from '../support/property.ts'
import { anyDeclaration, partUrn, thingUrn } from '../support/random-declarations.ts'
import { buildTestApp, type ScimClient, type TestResponse } from '../support/scim.ts'

/** An attribute of `/Schemas`. */
type Shown = {
  readonly name: string
  readonly type: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly caseExact?: boolean
  readonly mutability: string
  readonly returned: string
  readonly uniqueness?: string
  readonly canonicalValues?: readonly string[]
  readonly subAttributes?: readonly Shown[]
}

/** An attribute with its parents: one, or more in an extension or a complex attribute. */
type Path = readonly Shown[]

const letters = ['Straße', 'Ünï', 'zz top', 'Work', '"quoted" \\ text', '漢字', '😀']

/** The nth value of an attribute: different for each n, unless there are only two. */
function simpleValue({ type }: Shown, n: number): Json {
  switch (type) {
    case 'boolean':
      return n % 2 === 0
    case 'integer':
      return n * 7 - 3
    case 'decimal':
      return n + 0.5
    case 'dateTime':
      return `20${10 + (n % 80)}-01-31T08:00:00${n % 2 === 0 ? 'Z' : '.5+02:00'}`
    case 'reference':
      return `https://example.org/A${n}`
    case 'binary':
      return Buffer.from([n, 255]).toString('base64')
    default:
      return `${letters[n % letters.length]} ${n}`
  }
}

const isSingular = (one: Shown) => one.type === 'boolean' || one.type === 'complex'

const oneValue = (one: Shown, n: number): Json =>
  one.type === 'complex'
    ? Object.fromEntries((one.subAttributes ?? []).map((sub, at) => [sub.name, anyValueOf(sub, n + at)]))
    : simpleValue(one, n)

function anyValueOf(one: Shown, n: number): Json {
  if (!one.multiValued) return oneValue(one, n)
  return isSingular(one) ? [oneValue(one, n)] : [oneValue(one, n), oneValue(one, n + 100)]
}

const bodyOf = (own: readonly Shown[], parts: readonly Shown[], n: number): JsonObject => ({
  schemas: [thingUrn, partUrn],
  ...Object.fromEntries(own.map((one, at) => [one.name, anyValueOf(one, n + at)])),
  [partUrn]: Object.fromEntries(parts.map((one, at) => [one.name, anyValueOf(one, n + at)])),
})

/** The part of a value that is returned if all attributes are requested. */
function visible(one: Shown, value: Json | undefined, isAsked: boolean): Json | undefined {
  if (value === undefined || one.mutability === 'readOnly' || one.returned === 'never') return undefined
  if (one.returned === 'request' && !isAsked) return undefined
  if (one.type !== 'complex') return value
  if (Array.isArray(value)) {
    const elements = value.map((each: Json) => visibleParts(one, each)).filter(each => each !== undefined)
    return elements.length === 0 ? undefined : elements
  }
  return visibleParts(one, value)
}

function visibleParts(one: Shown, value: Json): JsonObject | undefined {
  if (!isObject(value)) return undefined
  const parts = (one.subAttributes ?? []).flatMap(sub => {
    const part = visible(sub, value[sub.name], false)
    return part === undefined ? [] : [[sub.name, part] as const]
  })
  return parts.length === 0 ? undefined : Object.fromEntries(parts)
}

const representation = (attributes: readonly Shown[], body: JsonObject): JsonObject | undefined =>
  visibleParts({ subAttributes: attributes, type: 'complex' } as unknown as Shown, body)

/** A resource of a response, without the common attributes. */
const ownOf = ({ id: _, schemas: __, meta: ___, ...own }: JsonObject) => own

const rejection = ({ status, body }: TestResponse) => (status < 300 ? 'done' : `${status} ${body.scimType}`)

const pathOf = (path: Path): string => {
  const names = path.map(({ name }) => name)
  return names[0] === partUrn ? `${partUrn}:${names.slice(1).join('.')}` : names.join('.')
}

/** All values at a path. */
const valuesAt = (path: Path, body: JsonObject): readonly Json[] =>
  path.reduce<readonly Json[]>(
    (values, { name }) =>
      values.flatMap(value => {
        const inner = isObject(value) ? value[name] : undefined
        return inner === undefined ? [] : Array.isArray(inner) ? inner : [inner]
      }),
    [body],
  )

const container = { name: partUrn, type: 'complex', mutability: 'readWrite', returned: 'default' } as Shown

/** All attributes and sub-attributes. */
const allPaths = (own: readonly Shown[], parts: readonly Shown[]): readonly Path[] => [
  ...own.flatMap(one => [[one], ...(one.subAttributes ?? []).map(sub => [one, sub])]),
  ...parts.flatMap(one => [[container, one], ...(one.subAttributes ?? []).map(sub => [container, one, sub])]),
]

const some = (path: Path, key: 'mutability' | 'returned', value: string) =>
  path.some(one => one[key] === value)

async function checkFilters(client: ScimClient, path: Path, body: JsonObject, id: string): Promise<void> {
  const attribute = path.at(-1)
  if (!attribute || attribute.type === 'complex') return
  const callApi = async (comparison: string) => {
    const response = await client.get(`/Things?filter=${encodeURIComponent(`${pathOf(path)} ${comparison}`)}`)
    if (response.status !== 200) return rejection(response)
    return (response.body.Resources ?? []).some((one: { id: string }) => one.id === id)
  }
  const values = valuesAt(path, body)
  const [value] = values
  const label = `a filter on ${pathOf(path)}`
  if (some(path, 'returned', 'never')) {
    deepEqual(await callApi(`eq ${JSON.stringify(value)}`), '400 invalidFilter', label)
    return
  }
  const isThere = !some(path, 'mutability', 'readOnly')
  deepEqual(await callApi('pr'), isThere, `${label} pr`)
  deepEqual(await callApi(`eq ${JSON.stringify(value)}`), isThere, `${label} eq ${value}`)
  deepEqual(
    await callApi(`ne ${JSON.stringify(value)}`),
    !isThere || values.some(one => one !== value),
    label,
  )
  const ordered = attribute.type === 'boolean' || attribute.type === 'binary' ? '400 invalidFilter' : isThere
  deepEqual(await callApi(`ge ${JSON.stringify(value)}`), ordered, `${label} ge`)
  const isText = attribute.type === 'string' || attribute.type === 'reference'
  deepEqual((await callApi('co "a"')) === '400 invalidFilter', !isText, `${label} co`)
  if (typeof value === 'string' && isText) {
    const other = value.toLowerCase() === value ? value.toUpperCase() : value.toLowerCase()
    const isSame = other === value || !attribute.caseExact
    deepEqual(await callApi(`eq ${JSON.stringify(other)}`), isThere && isSame, `${label} in another case`)
  }
}

const isInList = (path: Path) => path.slice(0, -1).some(({ multiValued }) => multiValued)

async function checkProjections(
  client: ScimClient,
  [own, parts]: readonly [readonly Shown[], readonly Shown[]],
  body: JsonObject,
  at: string,
): Promise<void> {
  for (const one of own) {
    const name = encodeURIComponent(one.name)
    const { body: only } = await client.get(`${at}?attributes=${name}`)
    deepEqual(ownOf(only)[one.name], visible(one, body[one.name], true), `attributes=${one.name}`)
    for (const other of own) {
      if (other === one) continue
      const expected = other.returned === 'always' ? visible(other, body[other.name], false) : undefined
      deepEqual(only[other.name], expected, `${other.name} under attributes=${one.name}`)
    }
    const { body: rest } = await client.get(`${at}?excludedAttributes=${name}`)
    const expected = one.returned === 'always' ? visible(one, body[one.name], false) : undefined
    deepEqual(rest[one.name], expected, `excludedAttributes=${one.name}`)
  }
  for (const one of parts) {
    const { body: only } = await client.get(`${at}?attributes=${partUrn}:${encodeURIComponent(one.name)}`)
    const inBody = body[partUrn]
    const value = isObject(inBody) ? inBody[one.name] : undefined
    deepEqual(only[partUrn]?.[one.name], visible(one, value, true), `attributes=${partUrn}:${one.name}`)
  }
}

/** The second of two resources has the greater numbers and the later times. */
async function checkSorting(client: ScimClient, path: Path, ids: readonly string[]): Promise<void> {
  const grows = ['integer', 'decimal', 'dateTime'].includes(path.at(-1)?.type ?? '')
  const isThere = !some(path, 'mutability', 'readOnly') && !some(path, 'returned', 'never')
  if (!grows || !isThere) return
  for (const [order, expected] of [
    ['ascending', ids],
    ['descending', ids.toReversed()],
  ] as const) {
    const sortBy = encodeURIComponent(pathOf(path))
    const { body } = await client.get(`/Things?sortBy=${sortBy}&sortOrder=${order}`)
    const found = body.Resources?.map(({ id }: { id: string }) => id)
    deepEqual(found, expected, `${order} by ${pathOf(path)}`)
  }
}

const canBeGiven = ({ mutability, subAttributes }: Shown): boolean =>
  mutability !== 'readOnly' && (subAttributes?.some(canBeGiven) ?? true)

/** The result of a PATCH of a set value, by the characteristics along its path. */
function outcome(path: Path): string {
  if (some(path, 'mutability', 'readOnly')) return '400 mutability'
  // Such a value cannot be changed, neither the first time nor later.
  if (!path.slice(-1).every(canBeGiven)) return 'done'
  return some(path, 'mutability', 'immutable') ? '400 mutability' : 'done'
}

const isBoolean = ({ type }: Shown) => type === 'boolean'

/** Whether booleans are all that clients can set. */
const isOfBooleans = ({ subAttributes = [] }: Shown): boolean => {
  const given = subAttributes.filter(canBeGiven)
  return given.length > 0 && given.every(isBoolean)
}

const isImmutable = ({ mutability }: Shown) => mutability === 'immutable'

async function checkPatches(client: ScimClient, path: Path, at: string): Promise<void> {
  const attribute = path.at(-1)
  // Elements of a list are added and removed as a whole.
  if (!attribute || isInList(path)) return
  const name = pathOf(path)
  const patch = async (op: string, value?: Json) =>
    rejection(await client.patch(at, { op, path: name, ...(value !== undefined && { value }) }))
  const value = anyValueOf(attribute, 1000)
  const fixed = attribute.multiValued ? [] : (attribute.subAttributes ?? []).filter(isImmutable)
  const expected = fixed.length > 0 ? '400 mutability' : outcome(path)
  const before = (await client.get(at)).body
  const replaced = await patch('replace', value)
  // With two booleans, the value may be the current one.
  const mayBeSame = [attribute, ...fixed].some(isBoolean) || isOfBooleans(attribute)
  if (!mayBeSame || replaced !== 'done') deepEqual(replaced, expected, `replace ${name}`)
  const { body: after } = await client.get(at)
  if (replaced !== 'done') deepEqual(after, before, `${name} is unchanged`)
  else if (path.length === 1) deepEqual(after[attribute.name], visible(attribute, value, false), name)
}

t.test('R-152 the server behaves as /Schemas describes, for any declaration', async t => {
  const { deps, another } = await buildTestApp(t, 'rfc')
  await assertProperty(
    fc.asyncProperty(anyDeclaration, async declared => {
      const { tenant, client } = await another('rfc')
      await deps.tenants.setDeclarations(tenant.id, declared)
      const attributesOf = async (urn: string): Promise<readonly Shown[]> =>
        (await client.get(`/Schemas/${urn}`)).body.attributes
      const own = await attributesOf(thingUrn)
      const partsOf = await attributesOf(partUrn)
      const body = bodyOf(own, partsOf, 0)

      const created = await client.post('/Things', body)
      deepEqual(created.status, 201, JSON.stringify(created.body))
      const shown = { ...representation(own, body) }
      const part = representation(partsOf, body[partUrn] as JsonObject)
      deepEqual(ownOf(created.body), { ...shown, ...(part && { [partUrn]: part }) })
      const at = `/Things/${created.body.id}`
      deepEqual((await client.get(at)).body, created.body)

      const paths = allPaths(own, partsOf)
      for (const path of paths) await checkFilters(client, path, body, created.body.id)
      await checkProjections(client, [own, partsOf], body, at)

      const other = await client.post('/Things', bodyOf(own, partsOf, 40))
      deepEqual(other.status, 201, JSON.stringify(other.body))
      for (const path of paths) await checkSorting(client, path, [created.body.id, other.body.id])

      const again = await client.post('/Things', body)
      const isUnique = paths.some(
        path =>
          ![undefined, 'none'].includes(path.at(-1)?.uniqueness) && !some(path, 'mutability', 'readOnly'),
      )
      deepEqual(rejection(again), isUnique ? '409 uniqueness' : 'done')
      // An extension without attributes is absent, and then nothing of it is required.
      const demanded = [...own, ...(partsOf.filter(canBeGiven).length > 1 ? partsOf : [])]
      for (const one of demanded.filter(({ required }) => required)) {
        const { [one.name]: _, ...lacking } = body
        const { [one.name]: __, ...lackingPart } = body[partUrn] as JsonObject
        const response = await client.post('/Things', { ...lacking, [partUrn]: lackingPart })
        deepEqual(rejection(response), '400 invalidValue', `without ${one.name}`)
      }
      for (const path of paths) await checkPatches(client, path, at)
    }),
    { numRuns: 8 },
  )
})
