import { ConfidentialClientApplication } from '@azure/msal-node'

// Calls the token endpoint as an application with MSAL, which accepts TLS only: NODE_EXTRA_CA_CERTS is read at the start of a process.

type Input = {
  readonly tokenEndpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: readonly (readonly string[])[]
}

const { tokenEndpoint, clientId, clientSecret, scopes } = JSON.parse(process.argv[2] ?? '') as Input
const { origin, host, pathname } = new URL(tokenEndpoint)
const [, tenant] = pathname.split('/')
const authority = `${origin}/${tenant}`
const app = new ConfidentialClientApplication({
  auth: {
    clientId,
    clientSecret,
    authority,
    knownAuthorities: [host],
    authorityMetadata: JSON.stringify({
      issuer: authority,
      token_endpoint: tokenEndpoint,
      authorization_endpoint: `${authority}/authorize`,
      jwks_uri: `${authority}/keys`,
    }),
  },
})

const results = []
for (const requested of scopes) {
  try {
    const result = await app.acquireTokenByClientCredential({ scopes: [...requested] })
    results.push({ token: result?.accessToken, fromCache: result?.fromCache })
  } catch (error) {
    const { errorCode, message } = error as { readonly errorCode?: string; readonly message: string }
    results.push({ error: errorCode, message })
  }
}
process.stdout.write(JSON.stringify(results))
