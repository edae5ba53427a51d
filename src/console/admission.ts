import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Need } from '../domain/contract/operation.ts'
import { type ConsoleTokenStore, type Level, levels } from '../domain/ports/console-access.ts'
import type { AuditTrail } from './audit.ts'
import { CallerRefusal, type ConsoleCaller } from './caller.ts'
import type { ConsoleDeps } from './deps.ts'
import { handleError, unavailableProblem } from './error-handler.ts'
import {
  createGuessLimit,
  type GuessLimit,
  rejectCrossOrigin,
  rejectUnknownHost,
  requireOwnOrigin,
  sendSecurityHeaders,
} from './guard.ts'
import { isStillAdmitted } from './live/admitted.ts'
import { Problem } from './problem.ts'
import { cookieValues } from './sign-in/cookies.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import { refuseDestroy } from './sign-in/step-up.ts'

export function prepareConsole(app: FastifyInstance): void {
  app.setErrorHandler(handleError)
  app.addHook('onRequest', sendSecurityHeaders)
  app.decorateRequest('consoleCaller', undefined)
}

export function rejectUnknownHosts(app: FastifyInstance, { hosts = 'loopback', signIn }: ConsoleDeps): void {
  if (hosts === 'loopback') app.addHook('onRequest', rejectUnknownHost(signIn?.url))
}

export function guardRoutes(app: FastifyInstance, deps: ConsoleDeps, admission: Admission): void {
  app.addHook('onRequest', rejectCrossOrigin(deps.signIn?.url))
  admitByNeed(app, admission)
  app.addHook('onRequest', async () => rejectIfUnavailable(deps))
}

function rejectIfUnavailable({ unavailable }: ConsoleDeps): void {
  const reason = unavailable()
  if (reason !== undefined) throw unavailableProblem(reason)
}

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

export type Admission = {
  /** Undefined without credentials. Throws a Problem for credentials that are not valid. */
  readonly authenticate: (
    request: FastifyRequest,
  ) => ConsoleCaller | undefined | Promise<ConsoleCaller | undefined>
  readonly isStillAdmitted: (caller: ConsoleCaller) => Promise<boolean>
  readonly credentialsNeeded: () => Problem
  readonly refuseDestroy: (caller: ConsoleCaller) => Problem | undefined
  readonly onRefusal: AuditTrail['refused']
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Throws a Problem unless the caller may do what a request needs beyond what its route states. `reason`: why it needs that, as
     * a sentence.
     */
    readonly requireLevel: (request: FastifyRequest, need: Exclude<Need, 'none'>, reason: string) => void
  }
}

/** Admits requests to the routes of this scope by what the routes need. A route that does not state it is an error. */
function admitByNeed(app: FastifyInstance, admission: Admission): void {
  app.addHook('onRoute', ({ config, method, url }) => {
    if (!config?.needs) throw new Error(`The route ${method} ${url} does not state what it needs.`)
  })
  app.decorate('requireLevel', (request, need, reason) => {
    const { consoleCaller: caller } = request
    const problem = caller ? refusalOf(caller, need, admission) : admission.credentialsNeeded()
    if (problem) throw problem.after(reason)
  })
  app.addHook('onRequest', async request => {
    request.consoleCaller = await authenticate(request, admission)
    const { needs = 'read', needsFor } = request.routeOptions.config
    await admit(request, needsFor ? 'read' : needs, admission)
  })
  app.addHook('preHandler', async request => {
    const { consoleCaller: caller, body } = request
    // A body may arrive slowly, and the session or token may end meanwhile.
    if (caller && body !== undefined && !(await admission.isStillAdmitted(caller))) {
      throw admission.credentialsNeeded()
    }
    const { needsFor } = request.routeOptions.config
    if (needsFor) await admit(request, needsFor(request.body), admission)
  })
}

async function authenticate(request: FastifyRequest, { authenticate, onRefusal }: Admission) {
  try {
    return await authenticate(request)
  } catch (error) {
    if (error instanceof CallerRefusal) await onRefusal(request, error, error.caller)
    throw error
  }
}

async function admit(request: FastifyRequest, need: Need, admission: Admission): Promise<void> {
  if (need === 'none') return
  const { consoleCaller: caller } = request
  if (!caller) throw admission.credentialsNeeded()
  const problem = refusalOf(caller, need, admission)
  if (!problem) return
  await admission.onRefusal(request, problem)
  throw problem
}

