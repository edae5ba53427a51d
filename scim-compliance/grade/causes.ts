import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { noBody } from '../expect.ts'
import type { Outcome, Result } from '../run/result.ts'
import { isObject, type Json } from '../scim.ts'
import { joinWords } from './join-words.ts'
import { weightOf } from './score.ts'
import { isCreate, methodsWithoutEffect, statusesWithoutPatch, storesNothing } from './writes.ts'

type Run = Pick<Result, 'outcomes' | 'exchanges'>

/** A fault that an exchange shows: `key` is equal for all exchanges with the same fault; `summary` describes it in a clause. */
type SharedCause = {
  readonly key: string
  readonly summary: string
  /** The best possible grade of a suite in which several checks fail for this reason. */
  readonly gradeAtMost?: 'D' | 'F'
}

/**
 * Counts each cause once. If several checks of a suite fail because of the same fault, the most severe one represents it;
 * the others follow from it, are listed under it and do not count. A fault that makes a server nearly useless limits the
 * grade, since it would otherwise count like any other failure.
 */
export function withoutFollowers(result: Run): readonly Outcome[] {
  const faultOf = faultsIn(result)
  const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed')
  const followers = new Map<string, { readonly cause: string; readonly summary: string }>()
  const representatives = new Map<string, SharedCause>()
  const causes = Map.groupBy(failed, outcome => {
    const fault = faultOf(outcome)
    return fault && `${outcome.check.suite} ${fault.key}`
  })
  for (const [key, outcomes] of causes) {
    const [cause, ...others] = outcomes.toSorted(byLevel)
    if (key === undefined || cause === undefined) continue
    const fault = faultOf(cause)
    if (fault === undefined || others.length === 0) continue
    representatives.set(cause.check.id, fault)
    for (const { check } of others) followers.set(check.id, { cause: cause.check.id, summary: fault.summary })
  }
  return result.outcomes.map(outcome => {
    const { cause, summary } = followers.get(outcome.check.id) ?? {}
    const { gradeAtMost, summary: fault } = representatives.get(outcome.check.id) ?? {}
    return cause === undefined
      ? { ...outcome, ...(fault && { fault }), ...(gradeAtMost && { gradeAtMost }) }
      : { ...outcome, verdict: 'skipped', follows: cause, reason: `Follows from ${cause}: ${summary}.` }
  })
}

/** Checks of the fault itself, the best one first: they represent it if no other check is more severe. */
const preferredRepresentatives = [
  'rfc/retrieve/by-id-user',
  'entra/look-up/read-by-id',
  'rfc/discovery/offers-patch',
  'entra/update/replace-displayName',
  'rfc/filter/eq-string',
  'rfc/filter/sub-attributes',
  'rfc/retrieve/total-results',
  'rfc/bulk/answers-200',
  'rfc/delete/answers-204',
  'rfc/delete/groups',
  'rfc/put/replaces',
  'rfc/patch-paths/answers-200-or-204',
  'entra/look-up/only-the-match',
  'entra/look-up/by-user-name',
  'rfc/errors/body-unknown-id',
  'entra/delete/unknown-user-is-404',
]

const byLevel = (one: Outcome, other: Outcome): number =>
  weightOf(other.check) - weightOf(one.check) || rankOf(one) - rankOf(other)

const rankOf = ({ check: { id } }: Outcome): number => {
  const rank = preferredRepresentatives.indexOf(id)
  return rank < 0 ? preferredRepresentatives.length : rank
}

