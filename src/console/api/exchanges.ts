import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ExchangeQuery } from '../../journal/journal.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { exchangeSchema, viewExchange, viewWholeExchange, wholeExchangeSchema } from './exchange-view.ts'
import { answer, askedPage, pageOf, pageQuery, problems } from './shapes.ts'

const wanted = (says: string, example: string) =>
  z.string().min(1, 'Leave it out to see all.').optional().meta({ description: says, example })

const time = (says: string) =>
  z.iso
    .datetime({ offset: true, error: 'Give a time such as 2026-03-01T09:30:00Z.' })
    .optional()
    .meta({ description: says, example: '2026-03-01T09:30:00Z' })

const exchangeQuery = pageQuery.extend({
  tenant: wanted('The id of the tenant.', 'acme'),
  method: wanted('The HTTP method.', 'PATCH'),
  action: wanted("Part of the action's words.", 'disable'),
  status: z
    .string()
    .regex(/^([1-5]|[1-5]xx|[1-5]\d\d)$/i, 'Give a status such as 404, or a class such as 4xx.')
    .optional()
    .meta({ description: 'A status, or a class of them.', example: '4xx' }),
  resource: wanted('The id of the resource it was about.', '94482488-5041-7061-1b47-c0e0b6b2a1f8'),
  from: time("Not before this time, by the machine's clock."),
  until: time("Before this time, by the machine's clock."),
  text: wanted('Part of the URL or of a body.', 'anna@example.com'),
})

const numberOf = (status: string) => Number(/xx$/i.test(status) ? status[0] : status)

function journalQuery(query: z.output<typeof exchangeQuery>): ExchangeQuery {
  const { tenant, method, action, status, resource, from, until, text } = query
  return {
    ...askedPage(query),
    ...(tenant !== undefined && { tenant }),
    ...(method !== undefined && { method }),
    ...(action !== undefined && { action }),
    ...(status !== undefined && { status: numberOf(status) }),
    ...(resource !== undefined && { resource }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(until !== undefined && { until: Date.parse(until) }),
    ...(text !== undefined && { text }),
  }
}

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
        querystring: exchangeQuery,
        response: {
          200: answer('The exchanges, newest first.', pageOf(exchangeSchema)),
          ...problems(400),
        },
      },
    },
    async ({ query }) => {
      const { items, ...rest } = await journal.page(journalQuery(query))
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
        params: z.object({ id: z.string().meta({ description: 'The id of the exchange.' }) }),
        response: { 200: answer('The exchange.', wholeExchangeSchema), ...problems(404) },
      },
    },
    async ({ params }) => {
      const exchange = await journal.find(params.id)
      if (exchange) return viewWholeExchange(exchange)
      throw new Problem(
        'not-found',
        `The journal has no exchange "${params.id}"; old ones are forgotten. GET /api/v1/exchanges lists those it has.`,
      )
    },
  )
}
