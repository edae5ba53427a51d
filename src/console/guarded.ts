import type { FastifyInstance } from 'fastify'
import { type Admission, admitByNeed } from './admission.ts'
import { createAuthentication, signInNeeded, tokenRequired } from './authentication.ts'
import type { ConsoleDeps } from './deps.ts'
import { handleError, sendSecurityHeaders, unavailableProblem } from './error-handler.ts'
import { createGuessLimit, rejectCrossOrigin, rejectUnknownHost } from './guard.ts'
import { isStillAdmitted } from './live/admitted.ts'
import { refuseDestroy } from './sign-in/step-up.ts'

/** Has all responses of an application meet the console's format of errors and its security headers. */
export function prepareConsole(app: FastifyInstance): void {
  app.setErrorHandler(handleError)
  app.addHook('onRequest', sendSecurityHeaders)
  app.decorateRequest('consoleCaller', undefined)
}

export function rejectUnknownHosts(app: FastifyInstance, { hosts = 'loopback', signIn }: ConsoleDeps): void {
  if (hosts === 'loopback') app.addHook('onRequest', rejectUnknownHost(signIn?.url))
}

/** Restricts the routes of this scope to own pages and clients, and to callers that may do what the route needs. */
export function guardRoutes(app: FastifyInstance, deps: ConsoleDeps, admission: Admission): void {
  app.addHook('onRequest', rejectCrossOrigin(deps.signIn?.url))
  admitByNeed(app, admission)
  app.addHook('onRequest', async () => rejectIfUnavailable(deps))
}

/** What this process holds in memory may be outdated. */
function rejectIfUnavailable({ unavailable }: ConsoleDeps): void {
  const reason = unavailable()
  if (reason !== undefined) throw unavailableProblem(reason)
}

/** Who may do what: anyone who reaches a console without token and sign-in, else callers with credentials. */
export function createAdmission(deps: ConsoleDeps): Admission {
  const { hosts, token, consoleTokens, signIn, guessLimit, audit, clock } = deps
  if (hosts === 'any' && token === undefined && !signIn) {
    throw new Error('A console that other machines can reach requires a token.')
  }
  return {
    authenticate: createAuthentication({
      token,
      consoleTokens,
      signIn,
      guesses: createGuessLimit(guessLimit),
    }),
    isStillAdmitted: caller => isStillAdmitted(caller, deps),
    credentialsNeeded: signIn ? signInNeeded : tokenRequired,
    refuseDestroy: caller => signIn && refuseDestroy(caller, signIn.settings, clock()),
    onRefusal: audit.refused,
  }
}