function refusalOf(
  caller: ConsoleCaller,
  need: Exclude<Need, 'none'>,
  { refuseDestroy }: Admission,
): Problem | undefined {
  if (!includesLevel(levelOf(caller), need)) return notAllowed(caller, need)
  return need === 'destroy' ? refuseDestroy(caller) : undefined
}

function notAllowed(caller: ConsoleCaller, need: Exclude<Need, 'none'>): Problem {
  if (caller.kind === 'token') {
    return new Problem(
      'not-allowed',
      `The scope of the console token "${caller.name}" is ${caller.level}. This needs a console token with the scope ${need}: create one in the console, or with \`scimulator console-tokens create NAME --scope ${need}\`.`,
    )
  }
  return new Problem('not-allowed', 'You may read. This needs the role write.')
}

type AuthenticationDeps = {
  readonly token: string | undefined
  readonly consoleTokens: Pick<ConsoleTokenStore, 'find' | 'noteUse'>
  readonly signIn: SignIn | undefined
  readonly guesses: GuessLimit
}

/** Finds who sends a request: by a token in `Authorization`, else by the cookie of a session. */
function createAuthentication({ token, consoleTokens, signIn, guesses }: AuthenticationDeps) {
  const isOpen = token === undefined && signIn === undefined
  const isConsoleToken = token === undefined ? () => false : equalTo(token)

  return async (request: FastifyRequest): Promise<ConsoleCaller | undefined> => {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const caller = await findByHeader(authorization, request.ip)
      if (caller) return caller
      // A console that requires nothing ignores the token of another server that a browser has stored.
      if (!isOpen) throw tokenRequired()
    }
    return isOpen ? { kind: 'open' } : findBySession(request)
  }

  async function findByHeader(authorization: string, address: string): Promise<ConsoleCaller | undefined> {
    if (!isOpen) await guesses.wait(address)
    const text = /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
    const caller = text === undefined ? undefined : (findByToken(text) ?? (await signIn?.identify(text)))
    if (!caller && !isOpen) guesses.recordFailure(address)
    return caller
  }

  function findByToken(text: string): ConsoleCaller | undefined {
    if (isConsoleToken(text)) {
      return { kind: 'token', id: 'console-token', name: 'console-token', level: 'destroy' }
    }
    const found = consoleTokens.find(text)
    if (!found) return undefined
    const { id, name, level } = found
    consoleTokens.noteUse(id)
    return { kind: 'token', id, name, level }
  }

  async function findBySession(request: FastifyRequest): Promise<ConsoleCaller | undefined> {
    if (!signIn) return undefined
    const { method, headers } = request
    const session = await signIn.sessions.find(cookieValues(headers.cookie, signIn.cookies().session.name))
    if (!session) return undefined
    if (method !== 'GET' && method !== 'HEAD') requireOwnOrigin(request, signIn.url())
    const { id, created, lastUsed, ...person } = session
    return { kind: 'person', ...person, session: id }
  }
}

/** Compares hashes, so that the time of a comparison does not depend on how much of a guess is right. */
function equalTo(secret: string): (text: string) => boolean {
  const expected = hash('sha256', secret, 'buffer')
  return text => timingSafeEqual(hash('sha256', text, 'buffer'), expected)
}

const tokenRequired = (): Problem =>
  new Problem(
    'token-required',
    'Send the console token as "Authorization: Bearer …". It is set or printed when the server starts.',
    { headers: challenge },
  )

const signInNeeded = (): Problem =>
  new Problem(
    'sign-in-needed',
    'Sign in (/auth/sign-in), or send a console token as "Authorization: Bearer …".',
    {
      headers: challenge,
    },
  )

const challenge = { 'www-authenticate': 'Bearer realm="scimulator console"' }

/** What a caller may do. A writer also needs a recent authentication for `destroy`. */
export function levelOf(caller: ConsoleCaller): Level {
  switch (caller.kind) {
    case 'open':
      return 'destroy'
    case 'token':
      return caller.level
    case 'person':
    case 'identity':
      return caller.role === 'write' ? 'destroy' : 'read'
  }
}

export const includesLevel = (level: Level, needed: Level): boolean =>
  levels.indexOf(level) >= levels.indexOf(needed)
