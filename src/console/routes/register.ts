import { Readable } from 'node:stream'
import { clearInterval, setInterval } from 'node:timers'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import * as z from 'zod'
import type { Need, Operation } from '../../domain/contract/operation.ts'
import {
  type ProblemStatus,
  problemDescriptions,
  problemMediaType,
  problemSchema,
} from '../../domain/contract/problem.ts'
import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import { createWorkLimit } from '../../domain/event-loop/slices.ts'
import { jsonPortions, type WrittenJson } from '../../domain/event-loop/written-json.ts'
import type { Tenant, TenantStore } from '../../domain/tenants/tenant.ts'
import { compact, type Immutable } from '../../scim/json.ts'
import type { AuditTrail } from '../audit.ts'
import { Problem } from '../problem.ts'
import { acceptJsonBytes } from '../validation.ts'

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
type Part<O, Name extends string> = O extends { readonly [Key in Name]: infer Schema }
  ? Parsed<Schema>
  : undefined

type Body<O> = O extends { readonly unparsedBody: true } ? Uint8Array<ArrayBuffer> : Part<O, 'body'>

type OperationRequest<O extends Operation> = {
  readonly params: Part<O, 'params'>
  readonly query: Part<O, 'query'>
  readonly headers: Part<O, 'headers'>
  readonly body: Body<O>
  readonly signal: AbortSignal
  /** Throws a Problem unless the caller may do more than the operation states. `reason` is a sentence for the caller. */
  readonly require: (need: 'destroy', reason: string) => void
}

type Result<O extends Operation> = O['response'] extends { readonly schema: infer Schema extends z.ZodType }
  ? MaybePromise<Immutable<z.output<Schema>> | WrittenJson>
  : O['response'] extends { readonly content: object }
    ? FastifyReply | Promise<FastifyReply>
    : Promise<void>

/** Members that the schema of the response lacks are not sent, so a handler may return what the domain holds. */
type Handler<O extends Operation> = (request: OperationRequest<O>, reply: FastifyReply) => Result<O>

declare module 'fastify' {
  interface FastifyInstance {
    readonly audit: AuditTrail
  }
  interface FastifyContextConfig {
    readonly changes?: Operation['changes']
    readonly changesSessions?: Operation['changesSessions']
  }
}

const changingNeeds: readonly Need[] = ['write', 'destroy']

export function register<O extends Operation>(
  app: FastifyInstance,
  operationId: string,
  operation: O,
  handler: Handler<O>,
): void {
  const { unparsedBody, bodyLimit } = operation
  if (!unparsedBody) addRoute(app, operationId, operation, handler)
  else {
    app.register(async scope => {
      acceptJsonBytes(scope, bodyLimit)
      addRoute(scope, operationId, operation, handler)
    })
  }
}

function addRoute<O extends Operation>(
  app: FastifyInstance,
  operationId: string,
  operation: O,
  handler: Handler<O>,
): void {
  const { method, path, response, needs, needsFor, changes, changesSessions, bodyLimit, maxConcurrent } =
    operation
  const limit = createWorkLimit(maxConcurrent ?? Number.POSITIVE_INFINITY)
  app.route({
    method,
    url: path,
    schema: toRouteSchema(operationId, operation),
    // A HEAD request would run the whole export or stream for nothing.
    ...('content' in response && { exposeHeadRoute: false }),
    ...compact({ bodyLimit }),
    config: { needs, ...compact({ needsFor, changes, changesSessions }) },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { params, query, headers, body } = request
      const signal = disconnectionOf(reply)
      const require = (need: 'destroy', reason: string) => app.requireLevel(request, need, reason)
      const parsed = { params, query, headers, body, signal, require } as unknown as OperationRequest<O>
      const run = () =>
        limit(async () => {
          const result = await handler(parsed, reply)
          // The handler of a file only begins it.
          if ('content' in response && maxConcurrent !== undefined) await untilSent(reply)
          return result
        }, signal)
      // Reading can need the role of a writer, too.
      const isChange = method !== 'GET' && changingNeeds.includes(needsFor?.(body) ?? needs)
      const result: unknown = await (isChange ? app.audit.around(request, response.status, run) : run())
      if ('content' in response) return result
      reply.code(response.status)
      const portions = 'schema' in response ? jsonPortions(response.schema, result, signal) : undefined
      return portions ? reply.type(jsonMediaType).send(Readable.from(portions)) : result
    },
  })
}

