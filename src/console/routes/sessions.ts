import type { FastifyPluginAsync } from 'fastify'
import { sessionOperations } from '../../domain/contract/console-access.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { paginate } from './tenants.ts'

export const sessionRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { signIn }) => {
  register(
    app,
    'listSessions',
    sessionOperations.listSessions,
    async ({ query }, { request: { consoleCaller } }) => {
      const current = consoleCaller?.kind === 'person' ? consoleCaller.session : undefined
      const { items, ...rest } = paginate((await signIn?.sessions.list()) ?? [], query)
      return { items: items.map(session => ({ ...session, current: session.id === current })), ...rest }
    },
  )

  register(app, 'endSession', sessionOperations.endSession, async ({ params }) => {
    if (!(await signIn?.sessions.end(params.session))) {
      throw new Problem(
        'not-found',
        `There is no session "${params.session}". GET /api/v1/sessions lists the sessions.`,
      )
    }
  })

  register(app, 'endSessions', sessionOperations.endSessions, async () => ({
    ended: (await signIn?.sessions.endAll()) ?? 0,
  }))
}
