import { isObject, type JsonObject } from '../json.ts'
import type { Answer } from '../stage.ts'

export type Get = (path: string) => Promise<Answer>

/** More pages than any server has of schemas. */
const mostPages = 50

/** All resources of a list of discovery, whatever shape a server gives it; none where it can't be read. */
export async function readList(get: Get, path: string): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  for (let page = 0; page < mostPages; page++) {
    const answer = await get(page === 0 ? path : `${path}?startIndex=${found.length + 1}`)
    if (answer.status !== 200) break
    const fresh = resourcesOf(answer).filter(one => !found.some(other => same(one, other)))
    found.push(...fresh)
    const total = isObject(answer.body) ? answer.body.totalResults : undefined
    if (fresh.length === 0 || typeof total !== 'number' || found.length >= total) break
  }
  return found
}

// A server that doesn't page answers the same list again.
const same = (one: JsonObject, other: JsonObject): boolean => JSON.stringify(one) === JSON.stringify(other)

function resourcesOf({ body }: Answer): readonly JsonObject[] {
  if (Array.isArray(body)) return body.filter(isObject)
  if (!isObject(body)) return []
  const list = body.Resources ?? body.resources
  if (Array.isArray(list)) return list.filter(isObject)
  // The only one, without a list around it.
  return typeof body.schema === 'string' || Array.isArray(body.attributes) ? [body] : []
}
