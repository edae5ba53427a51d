import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Exchange } from '../../journal/exchange.ts'
import { curlOf } from '../export/curl.ts'
import { fixtureOf } from '../export/fixture.ts'
import { type HarSource, harEntry, harHead, harTail } from '../export/har.ts'
import { exportJournal, journalFormats, journalMediaTypes } from '../export/journal-export.ts'
import type { ConsoleParts } from '../parts.ts'
import { exchangeNamed, exchangeParams } from './exchanges.ts'
import { searchOf, searchQuery } from './search-query.ts'
import { problems } from './shapes.ts'

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
    write: (exchange, { scimBase }) => curlOf(exchange, scimBase),
  },
  fixture: { mediaType: json, file: id => `${id}.json`, write: fixtureOf },
  har: {
    mediaType: json,
    file: id => `${id}.har`,
    write: (exchange, source) => harHead(source) + harEntry(exchange, source) + harTail,
  },
}

const saved = (file: string) => `attachment; filename="${file}"`

const formatOf = <Format extends string>(formats: readonly Format[], says: string) =>
  z.enum(formats, `Give one of ${formats.join(', ')}.`).meta({ description: says })

/** The journal as files: what was found, or one exchange to be sent again elsewhere. */
export const exchangeExportRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (
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
        querystring: searchQuery.extend({ format: formatOf(journalFormats, 'The format of the file.') }),
        response: {
          200: {
            description: 'The file.',
            content: {
              'application/x-ndjson': { schema: z.string() },
              'application/json': { schema: z.looseObject({}) },
              'text/csv': { schema: z.string() },
            },
          },
          ...problems(400),
        },
      },
    },
    async ({ query, signal }, reply) => {
      const file = exportJournal(journal, { search: searchOf(query), signal }, query.format, source())
      reply.type(journalMediaTypes[query.format])
      reply.header('content-disposition', saved(`exchanges.${query.format}`))
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
        querystring: z.object({ format: formatOf(exchangeFormats, 'The format of the file.') }),
        response: {
          200: {
            description: 'The file.',
            content: {
              'text/plain': { schema: z.string() },
              'application/json': { schema: z.looseObject({}) },
            },
          },
          ...problems(400, 404),
        },
      },
    },
    async ({ params, query }, reply) => {
      const exchange = await exchangeNamed(journal, params.id)
      const { mediaType, file, write } = writers[query.format]
      reply.type(mediaType)
      reply.header('content-disposition', saved(file(exchange.id)))
      return reply.send(write(exchange, source()) as never)
    },
  )
}
