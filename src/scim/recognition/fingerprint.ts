import { isObject, type Json, type JsonObject } from '../json.ts'
import { memoize } from '../memoize.ts'
import { objectIn, readOperations, type SentOperation } from '../messages.ts'
import type { Product } from './products.ts'

export type Mark = {
  readonly description: string
  /**
   * `decisive`: no other client is known to send it, so it is as good as two marks. `supporting`: several clients send it, so it
   * counts only next to another mark.
   */
  readonly weight?: 'decisive' | 'supporting'
  readonly isIn: (facts: RequestFacts) => boolean
}

/**
 * What a product sends as its User-Agent. `own`: a name of its own; `library`: that of its HTTP library, which is a supporting
 * mark; `none`; `unknown`: not recorded, so that no User-Agent contradicts its marks.
 */
export type SentUserAgent =
  | { readonly kind: 'own'; readonly example: string }
  | { readonly kind: 'library'; readonly name: RegExp; readonly example: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

export type Fingerprint = {
  readonly product: Product
  readonly name: RegExp
  readonly userAgent: SentUserAgent
  readonly marks: readonly Mark[]
  readonly neverSends?: (facts: RequestFacts) => boolean
}

export type RecognizableRequest = {
  readonly method: string
  readonly url: string
  readonly parent?: string
  readonly request: {
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
    readonly cutFrom?: number
  }
}

/** Bodies are parsed once, when a mark first needs them. */
export type RequestFacts = {
  readonly method: string
  readonly path: string
  /** Without the question mark, as received. */
  readonly query: string
  /** The value of `filter`, encoded as received; empty without one. */
  readonly filter: string
  readonly type?: 'User' | 'Group'
  readonly hasId: boolean
  readonly isInBulk: boolean
  readonly userAgent: string
  readonly header: (name: string) => string | undefined
  readonly body?: string
  readonly isTruncated: boolean
  readonly resource: () => JsonObject
  readonly operations: () => readonly SentOperation[]
}

const resourcePath = /\/(Users|Groups)(?:\/([^/]+))?\/?$/i

export const readFacts = memoize(({ method, url, parent, request }: RecognizableRequest): RequestFacts => {
  const { headers, body, cutFrom } = request
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  const query = end < 0 ? '' : url.slice(end + 1)
  const [, collection, id] = resourcePath.exec(path) ?? []
  const parsed = () => objectIn(request) ?? {}
  return {
    method,
    path,
    query,
    filter: /(?:^|&)filter=([^&]*)/.exec(query)?.[1] ?? '',
    ...(collection !== undefined && { type: /^u/i.test(collection) ? 'User' : 'Group' }),
    hasId: id !== undefined,
    isInBulk: parent !== undefined,
    userAgent: headers['user-agent']?.trim() ?? '',
    header: name => headers[name],
    ...(body !== undefined && { body }),
    isTruncated: cutFrom !== undefined,
    resource: () => (method === 'POST' || method === 'PUT' ? parsed() : {}),
    operations: lazy(() => (method === 'PATCH' ? readOperations(parsed()) : [])),
  }
})

function lazy<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | undefined
  return () => {
    known ??= { value: compute() }
    return known.value
  }
}

export const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

export const pathlessNames = ({ path, value }: SentOperation): readonly string[] =>
  path === undefined && isObject(value) ? Object.keys(value) : []

export const isWriteOp = ({ op }: SentOperation): boolean => /^(add|replace)$/i.test(op)
