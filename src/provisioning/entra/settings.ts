import { type Composed, configurable, type Given, requirement } from '../kit/job-file.ts'
import * as kit from '../kit/settings.ts'
import { choice, flag, number, setting, text, type Values } from '../kit/settings.ts'
import {
  type AuthenticationWay,
  authenticationWays,
  type CredentialSettings,
} from './credentials/create-credentials.ts'
import { tokenServiceAddress } from './credentials/microsoft.ts'
import { defaultJobConfig, requestsPerSecond } from './job/job-state.ts'

const url = kit.address({
  example: 'http://127.0.0.1:8080/acme/oauth2/token',
  withoutCredentials: "can't contain a user name or password",
  withoutFragment: "can't contain a fragment",
})

const clientSecretVariable = 'SCIMULATOR_ENTRA_CLIENT_SECRET'

export const authSettings = {
  auth: setting(
    '--auth <way>',
    choice(authenticationWays),
    'Authentication: `secret-token`, `client-credentials`, `entra-token` (the Secret Token left empty) or `federation`',
    { defaultValue: 'secret-token' },
  ),
  token: kit.secret('--token <token>', 'SCIMULATOR_ENTRA_TOKEN', kit.token.optional(), 'secret token'),
  tokenEndpoint: setting(
    '--token-endpoint <url>',
    url.optional(),
    'URL that issues access tokens to the client',
    { required: 'the URL that issues access tokens' },
  ),
  clientId: setting('--client-id <id>', text.optional(), 'Client identifier at the token endpoint', {
    required: 'the client identifier at the token endpoint',
  }),
  clientSecret: kit.secret(
    '--client-secret <secret>',
    clientSecretVariable,
    text.optional(),
    'client secret',
    `better set ${clientSecretVariable}`,
  ),
  clientAuth: setting(
    '--client-auth <where>',
    choice(['post', 'basic']).optional(),
    'Send the client secret in the body (`post`) or in the Authorization header (`basic`) (default: post)',
  ),
  oauthScope: setting(
    '--oauth-scope <scope>',
    text.optional(),
    'Scope of the token request (default: none; `scim` with `federation`)',
  ),
  issuer: setting(
    '--issuer <url>',
    url.transform(tokenServiceAddress).optional(),
    'Issuer of Entra ID’s own tokens, as `scimulator entra issuer` prints it',
    { required: 'the address that `scimulator entra issuer` prints' },
  ),
  refreshOn401: flag('--no-refresh-on-401', 'Request no other access token after a 401'),
} as const

const settings = {
  url: setting(
    '--url <url>',
    kit.endpointUrl.optional(),
    'Tenant URL of the SCIM endpoint; append `?aadOptscim062020` to set Entra ID’s SCIM compliance flag',
    { required: 'the tenant URL of the SCIM endpoint' },
  ),
  ...authSettings,
  directory: kit.directory('the file or folder to provision from'),
  mapping: setting('--mapping <name or file>', text, 'Attribute mapping: `aws`, `non-gallery` or a file', {
    defaultValue: 'aws',
    isPath: value => value !== 'aws' && value !== 'non-gallery',
  }),
  scope: setting(
    '--scope <scope>',
    choice(['assigned', 'all']),
    'Provision `assigned` users and groups only, or `all`',
    { defaultValue: defaultJobConfig.scope },
  ),
  state: kit.stateFile('data/entra.json', 'links, escrows, watermark'),
  skipOutOfScopeDeletions: flag(
    '--skip-out-of-scope-deletions',
    'Leave users unchanged when they go out of scope',
  ),
  disabledUnlinked: setting(
    '--disabled-unlinked <skip or disable>',
    choice(['skip', 'disable']),
    'Disabled users without a link: `skip` them, as Microsoft documents, or match them and `disable` them in the target',
    { defaultValue: defaultJobConfig.disabledUnlinked },
  ),
  accidentalDeletionThreshold: setting(
    '--accidental-deletion-threshold <number>',
    number(0).optional(),
    'Hold the disables and deletions of a cycle if there are more than this',
  ),
  memberBatchSize: setting('--member-batch-size <number>', number(1), 'Members per request', {
    defaultValue: String(defaultJobConfig.memberBatchSize),
  }),
  memberConcurrency: setting(
    '--member-concurrency <number>',
    number(1),
    'Concurrent member requests per group',
    { defaultValue: String(defaultJobConfig.memberConcurrency) },
  ),
  concurrency: setting('--concurrency <number>', number(1), 'Users or groups provisioned concurrently', {
    defaultValue: String(defaultJobConfig.concurrency),
  }),
  maxRps: kit.maxRps(requestsPerSecond),
  honorRetryAfter: flag('--honor-retry-after', 'Honor Retry-After in 429 and 503 responses', {
    deprecated: { key: 'honourRetryAfter', flag: '--honour-retry-after' },
  }),
  probeEveryCycle: flag('--no-probe-every-cycle', 'Probe before the initial cycle only'),
  sendManagerOnCreate: flag('--send-manager-on-create', 'Include the manager when creating a user'),
  activeAsStringOnCreate: flag(
    '--active-as-string-on-create',
    'Send `"True"` instead of `true` when creating a user',
  ),
  memberNullRef: flag('--member-null-ref', 'Send `"$ref": null` with each member'),
  groupSchemaMs: flag('--no-group-schema-ms', "Omit Microsoft's schema when creating a group"),
  keepFlagInQuery: flag('--keep-flag-in-query', "Keep the tenant URL's query in each request"),
  timeout: kit.timeout('100s'),
} as const

