import type { Test } from 'tap'
import type {
  AuthenticationWay,
  RequestedCredentials,
} from '../../src/provisioning/entra/credentials/create-credentials.ts'
import {
  provisioningAppId,
  provisioningObjectId,
  workloadAppId,
} from '../../src/provisioning/entra/credentials/microsoft.ts'
import { startTokenService, type TokenService } from '../../src/provisioning/entra/token-service.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import type { TenantOfTest } from './entra-tenants.ts'

const directory = '01234567-89ab-4def-8123-456789abcdef'
const templateId = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'

type CreatedClient = {
  readonly id: string
  readonly secret: { readonly id: string; readonly value: string }
  readonly tokenEndpoint: string
}

/** Credentials that a tenant accepts, and what happens to them at their issuer. */
export type AcceptedCredentials = {
  readonly settings: RequestedCredentials
  /** Has the stand-in for Entra sign with a new key, and the server fetch it. */
  rotateKeys(): Promise<void>
}

type Options = { readonly asMicrosoft?: boolean }

/** Has a tenant accept a job that authenticates in this way. */
export async function acceptedCredentials(
  t: Pick<Test, 'teardown'>,
  tenant: TenantOfTest,
  auth: Exclude<AuthenticationWay, 'secret-token'>,
  { asMicrosoft = false }: Options = {},
): Promise<AcceptedCredentials> {
  const refreshOn401 = true
  if (auth === 'client-credentials') {
    const { id, secret, tokenEndpoint } = await createClient(tenant, {})
    const client = { clientId: id, clientSecret: secret.value, clientAuth: 'post' } as const
    const settings = { auth, tokenEndpoint, ...client, scope: undefined, refreshOn401 }
    return { settings, rotateKeys: async () => {} }
  }
  const standIn = await startTokenService({ port: 0, tenantId: directory, asMicrosoft })
  t.teardown(() => standIn.close())
  if (auth === 'entra-token') {
    const id = await trust(tenant, asMicrosoft ? entraIssuer(standIn) : ownIssuer(standIn, 'v1'))
    return {
      settings: { auth, issuer: standIn.address, refreshOn401 },
      rotateKeys: () => rotateKeys(tenant, standIn, id),
    }
  }
  const assertion = asMicrosoft ? entraAssertion(standIn) : ownAssertion(standIn)
  const { id: clientId, tokenEndpoint } = await createClient(tenant, { assertion })
  return {
    settings: { auth, tokenEndpoint, clientId, issuer: standIn.address, scope: 'scim', refreshOn401 },
    // A trusted issuer with the same metadata has the same keys.
    rotateKeys: async () => rotateKeys(tenant, standIn, await trust(tenant, ownIssuer(standIn, 'v2'))),
  }
}

const createClient = async (tenant: TenantOfTest, more: JsonObject) =>
  (await tenant.call('POST', '/clients', { name: 'Entra ID', ...more })) as CreatedClient

const trust = async (tenant: TenantOfTest, issuer: JsonObject): Promise<string> =>
  ((await tenant.call('POST', '/issuers', issuer)) as { readonly id: string }).id

/** A check fetches the keys at once. */
async function rotateKeys(tenant: TenantOfTest, standIn: TokenService, issuer: string): Promise<void> {
  await standIn.rotateKeys()
  await tenant.call('POST', `/issuers/${issuer}/check`, {})
}

const ownIssuer = ({ issuers }: TokenService, version: 'v1' | 'v2') => ({
  kind: 'oauth',
  issuer: issuers[version],
  audiences: [templateId],
  clients: [provisioningAppId],
})

const entraIssuer = ({ keys }: TokenService) => ({ kind: 'entra', directory, jwks: keys })

const ownAssertion = ({ issuers }: TokenService) => ({
  kind: 'issuer',
  issuer: issuers.v2,
  subject: provisioningObjectId,
  audiences: [`api://${workloadAppId}`],
  caller: workloadAppId,
})

const entraAssertion = ({ keys }: TokenService) => ({
  kind: 'entra',
  directory,
  application: workloadAppId,
  principal: provisioningObjectId,
  jwks: keys,
})
