/** The addresses of the console's pages, as routes. The server returns the same HTML for each; its script selects the page. */
export const pageAddresses = {
  overview: '/',
  activity: '/activity',
  exchange: '/exchanges/:id',
  cycle: '/cycles/:id',
  findings: '/findings',
  users: '/tenants/:tenant/users',
  user: '/tenants/:tenant/users/:id',
  groups: '/tenants/:tenant/groups',
  group: '/tenants/:tenant/groups/:id',
  access: '/tenants/:tenant/access',
  connect: '/tenants/:tenant/connect',
  lab: '/lab',
  server: '/server',
  tenant: '/tenants/:tenant',
} as const

export type PageName = keyof typeof pageAddresses

type Moved = { readonly page: PageName; readonly view?: string }

/** Where the content of earlier pages is. The tenant of an earlier address is the one of the new address, or its parameter `tenant`. */
export const formerAddresses: Readonly<Record<string, Moved>> = {
  '/faults': { page: 'lab' },
  '/snapshots': { page: 'lab' },
  '/settings': { page: 'server', view: 'settings' },
  '/console-access': { page: 'server', view: 'access' },
  '/audit': { page: 'activity', view: 'changes' },
  '/tenants': { page: 'server' },
  '/tenants/:tenant/sign-in': { page: 'users', view: 'sign-in' },
  '/tenants/:tenant/stale': { page: 'users', view: 'unused' },
  '/tenants/:tenant/reconcile': { page: 'users', view: 'compare' },
  '/tenants/:tenant/preflight': { page: 'findings', view: 'check' },
  '/tenants/:tenant/tokens': { page: 'connect', view: 'credentials' },
  '/tenants/:tenant/setup': { page: 'connect' },
  '/tenants/:tenant/clock': { page: 'lab' },
}

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
