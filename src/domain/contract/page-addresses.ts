/** The addresses of the console's pages, as routes. The server returns the same HTML for each; its script selects the page. */
export const pageAddresses = {
  overview: '/',
  activity: '/activity',
  exchange: '/exchanges/:id',
  cycle: '/cycles/:id',
  findings: '/findings',
  faults: '/faults',
  snapshots: '/snapshots',
  settings: '/settings',
  'console-access': '/console-access',
  audit: '/audit',
  tenants: '/tenants',
  tenant: '/tenants/:tenant',
  users: '/tenants/:tenant/users',
  user: '/tenants/:tenant/users/:id',
  groups: '/tenants/:tenant/groups',
  group: '/tenants/:tenant/groups/:id',
  access: '/tenants/:tenant/access',
  signInCheck: '/tenants/:tenant/sign-in',
  stale: '/tenants/:tenant/stale',
  reconcile: '/tenants/:tenant/reconcile',
  preflight: '/tenants/:tenant/preflight',
  tokens: '/tenants/:tenant/tokens',
  setup: '/tenants/:tenant/setup',
  clock: '/tenants/:tenant/clock',
} as const

export type PageName = keyof typeof pageAddresses

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
