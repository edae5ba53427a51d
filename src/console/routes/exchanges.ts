import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  pageQuery,
  pageSchema,
  problemResponses,
  toPageRequest,
} from '../../contract/operation.ts'
import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../ports/journal.ts'
import type { TenantStore } from '../../ports/tenants.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { toCurl, toFixture } from '../export/exchange.ts'
import { type HarSource, harEntry, harFooter, harHeader } from '../export/har.ts'
import { exportJournal, journalFormats, journalMediaTypes } from '../export/journal.ts'
import { Problem } from '../problem.ts'
import { toReplayRequest } from '../replay.ts'
import { exchangeSchema, viewExchange, viewWholeExchange, wholeExchangeSchema } from '../views/exchange.ts'
import { searchQuery, toSearch } from './search-query.ts'

export const exchangeParams = z.object({ id: z.string().meta({ description: 'The id of the exchange.' }) })

/** The journal: every request to the SCIM listener, refused and broken ones included. */
export const exchangeRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { journal }) => {
  const tags = ['exchanges']

  app.get(
    '/exchanges',
    {
      schema: {
        operationId: 'listExchanges',
        summary: 'List the requests to the SCIM listener',
        tags,
        querystring: pageQuery.extend(searchQuery.shape),
        response: {
          200: jsonResponse('The exchanges, newest first.', pageSchema(exchangeSchema)),
          ...problemResponses(400),
        },
      },
    },
    async ({ query, signal }) => {
      const { items, ...rest } = await journal.page({
        search: toSearch(query),
        ...toPageRequest(query),
        signal,
      })
      return { items: items.map(viewExchange), ...rest }
    },
  )

  app.get(
    '/exchanges/:id',
    {
      schema: {
        operationId: 'showExchange',
        summary: 'Show a request and its answer',
        tags,
        params: exchangeParams,
        response: { 200: jsonResponse('The exchange.', wholeExchangeSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => viewWholeExchange(await requireExchange(journal, params.id)),
  )
}

/** Throws a Problem for one that the journal doesn't have. */
export async function requireExchange(journal: Journal, id: string): Promise<Exchange> {
  const exchange = await journal.find(id)
  if (exchange) return exchange
  throw new Problem(
    'not-found',
    `The journal has no exchange "${id}"; old ones are forgotten. GET /api/v1/exchanges lists those it has.`,
  )
}

const exchangeFormats = ['curl', 'fixture', 'har'] as const
type ExchangeFormat = (typeof exchangeFormats)[number]

const json = 'application/json; charset=utf-8'

/** How one exchange is written, and what its file is called. */
const writers: Readonly<
  Record<
    ExchangeFormat,
    {
      readonly mediaType: string
      readonly file: (id: string) => string
      readonly write: (exchange: Exchange, source: HarSource) => string
    }
  >
> = {
  curl: {
    mediaType: 'text/plain; charset=utf-8',
    file: id => `${id}.sh`,
    write: (exchange, { scimBase }) => toCurl(exchange, scimBase),
  },
  fixture: { mediaType: json, file: id => `${id}.json`, write: toFixture },
  har: {
    mediaType: json,
    file: id => `${id}.har`,
    write: (exchange, source) => harHeader(source) + harEntry(exchange, source) + harFooter,
  },
}

const attachment = (file: string) => `attachment; filename="${file}"`

const formatSchema = <Format extends string>(formats: readonly Format[], description: string) =>
  z.enum(formats, `Give one of ${formats.join(', ')}.`).meta({ description })

/** The journal as files: what was found, or one exchange to be sent again elsewhere. */
export const exchangeExportRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (
  app,
  { journal, scimBase, version },
) => {
  const tags = ['exchanges']
  const source = () => ({ scimBase: scimBase(), version })

  app.get(
    '/exchanges/export',
    {
      // Asked with HEAD it would be read to its end.
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportExchanges',
        summary: 'Export the requests to the SCIM listener',
        description:
          'As JSON lines, an HTTP archive (HAR 1.2) or CSV (RFC 4180; without headers and bodies), newest first. Secrets are masked.',
        tags,
        querystring: searchQuery.extend({ format: formatSchema(journalFormats, 'The format of the file.') }),
        response: {
          200: {
            description: 'The file.',
            content: {
              'application/x-ndjson': { schema: z.string() },
              'application/json': { schema: z.looseObject({}) },
              'text/csv': { schema: z.string() },
            },
          },
          ...problemResponses(400),
        },
      },
    },
    async ({ query, signal }, reply) => {
      const file = exportJournal(journal, { search: toSearch(query), signal }, query.format, source())
      reply.type(journalMediaTypes[query.format])
      reply.header('content-disposition', attachment(`exchanges.${query.format}`))
      return reply.send(Readable.from(file) as never)
    },
  )

  app.get(
    '/exchanges/:id/export',
    {
      schema: {
        operationId: 'exportExchange',
        summary: 'Export a request and its answer',
        description:
          'As a curl command, which is given the token in SCIM_TOKEN; as a fixture for a test suite; or as an HTTP archive (HAR 1.2). Credentials are left out, and what the journal has not as it was is noted.',
        tags,
        params: exchangeParams,
        querystring: z.object({ format: formatSchema(exchangeFormats, 'The format of the file.') }),
        response: {
          200: {
            description: 'The file.',
            content: {
              'text/plain': { schema: z.string() },
              'application/json': { schema: z.looseObject({}) },
            },
          },
          ...problemResponses(400, 404),
        },
      },
    },
    async ({ params, query }, reply) => {
      const exchange = await requireExchange(journal, params.id)
      const { mediaType, file, write } = writers[query.format]
      reply.type(mediaType)
      reply.header('content-disposition', attachment(file(exchange.id)))
      return reply.send(write(exchange, source()) as never)
    },
  )
}

const replaySchema = z
  .object({
    exchange: z.string().meta({ description: 'The id of the new exchange: GET /api/v1/exchanges/{id}.' }),
    status: z.int().meta({ description: 'What was answered this time.', example: 200 }),
  })
  .meta({ id: 'Replay', description: 'A request that was sent again.' })

/** Sending a request of the journal again. */
export const replayRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants, journal, send }) => {
  app.post(
    '/exchanges/:id/replay',
    {
      schema: {
        operationId: 'replayExchange',
        summary: 'Send a request again',
        description:
          'The same method, address, headers and body go to the tenant as it is now, let in without a token: a request that was refused for its token is answered as if it had a good one. The new exchange has `replayOf`.',
        tags: ['exchanges'],
        params: exchangeParams,
        response: { 200: jsonResponse('What came of it.', replaySchema), ...problemResponses(404, 409) },
      },
    },
    async ({ params }) => {
      const exchange = await requireExchange(journal, params.id)
      const tenant = replayTenant(tenants, exchange)
      const found = toReplayRequest(exchange)
      if ('reason' in found) throw cannotReplay(found.reason)
      let replay = ''
      const pass = tenants.openInternalToken(tenant.id, {
        replayOf: exchange.id,
        onAdmitted: id => {
          replay = id
        },
      })
      try {
        const { request } = found
        const headers = { ...request.headers, authorization: `Bearer ${pass.text}` }
        // A fault may cut the connection; then the journal alone knows the answer.
        const answered = await send({ ...request, headers }).then(
          ({ status }) => status,
          () => undefined,
        )
        const status = answered ?? (await journal.find(replay))?.status
        if (replay === '' || status === undefined)
          throw cannotReplay('It was sent again, and no answer came in time.')
        return { exchange: replay, status }
      } finally {
        pass.close()
      }
    },
  )
}

const cannotReplay = (reason: string) => new Problem('cannot-replay', reason)

function replayTenant(tenants: TenantStore, { tenant: id }: Exchange): Tenant {
  if (id === undefined) throw cannotReplay('It was for no tenant, so there is none to send it to.')
  const tenant = tenants.find(id)
  if (!tenant) throw cannotReplay(`Its tenant "${id}" is gone.`)
  return tenant
}
