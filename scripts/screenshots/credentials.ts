import type { Json } from '../../src/scim/json.ts'

type Send = (method: string, path: string, body?: Json) => Promise<unknown>

const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'

/** Clients, trusted issuers and console tokens of each kind, through the API of the console. */
export async function addCredentials(tenant: string, callApi: Send): Promise<void> {
  const clients = `/tenants/${tenant}/clients`
  await callApi('POST', clients, { name: 'Entra ID', secret: { lifetime: '30d' } })
  await callApi('POST', clients, {
    name: 'Workload of Entra',
    access: 'read',
    tokenLifetime: 60,
    assertion: {
      kind: 'entra',
      directory,
      application: '6f8c1c1e-7b8a-4a55-9f6e-3f0f4c1a2b3d',
      principal: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
    },
  })
  const issuers = `/tenants/${tenant}/issuers`
  await callApi('POST', issuers, { kind: 'entra', directory })
  await callApi('POST', issuers, {
    kind: 'oauth',
    name: 'Keycloak',
    issuer: 'https://id.example.com/realms/main',
    audiences: ['https://scim.example.com/initech/scim/v2'],
    clients: ['entra-scim'],
    scopes: { read: 'scim.read', write: 'scim.write' },
    access: 'read',
  })
  await callApi('POST', '/console-tokens', { name: 'prometheus', scope: 'metrics' })
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT of an issuer that no tenant trusts. */
export const foreignJwt = (now: number): string => {
  const seconds = Math.floor(now / 1000)
  const header = { typ: 'JWT', alg: 'RS256', kid: 'mzTaPTb2hC' }
  const claims = {
    iss: 'https://login.example.com/realms/elsewhere',
    aud: 'https://scim.example.com/initech/scim/v2',
    sub: 'provisioning',
    azp: 'scim-client',
    iat: seconds,
    exp: seconds + 3600,
  }
  return [encode(header), encode(claims), Buffer.alloc(256, 7).toString('base64url')].join('.')
}