/** Finds the fault that a failure may share with others; undefined if the failure has a cause of its own. */
function faultsIn({ exchanges }: Run): (outcome: Outcome) => SharedCause | undefined {
  const isIgnoring = ignoresFilters(exchanges)
  const isCountingPages = countsPages(exchanges)
  const rejected = rejectedWrites(exchanges)
  const lack = missingFromErrors(exchanges)
  const bodiless = statusesWithoutBody(exchanges)
  const writeFault = faultOfWrites(exchanges)
  return outcome => {
    const fault = writeFault(outcome)
    if (fault) return fault
    const {
      check: { id, suite },
      exchange: number,
      got,
    } = outcome
    const exchange = number === undefined ? undefined : exchanges[number - 1]
    if (exchange === undefined) return undefined
    const filter = filterIn(exchange)
    if (exchange.response === undefined) return droppedRequest(exchange)
    const { status } = exchange.response
    if (lack === 'body' && got === noBody) return { key: 'bodies', summary: 'errors have no body' }
    if (got === noBody && bodiless.has(status))
      return { key: `bodies ${status}`, summary: `errors with status ${status} have no body` }
    if (lack !== undefined && id.endsWith('-named'))
      return { key: 'scimTypes', summary: 'errors have no scimType' }
    const request = requestOf(exchange)
    // Suites of clients report the consequence of each rejected request.
    if (suite === 'rfc' && rejected.has(request))
      return { key: `rejected ${request}`, summary: `the server rejects every ${request}` }
    const known = status < 300 ? acceptedWrites.find(({ ids }) => ids.includes(id)) : undefined
    if (known !== undefined) return { key: known.summary, summary: known.summary }
    if (isCountingPages && isPageCounted(exchange))
      return { key: 'totals', summary: 'totalResults is the number of resources on the page' }
    if (exchange.method === 'PATCH') return rejectedFilteredPath(exchange)
    if (filter === undefined) return undefined
    if (status === 200)
      return isIgnoring ? { key: 'ignored', summary: 'the server ignores filters' } : undefined
    return declinedFilter(filter, exchange)
  }
}

/** Checks of the same fault in different operations: they fail for this reason if the server reports success. */
const acceptedWrites = [
  {
    ids: [
      'user/name-unique',
      'user/name-unique-put',
      'create/conflict',
      'put/clash',
      'patch/unique',
      'advertised/unique-users',
    ].map(id => `rfc/${id}`),
    summary: 'the server accepts a userName twice',
  },
  {
    ids: ['create/put-unknown-makes-nothing', 'create/put-unknown', 'delete/put'].map(id => `rfc/${id}`),
    summary: 'PUT creates resources',
  },
] as const

/**
 * PATCH that is always rejected, writes that report success and change nothing, or resources that can't be read after their
 * creation. A failure has this cause if the check sent such a request before the one that failed: later reads return the
 * old state.
 */
function faultOfWrites(exchanges: readonly Exchange[]): (outcome: Outcome) => SharedCause | undefined {
  const statuses = statusesWithoutPatch(exchanges)
  const methods = methodsWithoutEffect(exchanges)
  const isNothingStored = storesNothing(exchanges)
  const hasSent = ({ exchange, exchanges: own }: Outcome, matches: (one: Exchange) => boolean) =>
    own.some(number => {
      const one = exchanges[number - 1]
      return one !== undefined && (exchange === undefined || number <= exchange) && matches(one)
    })
  const isRejected = ({ method, response }: Exchange) =>
    method === 'PATCH' && statuses !== undefined && response?.status !== 401
  const hasNoEffect = ({ method, response }: Exchange) =>
    methods.includes(method) && response !== undefined && response.status >= 200 && response.status < 300
  const several = methods.length > 1
  return outcome => {
    if (isNothingStored && hasSent(outcome, isCreate))
      return {
        key: 'not-stored',
        summary: 'POST reports success, but no created resource can be read',
        gradeAtMost: 'F',
      }
    if (hasSent(outcome, isRejected))
      return {
        key: 'no-patch',
        summary: `the server returns ${joinWords(statuses?.map(String) ?? [], 'or')} for every PATCH`,
        gradeAtMost: 'D',
      }
    if (hasSent(outcome, hasNoEffect))
      return {
        key: 'no-effect',
        summary: `${joinWords(methods)} ${several ? 'report' : 'reports'} success and ${several ? 'change' : 'changes'} nothing`,
        gradeAtMost: several ? 'F' : 'D',
      }
    return undefined
  }
}

/** Method and path, with `{id}` in place of IDs. */
function requestOf({ method, url }: Exchange): string {
  const { pathname } = URL.parse(url) ?? { pathname: url }
  const parts = pathname
    .split('/')
    .map(part => (/\d|^scim-check/.test(part) && part.length > 8 ? '{id}' : part))
  return `${method} ${parts.join('/')}`
}

