import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { exchangeSchema, viewExchange, viewWholeExchange, wholeExchangeSchema } from './exchange-view.ts'
import { searchOf, searchQuery } from './search-query.ts'
import { answer, askedPage, pageOf, pageQuery, problems } from './shapes.ts'

export const exchangeParams = z.object({ id: z.string().meta({ description: 'The id of the exchange.' }) })

/** The journal: every request to the SCIM listener, refused and broken ones included. */
export const exchangeRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { journal }) => {
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
          200: answer('The exchanges, newest first.', pageOf(exchangeSchema)),
          ...problems(400),
        },
      },
    },
    async ({ query, signal }) => {
      const { items, ...rest } = await journal.page({ search: searchOf(query), ...askedPage(query), signal })
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
        response: { 200: answer('The exchange.', wholeExchangeSchema), ...problems(404) },
      },
    },
    async ({ params }) => viewWholeExchange(await exchangeNamed(journal, params.id)),
  )
}

/** Throws a Problem for one that the journal doesn't have. */
export async function exchangeNamed(journal: Journal, id: string): Promise<Exchange> {
  const exchange = await journal.find(id)
  if (exchange) return exchange
  throw new Problem(
    'not-found',
    `The journal has no exchange "${id}"; old ones are forgotten. GET /api/v1/exchanges lists those it has.`,
  )
}
