import type { FastifyPluginAsync } from 'fastify'
import { consoleTokenOperations } from '../../domain/contract/console-access.ts'
import { readDuration } from '../../domain/duration.ts'
import type { ConsoleToken } from '../../domain/ports/console-access.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { paginate } from './tenants.ts'

const viewConsoleToken = ({ level, uses, ...token }: ConsoleToken, now: number) => ({
  ...token,
  scope: level,
  expired: token.expires <= now,
  requests: uses,
})

export const consoleTokenRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { consoleTokens, clock }) => {
  register(app, 'listConsoleTokens', consoleTokenOperations.listConsoleTokens, ({ query }) => {
    const { items, ...rest } = paginate(consoleTokens.list(), query)
    return { items: items.map(token => viewConsoleToken(token, clock())), ...rest }
  })

  register(app, 'createConsoleToken', consoleTokenOperations.createConsoleToken, async ({ body }) => {
    const { token, text } = await consoleTokens.create({
      name: body.name,
      level: body.scope,
      validity: readDuration(body.for) ?? 0,
    })
    return { ...viewConsoleToken(token, clock()), value: text }
  })

  register(app, 'deleteConsoleToken', consoleTokenOperations.deleteConsoleToken, async ({ params }) => {
    if (await consoleTokens.remove(params.token)) return
    throw new Problem(
      'not-found',
      `There is no console token "${params.token}". GET /api/v1/console-tokens lists the console tokens.`,
    )
  })
}