/** What every error lacks: a body, or a scimType, which is optional. */
function missingFromErrors(exchanges: readonly Exchange[]): 'body' | 'scimType' | undefined {
  const errors = errorsIn(exchanges)
  if (errors.length < minRejections) return undefined
  if (errors.every(({ body }) => body === '')) return 'body'
  const isNamed = ({ body }: (typeof errors)[number]): boolean => {
    const error = parseJson(body)
    return isObject(error) && typeof error.scimType === 'string'
  }
  return errors.some(isNamed) ? undefined : 'scimType'
}

const errorsIn = (exchanges: readonly Exchange[]) =>
  exchanges.flatMap(({ method, response }) =>
    response !== undefined && response.status >= 400 && method !== 'HEAD' ? [response] : [],
  )

function statusesWithoutBody(exchanges: readonly Exchange[]): ReadonlySet<number> {
  const byStatus = Map.groupBy(errorsIn(exchanges), ({ status }) => status)
  return new Set(
    [...byStatus].flatMap(([status, errors]) => (errors.every(({ body }) => body === '') ? [status] : [])),
  )
}

/** Fewer rejections may have different reasons. */
const minRejections = 5

function rejectedWrites(exchanges: readonly Exchange[]): ReadonlySet<string> {
  const writes = exchanges.filter(
    one =>
      one.response !== undefined &&
      (['PUT', 'PATCH', 'DELETE'].includes(one.method) || / .*\/Bulk$/.test(requestOf(one))),
  )
  const isRejected = ({ response }: Exchange): boolean => (response?.status ?? 0) >= 400
  return new Set(
    [...Map.groupBy(writes, requestOf)].flatMap(([request, all]) =>
      all.length >= minRejections && all.every(isRejected) ? [request] : [],
    ),
  )
}

function droppedRequest(exchange: Exchange): SharedCause {
  const request = requestOf(exchange)
  const { failure = '' } = exchange
  return { key: `dropped ${request} ${failure}`, summary: `${request} gets no response (${failure})` }
}

/** A path with a valid filter; the rejection of an invalid one has a different reason. */
const filteredPath = /^\w+\[\w+ (eq|ne|co|sw|ew|gt|ge|lt|le|pr)\b/i

/**
 * A PATCH with filtered paths (`emails[type eq "work"].value`) that is rejected: the same error is the same cause, whichever
 * path and operation it quotes. Paths with a URN are left out, since the URN may be the reason.
 */
function rejectedFilteredPath({ request, response }: Exchange): SharedCause | undefined {
  if (response === undefined || response.status < 400) return undefined
  const { status } = response
  const [sent, error] = [parseJson(request.body), parseJson(response.body)]
  const operations = isObject(sent) && Array.isArray(sent.Operations) ? sent.Operations.filter(isObject) : []
  const paths = operations.flatMap(({ path }) => (typeof path === 'string' ? [path] : []))
  if (!paths.some(path => filteredPath.test(path)) || !isObject(error) || typeof error.detail !== 'string')
    return undefined
  const detail = paths
    .reduce((text, path) => text.replaceAll(path, ''), error.detail)
    .replace(/'[^']*'|"[^"]*"|\d+/g, '')
  return {
    key: `filtered path ${status} ${detail}`,
    summary: `the server rejects filtered paths in PATCH with the same error (${status})`,
  }
}

function declinedFilter(filter: string, { response }: Exchange): SharedCause | undefined {
  if (response === undefined || response.status < 400) return undefined
  const { status } = response
  const body = parseJson(response.body)
  const detail = isObject(body) && typeof body.detail === 'string' ? body.detail : ''
  const named = partsOf(filter).find(part =>
    new RegExp(`(?<![\\w.])${escaped(part)}(?![\\w.])`, 'i').test(detail),
  )
  if (named !== undefined)
    return {
      key: `declined ${status} ${named.toLowerCase()}`,
      summary: `the server declines filters with ${named} (${status})`,
    }
  return hasSubAttributes(filter)
    ? {
        key: `declined ${status} sub-attributes ${detail}`,
        summary: `the server declines filters on sub-attributes (${status})`,
      }
    : undefined
}

/** `name.givenName` or `emails[type eq "work"]`; the dots of a URN do not count. */
const hasSubAttributes = (filter: string): boolean =>
  /\[|\w\.[a-z$]/i.test(filter.replace(/"(\\.|[^"\\])*"/g, '""').replace(/urn:\S*:/gi, ''))

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const partsOf = (filter: string): readonly string[] =>
  (filter.replace(/"(\\.|[^"\\])*"/g, ' ').match(/[\w$:.-]+/g) ?? []).filter(
    part => !/^(and|or|not|value|type|name|true|false|null|[\d.-]+)$/i.test(part),
  )

function filterIn({ method, url, request }: Exchange): string | undefined {
  if (method === 'GET') return URL.parse(url)?.searchParams.get('filter') ?? undefined
  if (method !== 'POST' || !/\/\.search(\?|$)/.test(url)) return undefined
  const body = parseJson(request.body)
  return isObject(body) && typeof body.filter === 'string' ? body.filter : undefined
}

/**
 * Whether the server ignores filters: most searches for one value return resources without it. Not all have to, since
 * there may be no other resource.
 */
function ignoresFilters(exchanges: readonly Exchange[]): boolean {
  const results = exchanges.map(returnsOthers).filter(one => one !== undefined)
  const ignored = results.filter(Boolean).length
  return ignored > 1 && ignored > results.length / 2
}

const lookUp = /^(userName|displayName|externalId|title|id) eq ("(?:\\.|[^"\\])*")$/i

