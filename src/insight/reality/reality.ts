import { LRUCache } from 'lru-cache'
import type { Reality } from '../../domain/contract/reality.ts'
import { minute } from '../../domain/duration.ts'
import type { ProfileRequests } from '../../profiles/profile.ts'
import { loadProfile, switchesOf } from '../../profiles/registry.ts'
import { parseJsonOrUndefined } from '../../provisioning/kit/target.ts'
import { parseSyntax } from '../../scim/filter/syntax.ts'
import { deepestJson, isObject, isShallow, type Json, type JsonObject } from '../../scim/json.ts'
import { excerpt } from '../../scim/text.ts'
import { rewriteComparisons } from '../../traffic/recordings/query-text.ts'
import { compare, type Difference } from './compare.ts'
import type { Exchange, RealityStart } from './in-thread.ts'
import { openMirror, type Switches } from './mirror.ts'
import { createSwitchSearch, type Found, type Predict } from './switches.ts'

const maxShapes = 500
const maxFindings = 500
const maxCursors = 1000
const maxShown = 100_000
/** Look-ups that found less than the copy has. */
const maxOpen = 100
/** How long what a response has shown is taken to exist. */
const shownFor = 10 * minute
/** Searches for each shape of request: one that differs in a new way is searched, too. */
const maxSearches = 10
const maxPlaces = 20
const maxText = 300
/** Shorter ones occur in ordinary words. */
const shortestValue = 3
/** Characters of an upstream's text that a finding shows. */
const longestDetail = 10_000

/** `place` is that among the requests, from 1. */
type Sent = { readonly path: string; readonly status: number; readonly place: number; readonly at: string }
/** Not compared before other responses show whether the `missing` IDs still exist. */
type Open = { readonly exchange: Exchange; readonly place: number; readonly missing: readonly string[] }
type Shape = { searches: number; readonly ways: Set<string>; readonly ids: Set<string> }

