import { type Filter, parse } from 'scim2-parse-filter'
import { isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import { enterprise, isNamed, Refused } from './schemas.ts'

type Test = (one: Json) => boolean

/** Whether a resource, or a value of a list, matches a filter. */
export function filterOf(text: string): Test {
  const outside = text.replace(/"(\\.|[^"\\])*"/g, '""').trim()
  if (/^(and|or)\b|\b(and|or)$|\bpr ""/i.test(outside)) throw malformed()
  let tree: Filter
  try {
    tree = parse(text)
  } catch {
    throw malformed()
  }
  return testOf(tree)
}

const malformed = () => new Refused(400, 'The filter can’t be parsed.', 'invalidFilter')

function testOf(tree: Filter): Test {
  if ('filters' in tree) {
    const tests = tree.filters.map(testOf)
    return one => (tree.op === 'and' ? tests.every(test => test(one)) : tests.some(test => test(one)))
  }
  if ('filter' in tree) {
    const test = testOf(tree.filter)
    return one => !test(one)
  }
  const { attrPath } = tree
  if ('valFilter' in tree) {
    const test = testOf(tree.valFilter)
    return one => valuesAt(one, attrPath).some(test)
  }
  if (!('compValue' in tree)) return one => valuesAt(one, attrPath).length > 0
  const { op, compValue } = tree
  if (!/^(eq|ne)$/.test(op) && typeof compValue !== 'string')
    throw new Refused(400, `${attrPath} can’t be compared by ${op}.`, 'invalidFilter')
  const isExact = /^(id|externalId|members\.value)$/i.test(attrPath)
  // The parser unescapes quotation marks only.
  const text = JSON.stringify(compValue).replaceAll('\\\\', '\\')
  const wanted = comparable(JSON.parse(text), isExact)
  const isMet = comparisons[op] ?? (() => false)
  if (op === 'ne') return one => !valuesAt(one, attrPath).some(value => comparable(value, isExact) === wanted)
  return one =>
    valuesAt(one, attrPath).some(value => {
      const found = comparable(value, isExact)
      return found !== null && isMet(found, wanted)
    })
}

type Comparable = string | number | boolean | null

const comparisons: Readonly<Record<string, (one: never, other: never) => boolean>> = {
  eq: (one: Comparable, other: Comparable) => one === other,
  co: (one: string, other: string) => `${one}`.includes(other),
  sw: (one: string, other: string) => `${one}`.startsWith(other),
  ew: (one: string, other: string) => `${one}`.endsWith(other),
  gt: (one: string, other: string) => one > other,
  ge: (one: string, other: string) => one >= other,
  lt: (one: string, other: string) => one < other,
  le: (one: string, other: string) => one <= other,
}

/** Times as instants, and other strings without case. */
function comparable(value: Json, isExact: boolean): never {
  const plain = isObject(value) ? (value.value ?? null) : value
  if (typeof plain !== 'string' || isExact) return plain as never
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(plain)
  return (isTime ? new Date(plain).toISOString() : plain.toLowerCase()) as never
}

function valuesAt(one: Json, path: string): readonly Json[] {
  const [, urn, names = ''] = /^(?:(urn:.+):)?([^:]+)$/i.exec(path) ?? []
  const isExtended = urn?.toLowerCase() === enterprise.toLowerCase()
  const steps = [...(isExtended ? [enterprise] : []), ...names.split('.')]
  return steps.reduce<readonly Json[]>(
    (values, step) =>
      values.filter(isObject).flatMap(value => {
        const found = Object.entries(value).find(([name]) => isNamed(step)({ name }))?.[1]
        return found === undefined ? [] : Array.isArray(found) ? (found as readonly Json[]) : [found]
      }),
    [one],
  )
}

/** The resource with the attributes that the query asks for. */
export function projected(resource: JsonObject, query: JsonObject): JsonObject {
  const names = (value: Json | undefined) =>
    `${value ?? ''}`.split(',').flatMap(name => name.trim().toLowerCase().split(`${userUrn}:`).at(-1) || [])
  const [wanted, unwanted] = [names(query.attributes), names(query.excludedAttributes)]
  if (wanted.length + unwanted.length === 0) return resource
  return select(resource, '', (path, isWhole) => {
    if (/^(id|schemas)$/.test(path)) return true
    const isIn = (list: readonly string[]) => list.some(name => path === name || isBelow(path, name))
    if (wanted.length === 0) return !isIn(unwanted)
    return isIn(wanted) || (!isWhole && wanted.some(name => isBelow(name, path)))
  })
}

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:user'
const isBelow = (path: string, above: string) => path.startsWith(`${above}.`) || path.startsWith(`${above}:`)

function select(
  one: JsonObject,
  above: string,
  isWanted: (path: string, isWhole: boolean) => boolean,
): JsonObject {
  return Object.fromEntries(
    Object.entries(one).flatMap(([name, value]) => {
      const path = `${above}${name.toLowerCase()}`
      if (!isWanted(path, !isObject(value) && !Array.isArray(value))) return []
      if (above !== '' && !path.startsWith('urn:')) return [[name, value]]
      const inner = (part: Json) =>
        isObject(part) ? select(part, `${path}${path.startsWith('urn:') ? ':' : '.'}`, isWanted) : part
      const part = Array.isArray(value) ? value.map(inner) : inner(value)
      return isObject(part) && Object.keys(part).length === 0 ? [] : [[name, part]]
    }),
  )
}
