/** The addresses of sign-in, beside those of pages. `return` is the path of a page, to which the browser comes back. */
export const signInAddresses = {
  signIn: '/auth/sign-in',
  callback: '/auth/callback',
  /** GET: signs in again, recently enough for what cannot be undone. */
  stepUp: '/auth/step-up',
  /** POST: ends the session. The response is a `SignedOut`. */
  signOut: '/auth/sign-out',
} as const

export type SignedOut = {
  readonly location: string
}
