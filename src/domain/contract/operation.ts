import * as z from 'zod'
import type { ProblemStatus } from './problem.ts'

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
  migration:
    'Directories of AWS: their import, the rehearsal of a change of the identity provider, and drift.',
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

type JsonSuccess<Schema extends z.ZodType = z.ZodType> = {
  readonly status: 200 | 201
  readonly description: string
  readonly schema: Schema
}
type EmptySuccess = { readonly status: 204; readonly description: string }
type ContentSuccess = {
  readonly status: 200
  readonly description: string
  readonly content: Readonly<Record<string, z.ZodType>>
}

const meta = (description: string, example?: unknown) =>
  example === undefined ? { description } : { description, example }

export const text = (description: string, example?: string) => z.string().meta(meta(description, example))
export const flag = (description: string, example?: boolean) => z.boolean().meta(meta(description, example))
export const count = (description: string, example?: number) =>
  z.int().nonnegative().meta(meta(description, example))

/**
 * What a caller of an operation must be allowed to do, each level with all before it. `none` is for everyone, `metrics` for
 * `GET /metrics`. `destroy` is for what cannot be undone: it also needs a recent sign-in of a person.
 */
export const needs = ['none', 'metrics', 'read', 'write', 'destroy'] as const
export type Need = (typeof needs)[number]

export type PathParameter<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathParameter<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

type Params<Path extends string> = [PathParameter<Path>] extends [never]
  ? unknown
  : { readonly params: z.ZodObject<{ readonly [Name in PathParameter<Path>]: z.ZodString }> }

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Key = `${Method} /${string}`

type Result = {
  readonly query?: z.ZodObject
  readonly response: JsonSuccess | EmptySuccess | ContentSuccess
}

type Details = {
  readonly description?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly query?: z.ZodObject
  readonly headers?: z.ZodObject
  readonly body?: z.ZodType
  readonly also?: readonly ProblemStatus[]
  /** What a request with this valid body needs, if it depends on the body: a preview needs `read` only. */
  readonly needsFor?: (body: unknown) => Need
  readonly changes?: Change
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

type Common = {
  readonly method: Method
  readonly path: `/${string}`
  readonly needs: Need
  readonly summary: string
  /** The statuses of its problems, besides 401, 403 and 500. */
  readonly problems: readonly ProblemStatus[]
}

type Draft = Common & Result & Details & { readonly key: Key; readonly params?: z.ZodObject }

type Drafted<K extends Key, R, D> = Common & { readonly key: K } & Params<K> & R & D

export type Operation = Draft & { readonly tag: Tag }

const requiring =
  (needs: Need) =>
  <const K extends Key, R extends Result, const D extends Details = Record<never, never>>(
    key: K,
    summary: string,
    result: R,
    details?: D,
  ): Drafted<K, R, D> => {
    const { query, body, also = [], parameters = {} }: Details = { ...result, ...details }
    const [method, path] = key.split(' ', 2) as [Method, `/${string}`]
    const params = describeParameters(path, parameters)
    const problems = new Set<ProblemStatus>(also)
    if (query || body) problems.add(400)
    if (params) problems.add(404)
    if (body) problems.add(413).add(415)
    const described = { key, method, path, needs, summary, problems: [...problems] }
    return { ...described, ...(params && { params }), ...result, ...details } as Drafted<K, R, D>
  }

export const everyone = requiring('none')
export const read = requiring('read')
export const write = requiring('write')
export const destroy = requiring('destroy')

const parameterTexts: Readonly<Record<string, { description?: string; example?: string }>> = {
  tenant: { example: 'acme' },
  token: { description: 'The ID of the token, its beginning, or its name, if it is the only one.' },
  issuer: { description: 'The ID of the trusted issuer.' },
  key: { description: 'The access key ID.' },
  client: { description: 'The client ID.' },
  type: { description: 'The name of the resource type.', example: 'Device' },
  finding: { example: 'client/no-external-id' },
}

function describeParameters(path: string, texts: Readonly<Record<string, string>>): z.ZodObject | undefined {
  const segments = path.split('/')
  const shape: Record<string, z.ZodString> = {}
  for (const [index, segment] of segments.entries()) {
    if (!segment.startsWith(':')) continue
    const name = segment.slice(1)
    const noun = name === 'id' ? segments[index - 1]?.slice(0, -1) : name
    const known = { description: `The ID of the ${noun}.`, ...parameterTexts[name] }
    shape[name] = z.string().meta({ ...known, description: texts[name] ?? known.description })
  }
  return Object.keys(shape).length === 0 ? undefined : z.object(shape)
}

/** Faults report their changes themselves: requests of clients change them, too. */
const reloadedNouns: readonly Change[] = changeSchema.exclude(['faults']).options

export function describe<const O extends Readonly<Record<string, Draft>>>(
  tag: Tag,
  drafts: O,
): { readonly [Id in keyof O]: O[Id] & { readonly tag: Tag } } {
  const own = reloadedNouns.find(noun => noun === tag)
  const operations = Object.entries<Draft>(drafts).map(([id, draft]) => {
    const isWriting = draft.method !== 'GET' && (draft.needs === 'write' || draft.needs === 'destroy')
    return [id, { ...(isWriting && own && { changes: own }), ...draft, tag }]
  })
  return Object.fromEntries(operations)
}

type Responds<Schema extends z.ZodType> = { readonly response: JsonSuccess<Schema> }

export const returns = <Schema extends z.ZodType>(schema: Schema, description: string): Responds<Schema> => ({
  response: { status: 200, description, schema },
})

export const creates = <Schema extends z.ZodType>(schema: Schema, description: string): Responds<Schema> => ({
  response: { status: 201, description, schema },
})

export const returnsNothing = (description: string): { readonly response: EmptySuccess } => ({
  response: { status: 204, description },
})

export const sends = (
  content: ContentSuccess['content'],
  description: string,
): { readonly response: ContentSuccess } => ({ response: { status: 200, description, content } })

export const toIsoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()

const timeExample = '2026-03-01T09:30:00.000Z'

/** Milliseconds since 1970, which are ISO 8601 on the wire. */
export const timestamp = (description: string) =>
  z
    .codec(z.iso.datetime(), z.number(), { decode: time => Date.parse(time), encode: toIsoTime })
    .meta({ description, example: timeExample })

/** ISO 8601 also inside: for what is also streamed or exported, which is written without a schema. */
export const isoTimestamp = (description: string) =>
  z.iso.datetime().meta({ description, example: timeExample })

/** A duration such as `90d` or `1h30m`: each unit at most once, the longest first. */
export const durationSchema = (message: string) =>
  z.string(message).regex(/^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/, message)

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

export const toPageRequest = ({ limit, cursor }: PageQuery) => ({
  limit,
  ...(cursor !== undefined && { cursor }),
})

export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().meta({ description: 'The cursor of the next page; absent on the last one.' }),
    total: count(
      'How many there are in all. Absent if counting them takes long, and in most lists on the last page.',
    ).optional(),
  })

export const pages = <Item extends z.ZodType, Query extends z.ZodObject = typeof pageQuery>(
  item: Item,
  description: string,
  query?: Query,
) => ({ query: (query ?? pageQuery) as Query, ...returns(pageSchema(item), description) })

export const lists = <Item extends z.ZodType>(item: Item, description: string) =>
  returns(z.object({ items: z.array(item) }), description)
