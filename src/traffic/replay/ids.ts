import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { rewriteComparisons, rewritePath } from '../recordings/query-text.ts'

export type ResourceIds = {
  readonly learn: (recorded: ResponseParts, replayed: ResponseParts) => void
  readonly translatePath: (path: string) => string
  readonly translateBody: (body: Json) => Json
  readonly unknownIn: (path: string) => readonly string[]
}

export type ResponseParts = {
  readonly body: Json | undefined
  readonly location: string | undefined
}

/** Shorter texts, such as numbers, are IDs only where an ID belongs. */
const minUnmistakable = 8

const idMembers = new Set(['id', 'value'])

export function createResourceIds(): ResourceIds {
  const pairs = new Map<string, string>()
  const known = new Set<string>()
  const learnPair = (recorded: unknown, replayed: unknown) => {
    if (typeof recorded !== 'string') return
    known.add(recorded)
    if (typeof replayed === 'string') pairs.set(recorded, replayed)
  }
  const translate = (text: string): string => pairs.get(text) ?? text
  const translateLong = (text: string): string => (text.length < minUnmistakable ? text : translate(text))
  const translateUrl = (url: string): string => rewritePath(url, translate, translateValue)
  const translateValue = (name: string, value: string): string =>
    name === 'filter' ? translateFilter(value) : translateLong(value)
  const translateFilter = (filter: string): string =>
    rewriteComparisons(filter, (attribute, value) =>
      /(^|[.:])(id|value)$/i.test(attribute) ? translate(value) : translateLong(value),
    )
  const translateMember = (name: string, value: string): string => {
    const folded = name.toLowerCase()
    if (folded === 'path') return value.startsWith('/') ? translateUrl(value) : translateFilter(value)
    if (folded === '$ref' || folded === 'location') return translateUrl(value)
    return idMembers.has(folded) ? translate(value) : translateLong(value)
  }
  const translateBody = (body: Json, name = ''): Json => {
    if (typeof body === 'string') return translateMember(name, body)
    if (Array.isArray(body)) return body.map(item => translateBody(item, name))
    if (!isObject(body)) return body
    return Object.fromEntries(
      Object.entries(body).map(([member, value]) => [member, translateBody(value, member)] as const),
    )
  }
  return {
    learn: (recorded, replayed) => {
      learnPair(idOf(recorded), idOf(replayed))
      for (const [one, other] of pairResources(recorded.body, replayed.body)) learnPair(one.id, other?.id)
      for (const [one, other] of pairBulk(recorded.body, replayed.body))
        learnPair(lastSegment(one), lastSegment(other))
    },
    translatePath: translateUrl,
    translateBody: body => translateBody(body),
    unknownIn: path => {
      const [, id] = /^\/(?:Users|Groups)\/([^/?#]+)/.exec(path) ?? []
      return id === undefined || id.startsWith('.') || known.has(decodeSegment(id)) ? [] : [decodeSegment(id)]
    },
  }
}

const idOf = ({ body, location }: ResponseParts): unknown =>
  isObject(body) && typeof body.id === 'string' ? body.id : lastSegment(location)

function lastSegment(url: unknown): string | undefined {
  if (typeof url !== 'string') return undefined
  const segment = url.split(/[?#]/, 1)[0]?.split('/').filter(Boolean).at(-1)
  return segment === undefined ? undefined : decodeSegment(segment)
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

type Pair = readonly [recorded: JsonObject, replayed: JsonObject | undefined]

function pairResources(recorded: Json | undefined, replayed: Json | undefined): readonly Pair[] {
  const ones = resourcesOf(recorded)
  const others = resourcesOf(replayed)
  if (ones.length === 1 && others.length === 1) return ones.map(one => [one, others[0]] as const)
  const byName = new Map(others.map(other => [nameOf(other), other] as const))
  return ones.map(one => {
    const name = nameOf(one)
    return [one, name === undefined ? undefined : byName.get(name)] as const
  })
}

const resourcesOf = (body: Json | undefined): readonly JsonObject[] =>
  isObject(body) && Array.isArray(body.Resources) ? body.Resources.filter(isObject) : []

const nameOf = ({ userName, displayName, externalId }: JsonObject): string | undefined => {
  const name = userName ?? displayName ?? externalId
  return typeof name === 'string' ? name.toLowerCase() : undefined
}

function pairBulk(
  recorded: Json | undefined,
  replayed: Json | undefined,
): readonly (readonly [recorded: unknown, replayed: unknown])[] {
  const others = operationsOf(replayed)
  return operationsOf(recorded).map((one, at) => [one.location, others[at]?.location] as const)
}

const operationsOf = (body: Json | undefined): readonly JsonObject[] =>
  isObject(body) && Array.isArray(body.Operations) ? body.Operations.filter(isObject) : []
