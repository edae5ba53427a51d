import type { Client } from '../client/client.ts'
import { isObject, type Json } from '../json.ts'
import type { TypeAtHand } from '../stage.ts'
import { removeOne } from './clean-up.ts'
import { carries, idIn, memberOf, nameIn, namingAttribute } from './ownership.ts'
import type { LeftBehind } from './result.ts'
import type { Run } from './stage.ts'

/** Nobody’s whole directory is walked through for what is most likely not there. */
const mostPages = 20
const perPage = 100

/**
 * What was made without an answer that says so, as by a POST that took too long: told by the mark in its name, and
 * removed. Answers what couldn't be, and the names that may be there where nobody can look. `known` is told already.
 */
export async function removeStrays(run: Run, known: readonly LeftBehind[]): Promise<readonly LeftBehind[]> {
  const left: LeftBehind[] = []
  const passed = new Set(known.map(({ path }) => path))
  // Groups first, for some servers keep users who are members.
  for (const type of run.traces.types().toSorted(byRank)) {
    const uncertain = run.traces.uncertain(type)
    const found = await straysOf(run, type, uncertain.length > 0)
    for (const path of found ?? []) {
      const why = passed.has(path) ? undefined : await removeOne(run.client, path)
      if (why !== undefined) left.push({ path, why })
    }
    if (found === undefined)
      for (const name of uncertain)
        left.push({
          path: `${type.endpoint} (${name})`,
          why: 'it may be there, for making it had no clear answer, and it can’t be looked for',
        })
  }
  return left
}

const byRank = (a: TypeAtHand, b: TypeAtHand): number =>
  Number(namingAttribute(a) === 'userName') - Number(namingAttribute(b) === 'userName')

/** Paths of a type's things with the mark; undefined where they can't be told. */
async function straysOf(
  run: Run,
  type: TypeAtHand,
  isUrgent: boolean,
): Promise<readonly string[] | undefined> {
  const isStray = (resource: Json) => carries(nameIn(resource, type) ?? JSON.stringify(resource), run.mark)
  const pathsOf = (resources: readonly Json[]) =>
    resources.filter(isStray).flatMap(resource => {
      const id = idIn(resource)
      return id === undefined ? [] : [`${type.endpoint}/${encodeURIComponent(id)}`]
    })
  try {
    const filtered = await filteredBy(run, type)
    // A server may pass over a filter that it doesn't understand.
    if (filtered?.every(isStray)) return pathsOf(filtered)
    const all = isUrgent ? await allOf(run.client, type) : undefined
    return all && pathsOf(all)
  } catch {
    return undefined
  }
}

async function filteredBy({ client, service, mark }: Run, type: TypeAtHand) {
  const naming = namingAttribute(type)
  if (naming === undefined || service.offers.filter === undefined) return undefined
  const filter = encodeURIComponent(`${naming} sw "${mark}"`)
  const { resources, isWhole } = await listed(client, `${type.endpoint}?filter=${filter}&count=${perPage}`)
  return isWhole ? resources : undefined
}

/** Undefined where there are more than can be walked through. */
async function allOf(client: Client, type: TypeAtHand): Promise<readonly Json[] | undefined> {
  const all = new Map<string | undefined, Json>()
  for (let page = 0; page < mostPages; page++) {
    const path = `${type.endpoint}?startIndex=${all.size + 1}&count=${perPage}`
    const { resources, total } = await listed(client, path)
    const before = all.size
    for (const resource of resources ?? []) all.set(idIn(resource), resource)
    if (total !== undefined && all.size >= total) return [...all.values()]
    if (all.size === before) return undefined
  }
  return undefined
}

async function listed(client: Client, path: string) {
  const { status, body } = await client.send('GET', path)
  const list = memberOf(body, 'Resources')
  const total = Number(memberOf(body, 'totalResults') ?? Number.NaN)
  const resources = Array.isArray(list) ? list.filter(isObject) : total === 0 ? [] : undefined
  return status === 200 && resources !== undefined && Number.isFinite(total)
    ? { resources, total, isWhole: resources.length >= total }
    : { resources: undefined, total: undefined, isWhole: false }
}
