import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { noBody } from '../expect.ts'
import type { Outcome, Result } from '../run/result.ts'
import { isObject, type Json } from '../scim.ts'
import { levels } from './score.ts'
import { methodsWithoutEffect, statusWithoutPatch } from './writes.ts'

type Seen = Pick<Result, 'outcomes' | 'exchanges'>

/** A fault that an exchange shows: a key that all exchanges of the same fault have, and the fault in a clause. */
type SharedCause = {
  readonly key: string
  readonly summary: string
  /** The best grade of a suite in which several checks fail by it. */
  readonly gradeAtMost?: 'D' | 'F'
}

/**
 * The outcomes with one cause counted once. Where several checks of a suite fail by the same fault of the server, the
 * gravest of them stands for it, and the others follow from it: they are listed under it and don't count. A fault that
 * leaves a server of little use limits the grade, for it counts no more than any other.
 */
export function withoutFollowers(result: Seen): readonly Outcome[] {
  const faultOf = faultsIn(result)
  const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed')
  const under = new Map<string, { readonly cause: string; readonly words: string }>()
  const standing = new Map<string, SharedCause>()
  const causes = Map.groupBy(failed, outcome => {
    const fault = faultOf(outcome)
    return fault && `${outcome.check.suite} ${fault.key}`
  })
  for (const [key, outcomes] of causes) {
    const [cause, ...others] = outcomes.toSorted(byLevel)
    if (key === undefined || cause === undefined) continue
    const fault = faultOf(cause)
    if (fault === undefined || others.length === 0) continue
    const { summary: words } = fault
    standing.set(cause.check.id, fault)
    for (const { check } of others) under.set(check.id, { cause: cause.check.id, words })
  }
  return result.outcomes.map(outcome => {
    const { cause, words } = under.get(outcome.check.id) ?? {}
    const { gradeAtMost, summary: fault } = standing.get(outcome.check.id) ?? {}
    return cause === undefined
      ? { ...outcome, ...(fault && { fault }), ...(gradeAtMost && { gradeAtMost }) }
      : { ...outcome, verdict: 'skipped', follows: cause, reason: `It follows from ${cause}: ${words}.` }
  })
}

/** Checks of nothing but such a fault, which stand for it where they are as grave as others. */
const plainestFirst = [
  'rfc/discovery/offers-patch',
  'entra/update/replace-displayName',
  'rfc/filter/eq-string',
  'rfc/retrieve/total-results',
  'rfc/bulk/answers-200',
  'rfc/delete/answers-204',
  'rfc/delete/groups',
  'rfc/put/replaces',
  'rfc/patch-paths/answers-200-or-204',
  'entra/look-up/only-the-match',
  'entra/look-up/by-user-name',
]

const byLevel = (one: Outcome, other: Outcome): number =>
  levels.indexOf(one.check.level) - levels.indexOf(other.check.level) ||
  Number(plainestFirst.includes(other.check.id)) - Number(plainestFirst.includes(one.check.id))

/** What a failure shows of a fault that others may show, too; undefined where it is a fault of its own. */
function faultsIn({ exchanges }: Seen): (outcome: Outcome) => SharedCause | undefined {
  const isIgnoring = ignoresFilters(exchanges)
  const isCountingPages = countsPages(exchanges)
  const refused = refusedWrites(exchanges)
  const lack = whatErrorsLack(exchanges)
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
    if (lack === 'body' && got === noBody) return { key: 'bodies', summary: 'errors have no body' }
    if (lack !== undefined && id.endsWith('-named'))
      return { key: 'scimTypes', summary: 'errors have no scimType' }
    const request = requestOf(exchange)
    // What becomes of a client that is refused is the matter of its own suite, whichever request it is.
    if (suite === 'rfc' && refused.has(request))
      return { key: `refused ${request}`, summary: `each ${request} is refused` }
    if (isCountingPages && isPageCounted(exchange))
      return { key: 'totals', summary: 'totalResults is the number of resources on the page' }
    if (filter === undefined) return undefined
    if (exchange.response.status === 200)
      return isIgnoring ? { key: 'ignored', summary: 'the server ignores filters' } : undefined
    return declinedFilter(filter, exchange)
  }
}

/**
 * PATCH that isn't served, or writes that are acknowledged and change nothing. A failure shows it where the check has sent
 * such a request before what fails: what is read afterwards is as it was.
 */
function faultOfWrites(exchanges: readonly Exchange[]): (outcome: Outcome) => SharedCause | undefined {
  const status = statusWithoutPatch(exchanges)
  const methods = methodsWithoutEffect(exchanges)
  const hasSent = ({ exchange, exchanges: own }: Outcome, isSuch: (one: Exchange) => boolean) =>
    own.some(number => {
      const one = exchanges[number - 1]
      return one !== undefined && (exchange === undefined || number <= exchange) && isSuch(one)
    })
  const isUnserved = ({ method, response }: Exchange) =>
    method === 'PATCH' && status !== undefined && response?.status !== 401
  const hasNoEffect = ({ method, response }: Exchange) =>
    methods.includes(method) && response !== undefined && response.status >= 200 && response.status < 300
  const listed = methods.join(', ').replace(/, (?=[A-Z]+$)/, ' and ')
  return outcome => {
    if (hasSent(outcome, isUnserved))
      return { key: 'no-patch', summary: `the server answers every PATCH with ${status}`, gradeAtMost: 'D' }
    if (hasSent(outcome, hasNoEffect))
      return {
        key: 'no-effect',
        summary: `${listed} ${methods.length > 1 ? 'report' : 'reports'} success and ${methods.length > 1 ? 'change' : 'changes'} nothing`,
        gradeAtMost: 'F',
      }
    return undefined
  }
}

