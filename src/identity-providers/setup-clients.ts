import type { Product } from '../recognition/products.ts'

/** The clients whose setup is described, in the order in which they are offered. */
export const setupClients = [
  'entra',
  'okta',
  'google',
  'jumpcloud',
  'onelogin',
  'pingfederate',
  'pingone',
  'cyberark',
  'authentik',
  'keycloak',
  'pocket-id',
  'ssosync',
  'idp-scim-sync',
] as const satisfies readonly Product[]

export type SetupClient = (typeof setupClients)[number]