/** Fastify's signal aborts as soon as a body is read, too. */
function disconnectionOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Milliseconds that a client may leave a file unread, for whose end others wait. */
const patience = 60_000

/** Resolves when the response is sent, or its connection is closed: also here, if the client reads nothing. */
async function untilSent({ raw }: FastifyReply): Promise<void> {
  if (raw.writableFinished || raw.destroyed) return
  let sent = 0
  const timer = setInterval(() => {
    // Without something to read, the file is still being made.
    const { bytesWritten = 0, writableLength = 0 } = raw.socket ?? {}
    if (writableLength > 0 && bytesWritten === sent) raw.socket?.destroy()
    sent = bytesWritten
  }, patience).unref()
  await new Promise<void>(resolve => raw.once('finish', resolve).once('close', resolve))
  clearInterval(timer)
}

const jsonMediaType = 'application/json; charset=utf-8'

function toRouteSchema(operationId: string, operation: Operation): FastifySchema {
  const { summary, description, tag, params, query, headers, body, consumes, response, problems } = operation
  return {
    operationId,
    summary,
    ...compact({ description }),
    tags: [tag],
    ...compact({ params, querystring: query, headers, body }),
    ...(consumes !== undefined && { consumes: [consumes] }),
    response: { [response.status]: toResponseSchema(response), ...problemResponses(...problems) },
  }
}

function toResponseSchema(response: Operation['response']) {
  const { description } = response
  if ('schema' in response) return jsonResponse(description, response.schema)
  if (!('content' in response)) return z.undefined().meta({ description })
  const content = Object.entries(response.content).map(([mediaType, schema]) => [mediaType, { schema }])
  return { description, content: Object.fromEntries(content) }
}

const problemResponse = (status: ProblemStatus) => ({
  description: problemDescriptions[status],
  content: { [problemMediaType]: { schema: problemSchema } },
})

/** 401, 403 and 500 can meet every request. */
export const problemResponses = (...statuses: readonly ProblemStatus[]) =>
  Object.fromEntries(
    ([...statuses, 401, 403, 500] as const).map(status => [status, problemResponse(status)] as const),
  )

export const jsonResponse = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
})

const cursorOf = (id: string) => Buffer.from(id).toString('base64url')

/** The cursor is the id of the previous item. */
export function paginate<Item extends { readonly id: string }>(
  list: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { items: readonly Item[]; next?: string; total?: number } {
  const start = cursor === undefined ? 0 : startAfter(list, cursor)
  const items = list.slice(start, start + limit)
  const last = items.at(-1)
  if (!last || start + limit >= list.length) return { items }
  return { items, next: cursorOf(last.id), total: list.length }
}

function startAfter(list: readonly { readonly id: string }[], cursor: string): number {
  const at = list.findIndex(({ id }) => cursorOf(id) === cursor)
  if (at < 0) throw invalidCursor()
  return at + 1
}

const invalidCursor = () =>
  new Problem(
    'invalid-cursor',
    'The cursor is unknown, or its item was deleted. Omit it to start at the first page.',
  )

const maxCandidates = 5

/** The only object whose ID begins with a text; undefined if there is none. Throws a Problem if there are several. */
export async function findByBeginning<Found>(
  noun: string,
  beginning: string,
  idsFrom: (beginning: string, limit: number) => Promise<readonly string[]>,
  find: (id: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  if (!/^[\da-z-]{8,45}$/.test(beginning)) return undefined
  const ids = await idsFrom(beginning, maxCandidates + 1)
  const [only, ...others] = ids
  if (others.length === 0) return only === undefined ? undefined : find(only)
  const shown = `${ids.slice(0, maxCandidates).join(', ')}${ids.length > maxCandidates ? ', …' : ''}`
  throw new Problem(
    'not-found',
    `The IDs of several ${noun} begin with "${beginning}": ${shown}. Use more characters.`,
  )
}

export const tenantNotFound = (id: string) =>
  new Problem('not-found', `There is no tenant "${id}". GET /api/v1/tenants lists those that exist.`)

export function requireTenant(tenants: TenantStore, id: string): Tenant {
  const tenant = tenants.find(id)
  if (!tenant) throw tenantNotFound(id)
  return tenant
}