/** Compares what an upstream responds with what a profile predicts. Exchanges are observed one after the other. */
export function createReality({ profile, switches, directory }: RealityStart) {
  const all = switchesOf(profile)
  const documented = { ...Object.fromEntries(all.map(one => [one.id, one.default])), ...switches }
  const policy = loadProfile(profile).requests
  const mirror = openMirror({ profile, directory })
  const search = createSwitchSearch(all, documented)
  const shapes = new Map<string, Shape>()
  const findings = new Map<string, Found>()
  const cursors = new LRUCache<string, string>({ max: maxCursors })
  const requestsOf = new Map<string, number>()
  const counts = { requests: 0, compared: 0, notPredicted: 0, mirrorCorrected: 0, findingsOmitted: 0 }
  const times: { from?: string; until?: string } = {}
  /** When each user and group was in a response last. */
  const shown = new LRUCache<string, number>({ max: maxShown })
  const open: Open[] = []

  async function observe(exchange: Exchange): Promise<void> {
    const place = ++counts.requests
    times.until = new Date(exchange.at).toISOString()
    times.from ??= times.until
    await consider({ exchange, place, missing: [] })
    const settled = open.filter(({ missing, exchange }) => missing.every(id => exists(id, exchange.at)))
    for (const one of settled) {
      open.splice(open.indexOf(one), 1)
      await consider(one)
    }
  }

  const exists = (id: string, at: number) => at - (shown.get(id) ?? Number.NEGATIVE_INFINITY) < shownFor

  async function consider({ exchange, place }: Open): Promise<void> {
    const { at, method, path, response } = exchange
    const { status, headers, body: text = '', isCut } = response
    const json = parseJsonOrUndefined(text)
    const body = isShallow(json, deepestJson) ? json : undefined
    const [, type = '', id] = /^\/(User|Group)s(?:\/([^/?]+))?\/?(?:\?|$)/.exec(path) ?? []
    const resources = type === '' || status !== 200 ? [] : resourcesIn(body, id)
    for (const { id } of resources) shown.set(id, Math.max(at, shown.get(id) ?? at))
    const known = await Promise.all(resources.map(one => mirror.has(type, one.id)))
    const learn = async () => {
      for (const one of resources)
        if ((await mirror.learn(type, one.id, one)) && directory) counts.mirrorCorrected++
    }
    if (!directory) await learn()

    const isPartlyKnown = id === undefined && resources.length > 0 && (!directory || known.includes(false))
    const seen = {
      ...{ status, body, isWhole: !isCut && !isPartlyKnown },
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
    }
    const cursor = /[?&]cursor=([^&]+)/.exec(path)?.[1] ?? ''
    const own = cursors.get(cursor)
    const ownPath = own === undefined ? path : path.replace(`cursor=${cursor}`, `cursor=${own}`)
    const throttled = status === 429 ? String(isObject(body) ? body.detail : '') : undefined
    const answer = (chosen: Switches) => mirror.answer(chosen, ownPath, at, throttled)
    const byKey = new Map<string, readonly Difference[]>()
    const predict: Predict = async chosen => {
      const predicted = await answer(chosen)
      const { status, headers, body = '' } = predicted
      const key = JSON.stringify([status, headers]) + body.replace(nextCursor, '')
      const differences = byKey.get(key) ?? compare(predicted, seen)
      byKey.set(key, differences)
      return { key, differences }
    }

    const predicted = await answer(documented)
    const usual = predicted.status
    // Somebody has created or deleted what the request names.
    const isChanged = type !== '' && ((status === 200 && usual === 404) || (status === 404 && usual === 200))
    const isUnknownCursor = cursor !== '' && own === undefined && status < 400
    if (method !== 'GET' || isChanged || isUnknownCursor || status === 401 || status === 403) {
      counts.notPredicted++
      if (isChanged && status === 404 && id !== undefined) {
        await mirror.forget(type, id)
        shown.delete(id)
        counts.mirrorCorrected++
      }
      return directory && learn()
    }
    if (status === 200 && usual === 200 && id === undefined && type !== '') {
      const expected = resourcesIn(parseJsonOrUndefined(predicted.body ?? ''), id)
      const missing = missingIn(path, body, expected)
      // Memberships are in no response.
      if (missing.length > 0 && (isAboutMembers(path) || missing.some(id => !exists(id, at)))) {
        if (isAboutMembers(path)) counts.notPredicted++
        else if (open.push({ exchange, place, missing }) > maxOpen) {
          open.shift()
          counts.notPredicted++
        }
        return directory && learn()
      }
    }
    counts.compared++
    await compareWith(predict, { path, status, place, at: new Date(at).toISOString() })
    const isPredicted = (await predict(search.believed())).differences.length === 0
    if (directory && (!isPredicted || known.includes(false))) await learn()
    const theirs = cursorOf(body)
    if (theirs === undefined) return
    const page = parseJsonOrUndefined((await answer(search.believed())).body ?? '')
    const ours = cursorOf(page)
    const isSamePage = resources.at(-1)?.id === resourcesIn(page, id).at(-1)?.id
    if (ours !== undefined && isSamePage) cursors.set(encodeURIComponent(theirs), ours)
  }

  async function compareWith(predict: Predict, { path, status, place: request, at }: Sent): Promise<void> {
    const { operation, values } = operationOf(path, policy)
    const base = (await predict(documented)).differences
    const rest = (await predict(search.believed())).differences
    const way = JSON.stringify([base, rest].map(list => [...new Set(list.map(nameOf))]))
    // Look-ups in other letter case depend on another switch.
    const key = `${status} ${operation} ${values.some(value => value !== value.toLowerCase())}`
    const shape = shapes.get(key) ?? { searches: 0, ways: new Set(), ids: new Set() }
    if (shapes.size < maxShapes) shapes.set(key, shape)
    let rows: readonly Switches[] = []
    if (shape.searches++ < maxSearches || !shape.ways.has(way)) {
      if (shape.ways.size < maxShapes) shape.ways.add(way)
      const found = await search.search(predict, request)
      for (const id of found.ids) shape.ids.add(id)
      rows = found.rows
    }
    for (const id of shape.ids) requestsOf.set(id, (requestsOf.get(id) ?? 0) + 1)

    for (const difference of new Map(base.map(one => [nameOf(one), one])).values()) {
      const { kind } = difference
      const place = excerpt(difference.path, maxText)
      const [predicted, seen] = [difference.predicted, difference.seen].map(value =>
        withoutTexts(value, difference, values),
      )
      const name = JSON.stringify([kind, operation, place, predicted, seen])
      const known = findings.get(name)
      if (!known && findings.size >= maxFindings) {
        counts.findingsOmitted++
        continue
      }
      const before = known?.alternatives ?? []
      const [isRejected, isRejection] = [seen, predicted].map(one => kind === 'status' && Number(one) >= 400)
      const direction = isRejected === isRejection ? 'other' : isRejected ? 'stricter' : 'looser'
      findings.set(name, {
        ...{ kind, operation, path: place, predicted, seen, direction, first: known?.first ?? at, last: at },
        weight: weights[direction],
        alternatives: before.length > 0 ? before : await search.explain(difference, base, rows, predict),
        requests: [...(known?.requests ?? []), request].slice(0, maxPlaces),
        count: (known?.count ?? 0) + 1,
      })
    }
  }

  return {
    observe,
    /** An exchange that is not compared. */
    skip(): void {
      counts.requests++
      counts.notPredicted++
    },
    report: (): Reality => ({
      ...{ reality: 1, ...times, ...counts, notPredicted: counts.notPredicted + open.length },
      findings: [...findings.values()].map(search.judge).sort((one, other) => other.count - one.count),
      switches: search.states(requestsOf),
    }),
    close: mirror.close,
  }
}