/** Method and path, with `{id}` for ids. */
function requestOf({ method, url }: Exchange): string {
  const { pathname } = URL.parse(url) ?? { pathname: url }
  const parts = pathname
    .split('/')
    .map(part => (/\d|^scim-check/.test(part) && part.length > 8 ? '{id}' : part))
  return `${method} ${parts.join('/')}`
}

/** What no error has: a body, or a scimType, which is optional. */
function whatErrorsLack(exchanges: readonly Exchange[]): 'body' | 'scimType' | undefined {
  const errors = exchanges.flatMap(({ method, response }) =>
    response !== undefined && response.status >= 400 && method !== 'HEAD' ? [response] : [],
  )
  if (errors.length < leastRefused) return undefined
  if (errors.every(({ body }) => body === '')) return 'body'
  const isNamed = ({ body }: (typeof errors)[number]): boolean => {
    const error = parseJson(body)
    return isObject(error) && typeof error.scimType === 'string'
  }
  return errors.some(isNamed) ? undefined : 'scimType'
}

/** Fewer refusals may each have a reason of their own. */
const leastRefused = 5

/** Writes of resources that were never accepted, whatever was sent. */
function refusedWrites(exchanges: readonly Exchange[]): ReadonlySet<string> {
  const writes = exchanges.filter(
    one =>
      one.response !== undefined &&
      (['PUT', 'PATCH', 'DELETE'].includes(one.method) || / .*\/Bulk$/.test(requestOf(one))),
  )
  const isRefused = ({ response }: Exchange): boolean => (response?.status ?? 0) >= 400
  return new Set(
    [...Map.groupBy(writes, requestOf)].flatMap(([request, all]) =>
      all.length >= leastRefused && all.every(isRefused) ? [request] : [],
    ),
  )
}

/** No answer to requests of a kind. */
function droppedRequest(exchange: Exchange): SharedCause {
  const request = requestOf(exchange)
  const { failure = '' } = exchange
  return { key: `dropped ${request} ${failure}`, summary: `${request} has no answer (${failure})` }
}

/** A refusal that names what of a filter the server doesn't take. */
function declinedFilter(filter: string, { response }: Exchange): SharedCause | undefined {
  if (response === undefined || response.status < 400) return undefined
  const body = parseJson(response.body)
  const detail = isObject(body) && typeof body.detail === 'string' ? body.detail : ''
  const named = partsOf(filter).find(part =>
    new RegExp(`(?<![\\w.])${escaped(part)}(?![\\w.])`, 'i').test(detail),
  )
  return named === undefined
    ? undefined
    : {
        key: `declined ${response.status} ${named.toLowerCase()}`,
        summary: `the server declines filters with ${named} (${response.status})`,
      }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Attributes and operators of a filter; not the words by which any sentence may be made. */
const partsOf = (filter: string): readonly string[] =>
  (filter.replace(/"(\\.|[^"\\])*"/g, ' ').match(/[\w$:.-]+/g) ?? []).filter(
    part => !/^(and|or|not|value|type|name|true|false|null|[\d.-]+)$/i.test(part),
  )

/** Of a GET, or of a search by POST. */
function filterIn({ method, url, request }: Exchange): string | undefined {
  if (method === 'GET') return URL.parse(url)?.searchParams.get('filter') ?? undefined
  if (method !== 'POST' || !/\/\.search(\?|$)/.test(url)) return undefined
  const body = parseJson(request.body)
  return isObject(body) && typeof body.filter === 'string' ? body.filter : undefined
}

/**
 * Whether filters are ignored: look-ups of one value mostly return resources that don't have it. That some don't says
 * nothing, for there may be nobody else.
 */
function ignoresFilters(exchanges: readonly Exchange[]): boolean {
  const shows = exchanges.map(hasOthers).filter(one => one !== undefined)
  const ignored = shows.filter(Boolean).length
  return ignored > 1 && ignored > shows.length / 2
}

const lookUp = /^(userName|displayName|externalId|title|id) eq ("(?:\\.|[^"\\])*")$/i

/** Whether a look-up has found resources without the value; undefined where it isn't one, or has no list for an answer. */
function hasOthers(exchange: Exchange): boolean | undefined {
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
 * Whether totalResults counts the page: no page has a larger one, though there are pages that were limited to fewer
 * resources than came without a limit.
 */
function countsPages(exchanges: readonly Exchange[]): boolean {
  const lists = exchanges.map(listIn).filter(one => one !== undefined)
  const pages = lists.filter(({ isPage }) => isPage)
  const most = Math.max(0, ...lists.filter(({ isPage }) => !isPage).map(({ total }) => total))
  return (
    pages.every(({ total, length }) => total <= length) &&
    pages.filter(({ length }) => length < most).length >= leastPages
  )
}

/** Fewer may be all that a server has. */
const leastPages = 3

const isPageCounted = (exchange: Exchange): boolean => listIn(exchange)?.isPage === true

/** What a list says of its length; `isPage`: it was asked for by count or startIndex. */
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