/** Whether a search for one value returned resources without it; undefined for other requests, and without a list. */
function returnsOthers(exchange: Exchange): boolean | undefined {
  const [, name, value] = lookUp.exec(filterIn(exchange) ?? '') ?? []
  const { response } = exchange
  if (name === undefined || value === undefined || response?.status !== 200 || response.cut) return undefined
  const body = parseJson(response.body)
  if (!isObject(body) || !Array.isArray(body.Resources)) return undefined
  const wanted = folded(parseJson(value))
  return body.Resources.filter(isObject).some(resource => {
    const found = Object.entries(resource).find(([key]) => folded(key) === folded(name))?.[1]
    return folded(found) !== wanted
  })
}

const folded = (value: Json | undefined): string => String(value).toLowerCase()

/**
 * Whether totalResults is the length of the page: it is never larger, although some pages were limited to fewer resources
 * than a request without a limit returned.
 */
function countsPages(exchanges: readonly Exchange[]): boolean {
  const lists = exchanges.map(listIn).filter(one => one !== undefined)
  const pages = lists.filter(({ isPage }) => isPage)
  const most = Math.max(0, ...lists.filter(({ isPage }) => !isPage).map(({ total }) => total))
  return (
    pages.every(({ total, length }) => total <= length) &&
    pages.filter(({ length }) => length < most).length >= minPages
  )
}

/** Fewer pages may contain all that the server has. */
const minPages = 3

const isPageCounted = (exchange: Exchange): boolean => listIn(exchange)?.isPage === true

/** The length of a list and its totalResults; `isPage`: the request limited it by count or startIndex. */
function listIn({ method, url, request, response }: Exchange) {
  const { pathname = '', searchParams } = URL.parse(url) ?? {}
  const isSearch = method === 'POST' && /\/\.search$/.test(pathname)
  if (response?.status !== 200 || response.cut || !(method === 'GET' || isSearch)) return undefined
  const body = parseJson(response.body)
  if (!isObject(body) || typeof body.totalResults !== 'number') return undefined
  const asked = isSearch ? parseJson(request.body) : undefined
  const isPage = ['count', 'startIndex'].some(
    name => searchParams?.has(name) || (isObject(asked) && asked[name] !== undefined),
  )
  const length = Array.isArray(body.Resources) ? body.Resources.length : 0
  return { isPage, total: body.totalResults, length }
}
