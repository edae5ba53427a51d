import type { Signing, Step } from './step.ts'
import { placeholder, requestBytes } from './step.ts'

/** A tenant under test. Their order is that of the numbers in placeholders. */
export const tenants = [
  { id: 'aws', profile: 'aws' },
  { id: 'entra', profile: 'entra' },
  { id: 'rfc', profile: 'rfc' },
  { id: 'removing', profile: 'rfc', onDelete: 'remove' },
] as const

export type TenantId = (typeof tenants)[number]['id']

/** Their values are never in a row. */
export const tokens = {
  aws: 'token-of-the-tenant-aws-K7pQ2mXv9RtB',
  entra: 'token-of-the-tenant-entra-W3nZ8cLd5HyG',
  rfc: 'token/of+the=tenant-rfc-J6fT1bSx4MwE',
  removing: 'token-of-the-tenant-removing-P9kV2gCq7NaU',
  read: 'token-that-reads-only-D4rY8jFh3KsL',
  expired: 'token-that-has-expired-B5tN6wQe1ZxM',
  deleted: 'token-that-is-deleted-G2hC7uJv8PdR',
} as const

export const client = { id: 'client-of-the-proof', secret: 'secret+of/the=client-X8mR5vT2qL' } as const

export const keys: Readonly<Record<Signing['key'], { readonly id: string; readonly secret: string }>> = {
  full: { id: 'SCIMA2B3C4D5E6F7G2H3', secret: 'abcdefghijklmnopqrstuvwxyz0123456789ABCD' },
  read: { id: 'SCIMREADSONLYA2B3C4D', secret: 'ReAdOnLyklmnopqrstuvwxyz0123456789ABCDEF' },
  deleted: { id: 'SCIMDELETEDA2B3C4D5E', secret: 'DeLeTeDhijklmnopqrstuvwxyz0123456789ABCD' },
  unknown: { id: 'SCIMUNKNOWNA2B3C4D5E', secret: 'UnKnOwNhijklmnopqrstuvwxyz0123456789ABCD' },
  'wrong-secret': { id: 'SCIMA2B3C4D5E6F7G2H3', secret: 'WrOnGhijklmnopqrstuvwxyz0123456789ABCDEF' },
}

/** The flags of a server, besides those of its database and ports. */
export const serverFlags: readonly string[] = [
  ...['--tenant=aws', '--profile=aws', `--token=${tokens.aws}`, '--aws-region=us-east-1'],
  ...[
    `--aws-access-key=${keys.full.id}:${keys.full.secret}`,
    '--seal-key=the-seal-key-of-the-proof-of-rows-0123456789',
  ],
]

export const usersPerTenant = 12
export const groupsPerTenant = 3

export const numberOf = (tenant: TenantId): number => tenants.findIndex(({ id }) => id === tenant) + 1
const idsOf = (tenant: TenantId, from: number, count: number) =>
  Array.from({ length: count }, (_, at) => placeholder(numberOf(tenant), from + at))
/** The placeholders of the resources of a tenant. */
export const usersOf = (tenant: TenantId): readonly string[] => idsOf(tenant, 1, usersPerTenant)
export const groupsOf = (tenant: TenantId): readonly string[] => idsOf(tenant, 101, groupsPerTenant)

export const scimPath = (tenant: string): string => `/${tenant}/scim/v2`

export const scimHeaders = (token: string): readonly string[] => [
  `Authorization: Bearer ${token}`,
  'Content-Type: application/scim+json',
]

const consoleStep = (method: string, path: string, body?: unknown, keep?: string): Step => ({
  to: 'console',
  method,
  path,
  ...(body !== undefined && { body }),
  ...(keep !== undefined && { keep }),
})

export const newUser = (userName: string, more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName,
  displayName: `User ${userName}`,
  name: { givenName: 'Marge', familyName: 'Simpson' },
  emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
  active: true,
  ...more,
})

/** Tenants, tokens, clients, keys and resources. */
export function setupSteps(): readonly Step[] {
  const [, ...others] = tenants
  const retired = placeholder(0, 1)
  const expiring = placeholder(0, 2)
  return [
    ...others.flatMap(tenant => [
      consoleStep('POST', '/tenants', tenant),
      consoleStep('POST', `/tenants/${tenant.id}/tokens`, { value: tokens[tenant.id] }),
    ]),
    consoleStep('POST', '/tenants/aws/tokens', { value: tokens.read, access: 'read' }),
    consoleStep('POST', '/tenants/rfc/tokens', { value: tokens.deleted }, retired),
    consoleStep('DELETE', `/tenants/rfc/tokens/${retired}`),
    consoleStep('POST', '/tenants/entra/tokens', { value: tokens.expired }, expiring),
    consoleStep('POST', `/tenants/entra/tokens/${expiring}/expire`),
    consoleStep('POST', '/tenants/rfc/clients', { id: client.id, secret: { value: client.secret } }),
    consoleStep('POST', '/tenants/aws/access-keys', keys.deleted),
    consoleStep('DELETE', `/tenants/aws/access-keys/${keys.deleted.id}`),
    consoleStep('POST', '/tenants/aws/access-keys', { ...keys.read, access: 'read' }),
    ...tenants.flatMap(({ id }) => resourcesOf(id)),
  ]
}

function resourcesOf(tenant: TenantId): readonly Step[] {
  const post = (type: string, body: object, keep: string): Step => ({
    to: 'scim',
    requests: [
      {
        bytes: requestBytes({
          method: 'POST',
          target: `${scimPath(tenant)}/${type}`,
          headers: scimHeaders(tokens[tenant]),
          body: JSON.stringify(body),
        }),
        keep,
      },
    ],
  })
  return [
    ...usersOf(tenant).map((keep, at) => post('Users', newUser(at === 0 ? 'taken' : `known-${at}`), keep)),
    ...groupsOf(tenant).map((keep, at) =>
      post(
        'Groups',
        { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: `g${at}` },
        keep,
      ),
    ),
  ]
}