type AuthKey = Exclude<keyof typeof authSettings, 'auth'>

const optionsOfWay: Readonly<
  Record<AuthenticationWay, { needs: readonly AuthKey[]; takes: readonly AuthKey[] }>
> = {
  'secret-token': { needs: ['token'], takes: [] },
  'client-credentials': {
    needs: ['tokenEndpoint', 'clientId', 'clientSecret'],
    takes: ['clientAuth', 'oauthScope', 'refreshOn401'],
  },
  'entra-token': { needs: ['issuer'], takes: ['refreshOn401'] },
  federation: { needs: ['tokenEndpoint', 'clientId', 'issuer'], takes: ['oauthScope', 'refreshOn401'] },
}

const isWay = (auth: unknown): auth is AuthenticationWay => authenticationWays.some(way => way === auth)

function missingAuth(given: Given, { auth }: { readonly auth?: unknown }): readonly string[] {
  if (!isWay(auth)) return []
  const how = auth === 'secret-token' ? '' : ` with --auth ${auth}`
  return optionsOfWay[auth].needs
    .filter(key => !given.has(key))
    .map(key => requirement(authSettings, key, how))
}

/** Variables of the environment may be set for other commands. */
function inapplicableAuth(given: Given, { auth }: { readonly auth?: unknown }): readonly string[] {
  if (!isWay(auth)) return []
  const { needs, takes } = optionsOfWay[auth]
  const applicable: readonly string[] = ['auth', ...needs, ...takes]
  return Object.keys(authSettings).flatMap(key => {
    const found = given.get(key)
    if (!found || found.isFromEnvironment || applicable.includes(key)) return []
    return [`${found.name} does not apply to --auth ${auth}.`]
  })
}

function credentialsOf(settings: Values<typeof authSettings>): CredentialSettings | undefined {
  const { auth, token, tokenEndpoint, clientId, clientSecret, issuer, refreshOn401, oauthScope } = settings
  switch (auth) {
    case 'secret-token':
      return token === undefined ? undefined : { auth, token }
    case 'client-credentials': {
      if (tokenEndpoint === undefined || clientId === undefined || clientSecret === undefined)
        return undefined
      const { clientAuth = 'post' } = settings
      return { auth, tokenEndpoint, clientId, clientSecret, clientAuth, scope: oauthScope, refreshOn401 }
    }
    case 'entra-token':
      return issuer === undefined ? undefined : { auth, issuer, refreshOn401 }
    case 'federation':
      if (tokenEndpoint === undefined || clientId === undefined || issuer === undefined) return undefined
      return { auth, tokenEndpoint, clientId, issuer, scope: oauthScope ?? 'scim', refreshOn401 }
  }
}

const credentials: Composed<typeof settings, CredentialSettings | undefined> = {
  of: credentialsOf,
  missing: missingAuth,
  inapplicable: inapplicableAuth,
}

type Parts = { readonly credentials: CredentialSettings | undefined }

export const entraSettings = configurable<typeof settings, Parts>({
  name: 'entra',
  settings,
  composed: { credentials },
  hasExample: ({ auth }) => auth === 'secret-token',
})

export type EntraSettings = Values<typeof settings> & Parts
