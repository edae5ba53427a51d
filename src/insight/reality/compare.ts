import type { RealityFinding } from '../../domain/contract/reality.ts'
import { parseJsonOrUndefined } from '../../provisioning/kit/target.ts'
import { isObject, type Json, type JsonObject, jsonEquals } from '../../scim/json.ts'
import type { Answer } from '../scim-copy.ts'

/** Names of headers are in lower case. Without a body that was recorded completely, only status and headers are compared. */
export type Seen = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Json | undefined
  readonly isWhole: boolean
}

/** Indexes are left out of `path`. */
export type Difference = {
  readonly kind: RealityFinding['kind']
  readonly path: string
  readonly predicted: Json | undefined
  readonly seen: Json | undefined
}

/** If the statuses differ, nothing else is compared. */
export function compare(answer: Answer, seen: Seen): readonly Difference[] {
  if (answer.status !== seen.status)
    return [{ kind: 'status', path: '', predicted: answer.status, seen: seen.status }]
  const body = parseJsonOrUndefined(answer.body ?? '')
  return [
    ...headerDifferences(answer.headers, seen.headers),
    ...(seen.isWhole ? bodyDifferences('', body, seen.body) : []),
  ]
}

/** Headers of the connection, which are not compared. Headers of AWS's infrastructure begin with `x-amz`. */
const otherHeaders = new Set([
  ...['connection', 'keep-alive', 'date', 'content-length', 'content-encoding', 'transfer-encoding', 'vary'],
])

function* headerDifferences(predicted: Answer['headers'], seen: Seen['headers']): Generator<Difference> {
  for (const name of new Set([...Object.keys(predicted), ...Object.keys(seen)])) {
    const [one, other] = [predicted, seen].map(headers => headers[name]?.split(';', 1)[0]?.trim())
    if (one !== other && !otherHeaders.has(name) && !name.startsWith('x-amz'))
      yield { kind: 'header', path: name, predicted: one, seen: other }
  }
}

const pagingMembers = new Set(['totalResults', 'itemsPerPage', 'startIndex', 'nextCursor', 'Resources'])
/** AWS chooses their values, or their base. A cursor has any form. */
const membersByForm = new Set([
  ...['created', 'lastModified', 'timeStamp', 'exceptionRequestId', 'location', '$ref'],
])

function kindOf(path: string): Difference['kind'] {
  if (path === 'detail') return 'detail'
  if (membersByForm.has(path.slice(path.lastIndexOf('.') + 1))) return 'form'
  return pagingMembers.has(path) ? 'paging' : 'value'
}

function* bodyDifferences(
  path: string,
  predicted: Json | undefined,
  seen: Json | undefined,
): Generator<Difference> {
  if (isObject(predicted) && isObject(seen)) return yield* memberDifferences(path, predicted, seen)
  if (Array.isArray(predicted) && Array.isArray(seen)) return yield* elementDifferences(path, predicted, seen)
  const kind = kindOf(path)
  if (predicted === undefined || seen === undefined) {
    if (predicted !== seen) yield { kind: kind === 'paging' ? kind : 'member', path, predicted, seen }
    return
  }
  if (path === 'nextCursor') return
  const [one, other] = kind === 'form' ? [predicted, seen].map(formOf) : [predicted, seen]
  if (!jsonEquals(one, other)) yield { kind, path, predicted: one, seen: other }
}

function* memberDifferences(path: string, predicted: JsonObject, seen: JsonObject): Generator<Difference> {
  const names = Object.keys(predicted)
  const others = Object.keys(seen)
  for (const name of new Set([...names, ...others]))
    yield* bodyDifferences(path === '' ? name : `${path}.${name}`, predicted[name], seen[name])
  const one = names.filter(name => Object.hasOwn(seen, name)).join(' ')
  const other = others.filter(name => Object.hasOwn(predicted, name)).join(' ')
  if (one !== other) yield { kind: 'order', path, predicted: one, seen: other }
}

/** Resources are compared with those of the same ID. */
function* elementDifferences(
  path: string,
  predicted: readonly Json[],
  seen: readonly Json[],
): Generator<Difference> {
  const [ids, others] = [predicted, seen].map(list =>
    list.map((element, at) => String(isObject(element) ? (element.id ?? at) : at)),
  ) as [string[], string[]]
  if (!jsonEquals(ids, others)) {
    const kind = jsonEquals(ids.toSorted(), others.toSorted()) ? 'order' : kindOf(path)
    yield { kind, path, predicted: ids, seen: others }
  }
  const byId = new Map(others.map((id, at) => [id, seen[at]]))
  for (const [at, id] of ids.entries())
    if (byId.has(id)) yield* bodyDifferences(`${path}[]`, predicted[at], byId.get(id))
}

/** The end of a URL. In other texts, hexadecimal numbers are equal: `2026-03-04T05:06:07Z` becomes `x-x-xTx:x:xZ`. */
function formOf(value: Json): string {
  if (typeof value !== 'string') return typeof value
  return value.startsWith('http') ? value.split('/').slice(-2).join('/') : value.replace(/[\da-f]+/gi, 'x')
}
