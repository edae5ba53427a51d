import { isObject, type JsonObject } from '../../../scim-compliance/scim.ts'
import {
  type Break,
  error,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  type ReceivedRequest,
  reading,
  withBody,
} from '../mutants/break.ts'
import { eachResource } from '../mutants/breaks.ts'

/** A number below 1 for each call, the same in each run. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The resource before a request. */
export const before = async (request: ReceivedRequest, next: Parameters<Break>[1]) =>
  objectIn(await next(reading(request, pathOf(request))))

/** ETag and meta.version never change. */
export const frozenVersion: Break = async (request, next) => {
  const { 'if-match': match, 'if-none-match': none, ...headers } = request.headers
  // The only version is always the current one.
  const current = (value: string | undefined) => (value === frozen ? '*' : value)
  const response = await next({
    ...request,
    headers: {
      ...headers,
      ...(match !== undefined && { 'if-match': current(match) ?? match }),
      ...(none !== undefined && { 'if-none-match': current(none) ?? none }),
    },
  })
  const { etag } = response.headers
  const shown = eachResource(objectIn(response), one =>
    isObject(one.meta) ? { ...one, meta: { ...one.meta, version: frozen } } : one,
  )
  return {
    ...(response.text === '' ? response : withBody(response, shown)),
    headers: { ...response.headers, ...(etag !== undefined && { etag: frozen }) },
  }
}

const frozen = 'W/"1"'

/** Adding a member that is there doubles it. */
export function doubledMembers(): Break {
  const twice = new Set<string>()
  const doubled = (group: JsonObject): JsonObject => ({
    ...group,
    members: objectsIn(group.members).flatMap(one =>
      twice.has(`${group.id} ${one.value}`) ? [one, one] : [one],
    ),
  })
  return async (request, next) => {
    if (request.method === 'PATCH' && request.target.startsWith('/Groups/')) {
      const { id, members } = await before(request, next)
      for (const { op, path, value } of objectsIn(objectIn(request).Operations))
        for (const one of /^add$/i.test(`${op}`) && path === 'members' ? objectsIn(value) : [])
          if (objectsIn(members).some(({ value }) => value === one.value)) twice.add(`${id} ${one.value}`)
    }
    const response = await next(request)
    return request.target.startsWith('/Groups') && /"members"/.test(response.text)
      ? withBody(
          response,
          eachResource(objectIn(response), one => ('members' in one ? doubled(one) : one)),
        )
      : response
  }
}

/** A filter by userName still returns deleted users. */
export function deletedStillFound(): Break {
  const gone: JsonObject[] = []
  return async (request, next) => {
    if (request.method === 'DELETE' && request.target.startsWith('/Users/'))
      gone.push(await before(request, next))
    const response = await next(request)
    const name = /^userName eq "([^"]*)"$/i.exec(queryOf(request).get('filter') ?? '')?.[1]
    const found = gone.filter(({ userName }) => name !== undefined && userName === name)
    if (found.length === 0 || pathOf(request) !== '/Users' || response.status !== 200) return response
    const list = objectIn(response)
    const totalResults = Number(list.totalResults) + found.length
    return withBody(response, { ...list, totalResults, Resources: [...objectsIn(list.Resources), ...found] })
  }
}

/** Users that aren’t active aren’t found. */
export const hiddenInactive: Break = async (request, next) => {
  const response = await next(request)
  if (request.method !== 'GET' || !request.target.startsWith('/Users') || response.status !== 200)
    return response
  const body = objectIn(response)
  if (body.active === false) return error(404)
  if (!Array.isArray(body.Resources)) return response
  const Resources = objectsIn(body.Resources).filter(({ active }) => active !== false)
  const hidden = body.Resources.length - Resources.length
  return withBody(response, { ...body, Resources, totalResults: Number(body.totalResults) - hidden })
}

/** IDs of users and groups become numbers in JSON, and their digits in addresses and references. */
export function numericIds(): Break {
  const numbers = new Map<string, string>()
  const texts = new Map<string, string>()
  const numberOf = (id: string): string => {
    const number = numbers.get(id) ?? `${100_000_000 + numbers.size}`
    numbers.set(id, number)
    texts.set(number, id)
    return number
  }
  const inward = (text: string) => text.replace(/10\d{7}/g, number => texts.get(number) ?? number)
  const outward = (text: string) =>
    text.replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, id => (numbers.has(id) ? numberOf(id) : id))
  return async (request, next) => {
    const response = await next({ ...request, target: inward(request.target), text: inward(request.text) })
    const { id } = request.method === 'POST' ? objectIn(response) : {}
    if (typeof id === 'string') numberOf(id)
    return {
      ...response,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, outward(value)]),
      ),
      text: outward(response.text).replace(/"id":"(\d{9})"/g, '"id":$1'),
    }
  }
}
