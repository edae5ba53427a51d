/** Microsoft.Azure.SyncFabric, the application that provisions (azure-docs#21660). */
export const provisioningAppId = '00000014-0000-0000-c000-000000000000'

/** The template of every custom application: the audience of tokens for an empty Secret Token. */
export const customAppTemplateId = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'

export const workloadAppId = '6f0e0c35-52a8-4d43-9d0c-0b8a3f5d7a11'

export const provisioningObjectId = '2c8f4e1a-93b7-4f60-8a55-7d1e6b9c0f24'
export const workloadObjectId = '91d5b7c2-0e4f-4a8b-b6d3-5f2a7c8e1b90'

export const tokenServicePaths = (tenantId: string) => ({
  v1: {
    metadata: `/${tenantId}/.well-known/openid-configuration`,
    keys: `/${tenantId}/discovery/keys`,
    token: `/${tenantId}/oauth2/token`,
  },
  v2: {
    metadata: `/${tenantId}/v2.0/.well-known/openid-configuration`,
    keys: `/${tenantId}/discovery/v2.0/keys`,
    token: `/${tenantId}/oauth2/v2.0/token`,
  },
})

export const tokenServiceAddress = (issuer: string): string =>
  issuer.replace(/\/+$/, '').replace(/\/v2\.0$/, '')

/** Not a path of Microsoft's: scenarios and tests rotate the keys of the stand-in with it. */
export const rotationPath = '/rotate-keys'

export const rotationUrl = (address: string): string => new URL(rotationPath, address).href
