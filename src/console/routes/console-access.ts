import type { FastifyPluginAsync } from 'fastify'
import {
  callerOperations,
  consoleTokenOperations,
  sessionOperations,
} from '../../domain/contract/console-access.ts'
import { readDuration } from '../../domain/duration.ts'
import type { ConsoleToken } from '../../domain/ports/console-access.ts'
import { includesLevel, levelOf } from '../admission.ts'
import type { ConsoleCaller } from '../caller.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { isRecent } from '../sign-in/step-up.ts'
import { viewFault } from './faults.ts'
import { paginate, register } from './register.ts'

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

export const meRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { signIn, clock, faults, docs }) => {
  register(app, 'getMe', callerOperations.getMe, async (_request, { request: { consoleCaller } }) => ({
    signIn: signIn !== undefined,
    ...(docs && { docs: docs.pages }),
    ...(consoleCaller && { caller: viewCaller(consoleCaller) }),
    ...(consoleCaller &&
      includesLevel(levelOf(consoleCaller), 'read') && { faults: faults.list().map(viewFault) }),
  }))

  function viewCaller(caller: ConsoleCaller) {
    const known = { ...caller, level: levelOf(caller) }
    return 'issuer' in caller && signIn
      ? { ...known, recent: isRecent(caller, signIn.settings, clock()) }
      : known
  }
}

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
