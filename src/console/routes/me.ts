import type { FastifyPluginAsync } from 'fastify'
import { callerOperations } from '../../domain/contract/console-access.ts'
import { type ConsoleCaller, levelOf } from '../caller.ts'
import type { ConsoleDeps } from '../deps.ts'
import { isRecent } from '../sign-in/step-up.ts'
import { register } from './register.ts'

export const meRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { signIn, clock }) => {
  register(app, 'getMe', callerOperations.getMe, async (_request, { request: { consoleCaller } }) => ({
    signIn: signIn !== undefined,
    ...(consoleCaller && { caller: viewCaller(consoleCaller) }),
  }))

  function viewCaller(caller: ConsoleCaller) {
    const known = { ...caller, level: levelOf(caller) }
    return 'issuer' in caller && signIn
      ? { ...known, recent: isRecent(caller, signIn.settings, clock()) }
      : known
  }
}