const weights = { stricter: 'broken-promise', looser: 'refused-by-us', other: 'form' } as const

const nextCursor = /"nextCursor":"[^"]*"/
const nameOf = ({ kind, path }: Difference) => `${kind} ${path}`
const cursorOf = (body: Json | undefined) =>
  isObject(body) && typeof body.nextCursor === 'string' ? body.nextCursor : undefined

type Identified = JsonObject & { readonly id: string }

function resourcesIn(body: Json | undefined, id: string | undefined): readonly Identified[] {
  const list = id === undefined && isObject(body) ? body.Resources : [body]
  const isIdentified = (one: unknown): one is Identified => isObject(one) && typeof one.id === 'string'
  return Array.isArray(list) ? list.filter(isIdentified) : []
}

/** IDs that a list lacks: those that a filter finds, or that are before the last one of a page. */
function missingIn(path: string, body: Json | undefined, expected: readonly Identified[]): readonly string[] {
  if (!isObject(body) || !Array.isArray(body.Resources)) return []
  const seen = new Set(resourcesIn(body, undefined).map(({ id }) => id))
  const end = filterIn(path) === null ? expected.findLastIndex(({ id }) => seen.has(id)) : expected.length
  return expected.slice(0, Math.max(0, end)).flatMap(({ id }) => (seen.has(id) ? [] : [id]))
}

const filterIn = (path: string): string | null => new URLSearchParams(path.split('?')[1]).get('filter')
const isAboutMembers = (path: string): boolean => /\b(?:members?|groups)\b/i.test(filterIn(path) ?? '')

/** Others are values of the client. */
const names = new Set([
  ...['', 'Users', 'Groups', 'User', 'Group', 'Schemas', 'ResourceTypes', 'ServiceProviderConfig', 'filter'],
  ...['count', 'cursor', 'startIndex', 'attributes', 'excludedAttributes', 'sortBy', 'sortOrder'],
])

/** `GET /Users?filter=userName eq "…"`, and the values that are left out. */
function operationOf(path: string, policy: ProfileRequests) {
  const values: string[] = []
  const hide = (value: string) => {
    if (value.length >= shortestValue) values.push(value)
    return '…'
  }
  const shown = (text: string) => (names.has(text) || /^-?\d{1,9}$/.test(text) ? text : hide(text))
  const [place = '', ...query] = path.split('?')
  const parameters = [...new URLSearchParams(query.join('?'))].map(
    ([name, value]) => `${shown(name)}=${name === 'filter' ? filterOf(value, policy, hide) : shown(value)}`,
  )
  const segments = place.split('/').map(shown).join('/')
  return {
    operation: excerpt(`GET ${segments}${parameters.length > 0 ? '?' : ''}${parameters.join('&')}`, maxText),
    values,
  }
}

function filterOf(filter: string, policy: ProfileRequests, hide: (value: string) => string): string {
  try {
    parseSyntax(filter, policy, policy.limits)
    return rewriteComparisons(filter, (_, value) => hide(value))
  } catch {
    return hide(filter)
  }
}

const keptHeaders = new Set(['content-type', 'retry-after'])
const quoted = /"[^"]*"|'[^']*'|[\da-f-]{36,}/gi

/** `values` are those of the request, which a sentence may repeat. */
function withoutTexts(
  value: Json | undefined,
  { kind, path }: Difference,
  values: readonly string[],
): string | number | boolean | null | undefined {
  if (typeof value === 'object') return value && (Array.isArray(value) ? value.length : 'object')
  if (typeof value !== 'string') return value
  if (kind === 'order' || kind === 'form' || keptHeaders.has(path)) return excerpt(value, maxText)
  if (kind !== 'detail') return 'text'
  const hidden = values.reduce((text, one) => text.replaceAll(one, '…'), value.slice(0, longestDetail))
  const words = hidden.replace(quoted, '…').replace(/\S+/g, word => (word.includes('@') ? '…' : word))
  return excerpt(words, maxText)
}
