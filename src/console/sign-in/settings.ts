import type { RoleConditions } from './roles.ts'

/** How people sign in to the console. Durations are in milliseconds. */
export type SignInSettings = RoleConditions & {
  /** The issuer of the identity provider. */
  readonly issuer: string
  readonly clientId: string
  /** Absent for a public client. */
  readonly clientSecret?: string
  /** The audience of access tokens that the console API accepts; absent if it accepts none. */
  readonly audience?: string
  /** The maximum age of an authentication for what cannot be undone. */
  readonly recent: number
  /** The authentication context that is required for it. */
  readonly acr?: string
  /** The longest session. */
  readonly session: number
}
