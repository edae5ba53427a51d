import type { z } from 'zod'
import type { OperationKey, OperationsByKey } from './index.ts'
import type { Operation, PathParameter } from './operation.ts'

// Types only besides this file's own code: the page's bundle has no zod.

type ParamsInput<Key extends string> = [PathParameter<Key>] extends [never]
  ? { readonly params?: undefined }
  : { readonly params: { readonly [Name in PathParameter<Key>]: string } }

type MemberInput<Name extends string, Schema> = Schema extends z.ZodType
  ? undefined extends z.input<Schema>
    ? { readonly [Key in Name]?: z.input<Schema> }
    : Record<never, never> extends z.input<Schema>
      ? { readonly [Key in Name]?: z.input<Schema> }
      : { readonly [Key in Name]: z.input<Schema> }
  : { readonly [Key in Name]?: undefined }

type SchemaOf<O, Part extends string> = O extends { readonly [Key in Part]: infer Schema }
  ? Schema
  : undefined

export type Input<Key extends OperationKey> = ParamsInput<Key> &
  MemberInput<'query', SchemaOf<OperationsByKey[Key], 'query'>> &
  MemberInput<'body', SchemaOf<OperationsByKey[Key], 'body'>> & { readonly signal?: AbortSignal | undefined }

export type InputArguments<Key extends OperationKey> =
  Record<never, never> extends Input<Key> ? [input?: Input<Key>] : [input: Input<Key>]

export type ContentKey = {
  [Key in OperationKey]: OperationsByKey[Key]['response'] extends { readonly content: object } ? Key : never
}[OperationKey]

export type CallKey = Exclude<OperationKey, ContentKey>

export type Output<Key extends CallKey> = OperationsByKey[Key]['response'] extends {
  readonly schema: infer Schema extends z.ZodType
}
  ? z.input<Schema>
  : undefined

type ListKey = {
  [Key in CallKey]: Output<Key> extends { items: unknown[] } ? Key : never
}[CallKey]

export type PageKey = {
  [Key in ListKey]: Input<Key> extends { readonly query?: infer Query }
    ? 'cursor' extends keyof NonNullable<Query>
      ? Key
      : never
    : never
}[ListKey]

export type Item<Key extends ListKey> = Output<Key> extends { items: (infer Value)[] } ? Value : never

export type CallRequest = {
  readonly method: Operation['method']
  readonly path: string
  /** Sent as JSON, unless it is a `Blob`, which is sent as it is with its type. */
  readonly body?: unknown
  readonly signal?: AbortSignal
}

type Transport = (request: CallRequest) => Promise<unknown>

export type Call = <Key extends CallKey>(key: Key, ...input: InputArguments<Key>) => Promise<Output<Key>>

export const createCall =
  (send: Transport): Call =>
  async <Key extends CallKey>(key: Key, ...input: InputArguments<Key>) =>
    (await send(toRequest(key, ...input))) as Output<Key>

/** An ID that can't be a segment of a path: `..` would address another resource. */
export class InvalidIdError extends Error {
  constructor(id: string) {
    super(`"${id}" is not an ID.`)
    this.name = 'InvalidIdError'
  }
}

type AnyInput = {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The request that calls an operation. Omitted values of the query are not sent. Throws InvalidIdError. */
export function toRequest<Key extends OperationKey>(key: Key, ...input: InputArguments<Key>): CallRequest {
  const [{ params = {}, query = {}, body, signal } = {}] = input as [AnyInput?]
  const [method, template] = key.split(' ', 2) as [Operation['method'], string]
  const path = template.replace(/:(\w+)/g, (_match, name: string) => toSegment(params[name] ?? ''))
  return {
    method,
    path: `/api/v1${path}${formatQuery(query)}`,
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  }
}

function toSegment(id: string): string {
  if (id === '' || id === '.' || id === '..') throw new InvalidIdError(id)
  return encodeURIComponent(id.toWellFormed())
}

function formatQuery(query: Readonly<Record<string, unknown>>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return given.size === 0 ? '' : `?${given}`
}
