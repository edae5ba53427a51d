import type { ConsoleCaller } from '../caller.ts'
import { Problem } from '../problem.ts'
import type { SignInSettings } from './settings.ts'

/** Milliseconds by which clocks of identity providers may differ from this one. */
export const clockTolerance = 300_000

type StepUpSettings = Pick<SignInSettings, 'recent' | 'acr'>
type Authentication = { readonly authenticated?: number; readonly acr?: string }

export function isRecent(
  { authenticated, acr }: Authentication,
  settings: StepUpSettings,
  now: number,
): boolean {
  if (authenticated === undefined) return false
  const age = now - authenticated
  const isStrong = settings.acr === undefined || acr === settings.acr
  return isStrong && age <= settings.recent && age >= -clockTolerance
}

/** RFC 9470, section 3: OAuth 2.0 Step Up Authentication Challenge. */
export function refuseDestroy(
  caller: ConsoleCaller,
  settings: StepUpSettings,
  now: number,
): Problem | undefined {
  if (caller.kind !== 'person' && caller.kind !== 'identity') return undefined
  return isRecent(caller, settings, now) ? undefined : recentSignInNeeded(caller, settings)
}

function recentSignInNeeded({ authenticated }: Authentication, { recent, acr }: StepUpSettings): Problem {
  const seconds = Math.floor(recent / 1000)
  const challenge = [
    'Bearer realm="scimulator console"',
    'error="insufficient_user_authentication"',
    'error_description="Sign in again to confirm this."',
    `max_age="${seconds}"`,
    ...(acr === undefined ? [] : [`acr_values="${acr}"`]),
  ]
  const context = acr === undefined ? '' : ` and have the authentication context ${acr}`
  const reason =
    authenticated === undefined
      ? ' The identity provider did not report when you authenticated: for Entra ID, add the optional claim auth_time to the ID token of the app registration.'
      : ''
  return new Problem(
    'recent-sign-in-needed',
    `Sign in again to confirm this (/auth/step-up): the authentication must be at most ${seconds} seconds old${context}.${reason}`,
    { headers: { 'www-authenticate': challenge.join(', ') } },
  )
}
