import { setTimeout as pause } from 'node:timers/promises'
import type { SupportedType } from '../check.ts'
import { valueIn } from '../checks/steps/attributes.ts'
import type { Client } from '../client/client.ts'
import { compact, isObject, type Json } from '../scim.ts'
import { hasMark, namingAttribute, removeOne, resourceId, resourceName } from './clean-up.ts'
import type { LeftBehind } from './result.ts'
import type { RunContext } from './stage.ts'

/** A larger directory isn't searched for resources that most likely don't exist. */
const maxLeftoverPages = 20
const perPage = 100

/** Repetitions for servers with eventual consistency, which may still list removed resources. */
const patience = 1000

/**
 * A last search for the mark of the run in each type of which resources were created: for resources that were created without
 * a response that reports them, and those that a DELETE reported as removed but did not remove. Removes them, and returns those
 * that could not be removed, and the names that may exist if no search is possible. `known` is already reported.
 */
export async function removeLeftovers(
  run: RunContext,
  known: readonly LeftBehind[],
): Promise<readonly LeftBehind[]> {
  const left: LeftBehind[] = []
  const passed = new Set(known.map(({ path }) => path))
  // Groups first, since some servers don't remove users that are members.
  for (const type of run.traces.types().toSorted(byRank)) {
    const strays = await straysOf(run, type)
    if (strays === undefined) {
      const reason = 'it may exist, since its creation got no clear response and a search isn’t possible'
      for (const name of run.traces.uncertain(type)) left.push({ path: type.endpoint, name, reason })
      continue
    }
    const fresh = strays.filter(({ path }) => !passed.has(path))
    for (const { path, name } of fresh) {
      const reason = await removeOne(run.client, path)
      passed.add(path)
      if (reason !== undefined) left.push(compact({ path, name, reason }))
    }
    const told = new Set(left.map(({ path }) => path))
    const removed = fresh.filter(({ path }) => !told.has(path))
    const reason = 'DELETE reported success, but the resource still exists'
    for (const stray of await stillThere(run, type, removed)) left.push(compact({ ...stray, reason }))
  }
  return left
}

const byRank = (a: SupportedType, b: SupportedType): number =>
  Number(namingAttribute(a) === 'userName') - Number(namingAttribute(b) === 'userName')

type Leftover = { readonly path: string; readonly name: string | undefined }

async function stillThere(
  run: RunContext,
  type: SupportedType,
  removed: readonly Leftover[],
): Promise<readonly Leftover[]> {
  let left = removed
  for (const wait of [0, patience]) {
    if (left.length === 0) return []
    await pause(wait)
    const paths = new Set((await straysOf(run, type))?.map(({ path }) => path))
    left = left.filter(({ path }) => paths.has(path))
  }
  return left
}

/** The resources of a type with the mark, in any case; undefined if they can't be found. */
async function straysOf(run: RunContext, type: SupportedType): Promise<readonly Leftover[] | undefined> {
  const isStray = (resource: Json) =>
    hasMark(resourceName(resource, type) ?? JSON.stringify(resource), run.mark)
  try {
    const found = (await allOf(run.client, type)) ?? (await filtered(run, type, isStray))
    return found?.filter(isStray).flatMap(resource => {
      const id = resourceId(resource)
      const path = `${type.endpoint}/${encodeURIComponent(id ?? '')}`
      return id === undefined ? [] : [{ path, name: resourceName(resource, type) }]
    })
  } catch {
    return undefined
  }
}

/** If the list is too long to be read: the results of a filter by the mark, and by the names in doubt. */
async function filtered(run: RunContext, type: SupportedType, isStray: (resource: Json) => boolean) {
  const { client, service, mark, traces } = run
  const naming = namingAttribute(type)
  if (naming === undefined || service.offers.filter === undefined) return undefined
  const by = async (filter: string) => {
    const query = `filter=${encodeURIComponent(filter)}&count=${perPage}`
    const { resources, isWhole } = await listed(client, `${type.endpoint}?${query}`)
    // A server may ignore a filter that it doesn't support.
    return isWhole && resources?.every(isStray) ? resources : undefined
  }
  const found = await by(`${naming} sw "${mark}"`)
  if (found === undefined) return undefined
  const named: Json[] = []
  for (const name of traces.uncertain(type))
    named.push(...((await by(`${naming} eq ${JSON.stringify(name)}`)) ?? []))
  return [...new Map([...found, ...named].map(resource => [resourceId(resource), resource])).values()]
}

/** Undefined if there are too many to be read. */
async function allOf(client: Client, type: SupportedType): Promise<readonly Json[] | undefined> {
  const all = new Map<string | undefined, Json>()
  let most = 0
  for (let page = 0; page < maxLeftoverPages; page++) {
    const path = `${type.endpoint}?startIndex=${all.size + 1}&count=${perPage}`
    const { resources, total = 0 } = await listed(client, path)
    if (resources === undefined) return undefined
    const before = all.size
    for (const resource of resources) all.set(resourceId(resource), resource)
    most = Math.max(most, total)
    // totalResults may be that of the page: only a page without new resources is the last one.
    if (all.size === before) return all.size >= most ? [...all.values()] : undefined
    if (page === 0 && total > maxLeftoverPages * perPage) return undefined
  }
  return undefined
}

async function listed(client: Client, path: string) {
  const { status, body } = await client.send('GET', path)
  const list = valueIn(body, 'Resources')
  const total = Number(valueIn(body, 'totalResults') ?? Number.NaN)
  const resources = Array.isArray(list) ? list.filter(isObject) : total === 0 ? [] : undefined
  return status === 200 && resources !== undefined && Number.isFinite(total)
    ? { resources, total, isWhole: resources.length >= total }
    : { resources: undefined, total: undefined, isWhole: false }
}
