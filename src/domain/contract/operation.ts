import { z } from 'zod'
import type { ProblemStatus } from './problem.ts'

/** The groups of operations, with their descriptions for OpenAPI. */
export const tags = {
  tenants: 'Emulated directories: profile, policies and switches.',
  tokens: 'Access tokens of provisioning clients.',
  issuers: 'Issuers whose JWTs a tenant accepts.',
  'access-keys': 'Access keys of clients of the AWS APIs.',
  clients: 'Clients of the token endpoint, their secrets and access tokens.',
  types: 'Resource types that a tenant declares in addition to those of the RFC.',
  users: 'Users, including deleted ones.',
  groups: 'Groups, with their members, which AWS does not return.',
  resources: 'Resources of any type, including deleted ones.',
  setup: 'Setup of provisioning with Entra ID.',
  timeline: 'The number of changes in a tenant over time.',
  stale: 'Stale identities, and the purge of deleted ones.',
  access: 'Access to AWS accounts through permission sets and account assignments.',
  'sign-in': 'Whether AWS would let users sign in, and checks of SAML responses.',
  exchanges: 'The journal: recorded requests and responses.',
  cycles: 'Cycles: requests of a client that belong together.',
  findings: 'Problems in the requests of clients, and what AWS would reject.',
  events: 'A stream of events.',
  faults: 'Faults that are injected into responses.',
  clock: 'The virtual clock of a tenant.',
  compact: 'Compaction of the database.',
  snapshots: 'Saved and restored states of all tenants.',
  reset: 'Deletion of all data.',
  sessions: 'Sessions of people who are signed in to the console.',
  'console-tokens': 'Named tokens for scripts that use the console.',
  audit: 'The audit log: changes at the console, and who made them.',
  server: 'Settings and webhooks of the server.',
  health: 'Health checks.',
} as const

export type Tag = keyof typeof tags

/** The data that a request to the console can change; open pages reload it. */
export const changeSchema = z.enum([
  'tenants',
  'tokens',
  'issuers',
  'access-keys',
  'clients',
  'faults',
  'snapshots',
  'clock',
  'reset',
  'identities',
  'findings',
  'sessions',
  'console-tokens',
])

export type Change = z.output<typeof changeSchema>

type JsonSuccess = {
  readonly status: 200 | 201
  readonly description: string
  readonly schema: z.ZodType
}
type EmptySuccess = { readonly status: 204; readonly description: string }
/** A file or a stream, by media type. */
type ContentSuccess = {
  readonly status: 200
  readonly description: string
  readonly content: Readonly<Record<string, z.ZodType>>
}

/**
 * What a caller of an operation must be allowed to do, each level with all before it. `none` is for everyone, `metrics` for
 * `GET /metrics`. `destroy` is for what cannot be undone: it also needs a recent sign-in of a person.
 */
export const needs = ['none', 'metrics', 'read', 'write', 'destroy'] as const
export type Need = (typeof needs)[number]

/** One operation of the console API. Its key in `operations` is the operationId of OpenAPI. */
export type Operation = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /api/v1, with parameters as `:name`. */
  readonly path: `/${string}`
  readonly needs: Need
  /** What a request with this valid body needs, if it depends on the body: a preview needs `read` only. */
  readonly needsFor?: (body: unknown) => Need
  readonly summary: string
  readonly description?: string
  readonly tags: readonly [Tag]
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly headers?: z.ZodObject
  readonly body?: z.ZodType
  readonly response: JsonSuccess | EmptySuccess | ContentSuccess
  /** The statuses of its problems, besides 401, 403 and 500. */
  readonly problems: readonly ProblemStatus[]
  readonly changes?: Change
  /** The media type of a body that is a file; other bodies are JSON. */
  readonly consumes?: string
  /** Whether it may change the tenant of an opened session, which is read-only for all others. */
  readonly changesSessions?: true
  /** The most bytes of a body, where the default of the server is too small. */
  readonly bodyLimit?: number
  /** Whether the handler gets a JSON body as bytes, for a thread (`parseBody`): parsing it would block the event loop. */
  readonly unparsedBody?: true
  /** The most requests that run at a time, where each is long work or a large file; the others wait in order. */
  readonly maxConcurrent?: number
}

/** An operation with its literal types. */
export const operation = <const O extends Operation>(spec: O): O => spec

export const timestamp = (description: string) =>
  z.iso.datetime().meta({ description, example: '2026-03-01T09:30:00.000Z' })

/** Milliseconds since 1970, as the API shows them. */
export const toIsoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** A duration such as `90d` or `1h30m`: each unit at most once, the longest first. */
export const durationSchema = (message: string) =>
  z.string(message).regex(/^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/, message)

export const tenantParams = z.object({
  tenant: z.string().meta({ description: 'The ID of the tenant.', example: 'acme' }),
})

export const pageQuery = z.object({
  limit: z.coerce
    .number<number>('Expected a whole number from 1 to 200.')
    .int('Expected a whole number from 1 to 200.')
    .min(1, 'Must be at least 1.')
    .max(200, 'Must be at most 200; use `cursor` for further pages.')
    .default(50)
    .meta({ description: 'The maximum number of items on a page.', example: 50 }),
  cursor: z
    .string()
    .min(1, 'Must not be empty; omit it for the first page.')
    .optional()
    .meta({ description: 'The `next` of the previous page; omit it for the first page.' }),
})

export type PageQuery = z.output<typeof pageQuery>

/** The query of a page without the omitted members. */
export const toPageRequest = ({ limit, cursor }: PageQuery) => ({
  limit,
  ...(cursor !== undefined && { cursor }),
})

/** One page of a list. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().meta({ description: 'The cursor of the next page; absent on the last one.' }),
  })

/** A list that is never paged. */
export const listSchema = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
