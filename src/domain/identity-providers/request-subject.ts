import { type AttributePath, resolveAttribute, withoutFilter } from '../../scim/attribute.ts'
import { type FilterSyntax, parseSyntax } from '../../scim/filter/syntax.ts'
import { compact, isObject, type Json } from '../../scim/json.ts'
import { objectIn, type SentOperation } from '../../scim/messages.ts'
import { type RecognizableRequest, type RequestFacts, readFacts } from '../../scim/recognition/fingerprint.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { fold } from '../../scim/text.ts'
import { decodePercent } from '../journal/credentials.ts'

export type EvaluatedRequest = RecognizableRequest & {
  readonly id: string
  /** Milliseconds, or another number that grows from request to request. */
  readonly at: number
  /** Absent before the response. */
  readonly status?: number
}

/** An attribute that a request writes. Values without a path, and those of an extension, count one by one. */
export type Write = {
  /** The operation, if the request is a PATCH. */
  readonly operation?: SentOperation
  /** As sent: `emails[type eq "work"].value`. */
  readonly name: string
  readonly path: AttributePath | undefined
  readonly value: Json | undefined
}

export type RequestSubject = Omit<RequestFacts, 'filter'> & {
  readonly headers: Readonly<Record<string, string>>
  readonly status: number | undefined
  /** The type and the ID that the URL names. */
  readonly resourceType: ResourceType | undefined
  readonly target: string | undefined
  readonly body: 'none' | 'read' | 'unread'
  /** From the URL, or from the body of a search by POST (RFC 7644 §3.4.3). */
  readonly filter: FilterSyntax | 'unread' | undefined
  readonly isSearchByPost: boolean
  readonly writes: readonly Write[]
}

/** Clients repeat these in a value without a path, where they change nothing. */
const repeated = new Set(['id', 'schemas', 'meta'])

/** As many operations as this server accepts in a PATCH. Reading many more would block the event loop. */
const maxWrites = 1000

function* writesOf(
  type: ResourceType | undefined,
  { path: name, value }: Pick<SentOperation, 'path' | 'value'>,
  operation?: SentOperation,
): Generator<Write> {
  const path = name === undefined || !type ? undefined : resolveAttribute(type, withoutFilter(name))
  const last = path?.at(-1)
  if (isObject(value) && (name === undefined || last?.extension)) {
    const prefix = last ? `${last.name}:` : ''
    for (const [below, inner] of Object.entries(value)) {
      if (!repeated.has(below)) yield* writesOf(type, { path: prefix + below, value: inner }, operation)
    }
  } else if (name !== undefined) yield { ...compact({ operation }), name, path, value }
}

/** Undefined for too many. */
function firstWrites(
  { method, operations, resource }: RequestFacts,
  type: ResourceType | undefined,
): readonly Write[] | undefined {
  const writes: Write[] = []
  const sent = method === 'PATCH' ? operations() : [undefined]
  for (const operation of sent) {
    for (const write of writesOf(type, operation ?? { value: resource() }, operation)) {
      if (writes.length === maxWrites) return undefined
      writes.push(write)
    }
  }
  return writes
}

export function subjectOf(request: EvaluatedRequest, types: readonly ResourceType[]): RequestSubject {
  const facts = readFacts(request)
  const { method, path, query } = facts
  const { headers } = request.request
  const [before = '', last = ''] = path.split('/').filter(Boolean).slice(-2)
  const typeAt = (segment: string) => types.find(({ endpoint }) => fold(endpoint) === `/${fold(segment)}`)
  const listed = typeAt(last)
  const resourceType = listed ?? typeAt(before)
  const isSearchByPost = method === 'POST' && path.endsWith('/.search')
  const writes = isSearchByPost ? [] : firstWrites(facts, resourceType)
  const body = writes ? bodyOf(request) : 'unread'
  const sought = isSearchByPost ? facts.resource().filter : new URLSearchParams(query).get('filter')
  return {
    ...facts,
    headers,
    status: request.status,
    resourceType,
    target: listed || !resourceType || isSearchByPost ? undefined : decodePercent(last),
    body,
    filter:
      typeof sought === 'string'
        ? parseFilter(sought)
        : isSearchByPost && body === 'unread'
          ? body
          : undefined,
    isSearchByPost,
    writes: writes ?? [],
  }
}

function bodyOf({ request }: EvaluatedRequest): RequestSubject['body'] {
  const { headers, body, cutFrom } = request
  if (body !== undefined) return cutFrom === undefined && objectIn(request) ? 'read' : 'unread'
  return Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers ? 'unread' : 'none'
}

/** `unread` for a filter that is not valid, or whose secret the journal has hidden. */
export function parseFilter(filter: string): FilterSyntax | 'unread' {
  try {
    const policy = { unquotedFilterValues: true, comparisonAfterBrackets: true }
    return parseSyntax(filter, policy, { filterLength: 10_000, filterDepth: 50 })
  } catch {
    return 'unread'
  }
}

/** A filter and all in it, with the path before the brackets that it is in. */
export function* testsIn(
  filter: FilterSyntax,
  within = '',
): Generator<{ readonly op: string; readonly name: string; readonly value?: unknown }> {
  switch (filter.op) {
    case 'and':
    case 'or':
      yield { op: filter.op, name: within }
      for (const one of filter.filters) yield* testsIn(one, within)
      break
    case 'not':
      yield { op: filter.op, name: within }
      yield* testsIn(filter.filter, within)
      break
    case '[]':
    case '[].':
      yield { op: filter.op, name: filter.attrPath }
      yield* testsIn(filter.valFilter, `${filter.attrPath}.`)
      if (filter.op === '[].') yield* testsIn(filter.subFilter, `${filter.attrPath}.`)
      break
    default:
      yield {
        op: filter.op,
        name: within + filter.attrPath,
        ...('compValue' in filter && { value: filter.compValue }),
      }
  }
}
