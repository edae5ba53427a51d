import type { SafeFetch } from '../../auth/issuers/safe-fetch.ts'
import type { JwtVerifier } from '../../auth/issuers/verify.ts'
import { signInAddresses } from '../../domain/contract/page-addresses.ts'
import type { ConsoleSession, ConsoleSessionStore } from '../../domain/ports/console-access.ts'
import type { ConsoleCaller } from '../caller.ts'
import { type Attempts, type Cookies, createAttempts, createCookies } from './cookies.ts'
import { type Failure, failureOf, noRole, notRecent, otherPerson, unknownAttempt } from './failures.ts'
import { createIdentification } from './identity.ts'
import { describePerson, roleOf } from './person.ts'
import { createIdentityProvider, SignInError } from './provider.ts'
import { createSessions, type Person, type Sessions } from './sessions.ts'
import type { SignInSettings } from './settings.ts'
import { isRecent } from './step-up.ts'

export type SignInOptions = {
  readonly settings: SignInSettings
  /** The URL of the console, without a slash at its end; known once it listens. */
  readonly url: () => string
  readonly store: ConsoleSessionStore
  /** The key for what browsers keep; the same on all instances over the database. */
  readonly key: () => Buffer
  readonly safeFetch: Pick<SafeFetch, 'fetch'>
  readonly verifier: Pick<JwtVerifier, 'verify'>
  /** Milliseconds since 1970, by the clock of the database. */
  readonly clock: () => number
}

type Completed =
  | {
      readonly isStepUp: boolean
      readonly isStarted: boolean
      readonly failure: Failure
      readonly person?: Omit<Person, 'role'>
    }
  | {
      readonly isStepUp: boolean
      readonly returnPath: string
      readonly session: ConsoleSession
      readonly secret: string
    }

type Started = { readonly failure: Failure } | { readonly location: string; readonly attempt: string }

export type SignIn = {
  readonly settings: SignInSettings
  readonly url: () => URL
  readonly sessions: Sessions
  readonly attempts: Attempts
  readonly cookies: () => Cookies
  /** Undefined for texts that are no access token. Throws a Problem for one without a role. */
  identify(text: string): Promise<ConsoleCaller | undefined>
  /** Starts a sign-in, or the step-up of a session. */
  start(returnPath: string, session?: ConsoleSession): Promise<Started>
  complete(response: string, attempts: readonly string[], previous?: ConsoleSession): Promise<Completed>
  signOutAddress(): Promise<string>
}

/** Authorization code with PKCE (RFC 9700, section 2.1.1). */
export function createSignIn(options: SignInOptions): SignIn {
  const { settings, store, key, safeFetch, verifier, clock } = options
  const provider = createIdentityProvider({ settings, safeFetch, clock })
  const sessions = createSessions({ store, clock, lifetime: settings.session })
  const attempts = createAttempts(key, clock)
  const url = () => new URL(options.url())

  return {
    settings,
    url,
    sessions,
    attempts,
    cookies: () => createCookies(url()),
    identify: createIdentification(settings, verifier),
    async start(returnPath, session) {
      const redirectUri = options.url() + signInAddresses.callback
      const parameters = session ? stepUpParameters(settings) : signInParameters(settings)
      return orFailure(async () => {
        const { url, checks } = await provider.authorize(redirectUri, parameters)
        const person = session && { issuer: session.issuer, subject: session.subject }
        return {
          location: url.href,
          attempt: attempts.seal({ ...checks, returnPath, ...(person && { person }) }),
        }
      })
    },
    async complete(response, values, previous) {
      const attempt = attempts.open(values)
      if (!attempt) return { isStepUp: false, isStarted: false, failure: unknownAttempt() }
      const isStepUp = attempt.person !== undefined
      const redeemed = await orFailure(async () => ({
        claims: await provider.redeem(new URL(options.url() + response), attempt),
      }))
      if ('failure' in redeemed) return { isStepUp, isStarted: true, ...redeemed }
      const { claims } = redeemed
      const person = describePerson(claims, settings.acr)
      const role = roleOf(claims, settings)
      if (!role) return { isStepUp, isStarted: true, failure: noRole(claims), person }
      const failure = attempt.person && stepUpFailure(attempt.person, person, settings, clock())
      if (failure) return { isStepUp, isStarted: true, failure, person }
      const opened = await sessions.open({ ...person, role }, previous)
      return { isStepUp, returnPath: attempt.returnPath, ...opened }
    },
    async signOutAddress() {
      const home = `${options.url()}/`
      const found = await orFailure(async () => ({ url: await provider.endSession(home) }))
      return 'failure' in found ? home : (found.url?.href ?? home)
    },
  }
}

const seconds = (milliseconds: number): string => String(Math.floor(milliseconds / 1000))

/** Providers report `auth_time` if `max_age` is requested (OpenID Connect Core, section 2). */
const signInParameters = ({ session }: SignInSettings) => ({ max_age: seconds(session) })

/**
 * Entra ID reads authentication contexts from the parameter `claims`.
 * https://learn.microsoft.com/entra/identity-platform/developer-guide-conditional-access-authentication-context
 */
function stepUpParameters({ recent, acr }: SignInSettings): Readonly<Record<string, string>> {
  const acrs = acr !== undefined && /^c[1-9]\d?$/.test(acr) ? { acrs: { essential: true, value: acr } } : {}
  return {
    max_age: seconds(recent),
    ...(acr !== undefined && { acr_values: acr }),
    claims: JSON.stringify({ id_token: { auth_time: { essential: true }, ...acrs } }),
  }
}

/** What came back decides, not what was requested: providers may respond from an earlier sign-in. */
function stepUpFailure(
  expected: Pick<Person, 'issuer' | 'subject'>,
  person: Omit<Person, 'role'>,
  settings: SignInSettings,
  now: number,
): Failure | undefined {
  if (person.issuer !== expected.issuer || person.subject !== expected.subject) return otherPerson()
  return isRecent(person, settings, now) ? undefined : notRecent(person.authenticated, settings.acr)
}

async function orFailure<Result extends object>(
  run: () => Promise<Result>,
): Promise<Result | { readonly failure: Failure }> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof SignInError) return { failure: failureOf(error) }
    throw error
  }
}
