import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { ConsoleTokenStore } from '../domain/ports/console-tokens.ts'
import type { ConsoleCaller } from './caller.ts'
import type { GuessLimit } from './guard.ts'
import { Problem } from './problem.ts'
import { cookieValues } from './sign-in/cookies.ts'
import { requireOwnOrigin } from './sign-in/origin.ts'
import type { SignIn } from './sign-in/sign-in.ts'

type AuthenticationDeps = {
  /** The console token of the settings. */
  readonly token: string | undefined
  readonly consoleTokens: Pick<ConsoleTokenStore, 'find' | 'noteUse'>
  readonly signIn: SignIn | undefined
  readonly guesses: GuessLimit
}

/** Finds who sends a request: by a token in `Authorization`, else by the cookie of a session. */
export function createAuthentication({ token, consoleTokens, signIn, guesses }: AuthenticationDeps) {
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

export const tokenRequired = (): Problem =>
  new Problem(
    'token-required',
    'Send the console token as "Authorization: Bearer …". It is set or printed when the server starts.',
    { headers: challenge },
  )

export const signInNeeded = (): Problem =>
  new Problem(
    'sign-in-needed',
    'Sign in (/auth/sign-in), or send a console token as "Authorization: Bearer …".',
    {
      headers: challenge,
    },
  )

const challenge = { 'www-authenticate': 'Bearer realm="scimulator console"' }
