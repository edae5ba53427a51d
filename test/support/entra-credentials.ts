import type { Test } from 'tap'
import type {
  AuthenticationWay,
  RequestedCredentials,
} from '../../src/entra/credentials/create-credentials.ts'
import {
  provisioningAppId,
  provisioningObjectId,
  workloadAppId,
} from '../../src/entra/credentials/microsoft.ts'
import { startTokenService, type TokenService } from '../../src/entra/token-service/token-service.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import type { TenantOfTest } from './entra-tenants.ts'

const directory = '01234567-89ab-4def-8123-456789abcdef'
const templateId = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'

type CreatedClient = {
  readonly id: string
  readonly secret: { readonly id: string; readonly value: string }
  readonly tokenEndpoint: string
}

/** Credentials that a tenant accepts, and the stand-in that issues Entra's own tokens. */
export type AcceptedCredentials = {
  readonly settings: RequestedCredentials
  readonly standIn?: TokenService
}

/** Has a tenant accept a job that authenticates in this way. */
export async function acceptedCredentials(
  t: Pick<Test, 'teardown'>,
  tenant: TenantOfTest,
  auth: Exclude<AuthenticationWay, 'secret-token'>,
  { asMicrosoft = false } = {},
): Promise<AcceptedCredentials> {
  const refreshOn401 = true
  if (auth === 'client-credentials') {
    const { id, secret, tokenEndpoint } = await createClient(tenant, {})
    const clientSecret = secret.value
    const clientAuth = 'post'
    return {
      settings: {
        auth,
        tokenEndpoint,
        clientId: id,
        clientSecret,
        clientAuth,
        scope: undefined,
        refreshOn401,
      },
    }
  }
  const standIn = await startTokenService({ port: 0, tenantId: directory, asMicrosoft })
  t.teardown(() => standIn.close())
  const { address: issuer, issuers, keys: jwks } = standIn
  if (auth === 'entra-token') {
    const audience = { audiences: [templateId], clients: [provisioningAppId] }
    await tenant.call(
      'POST',
      '/issuers',
      asMicrosoft ? { kind: 'entra', directory, jwks } : { kind: 'oauth', issuer: issuers.v1, ...audience },
    )
    return { settings: { auth, issuer, refreshOn401 }, standIn }
  }
  const assertion = asMicrosoft
    ? { kind: 'entra', directory, application: workloadAppId, principal: provisioningObjectId, jwks }
    : {
        kind: 'issuer',
        issuer: issuers.v2,
        subject: provisioningObjectId,
        audiences: [`api://${workloadAppId}`],
        caller: workloadAppId,
      }
  const { id: clientId, tokenEndpoint } = await createClient(tenant, { assertion })
  return { settings: { auth, tokenEndpoint, clientId, issuer, scope: 'scim', refreshOn401 }, standIn }
}

const createClient = async (tenant: TenantOfTest, more: JsonObject) =>
  (await tenant.call('POST', '/clients', { name: 'Entra ID', ...more })) as CreatedClient
