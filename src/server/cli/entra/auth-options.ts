import { z } from 'zod'
import {
  type AuthenticationWay,
  authenticationWays,
  type CredentialSettings,
} from '../../../provisioning/entra/credentials/create-credentials.ts'
import { tokenServiceAddress } from '../../../provisioning/entra/credentials/microsoft.ts'
import { type JobOption, option, type SettingSource } from '../job-option.ts'
import { text, token } from '../setting-schemas.ts'

export const tokenVariable = 'SCIMULATOR_ENTRA_TOKEN'
export const clientSecretVariable = 'SCIMULATOR_ENTRA_CLIENT_SECRET'

/** The options that decide how a job authenticates. */
export const authOptions: readonly JobOption[] = [
  option(
    'auth',
    'auth',
    'Authentication: `secret-token`, `client-credentials`, `entra-token` (the Secret Token left empty) or `federation`',
    { value: '<way>', defaultValue: 'secret-token' },
  ),
  option('token', 'token', `Secret token; prefer \`${tokenVariable}\`; not allowed in the job file`, {
    value: '<token>',
    secretVariable: tokenVariable,
  }),
  option('tokenEndpoint', 'token-endpoint', 'URL that issues access tokens to the client', {
    value: '<url>',
  }),
  option('clientId', 'client-id', 'Client identifier at the token endpoint', { value: '<id>' }),
  option(
    'clientSecret',
    'client-secret',
    `Client secret; prefer \`${clientSecretVariable}\`; not allowed in the job file`,
    { value: '<secret>', secretVariable: clientSecretVariable },
  ),
  option(
    'clientAuth',
    'client-auth',
    'Send the client secret in the body (`post`) or in the Authorization header (`basic`) (default: post)',
    { value: '<where>' },
  ),
  option(
    'oauthScope',
    'oauth-scope',
    'Scope of the token request (default: none; `scim` with `federation`)',
    {
      value: '<scope>',
    },
  ),
  option('issuer', 'issuer', 'Issuer of Entra ID’s own tokens, as `scimulator entra issuer` prints it', {
    value: '<url>',
  }),
  option('refreshOn401', 'no-refresh-on-401', 'Request no other access token after a 401', {
    turnsOff: true,
  }),
]

const url = z.string('must be a URL').superRefine((value, context) => {
  const parsed = URL.parse(value)
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    context.addIssue('must be a URL such as http://127.0.0.1:8080/acme/oauth2/token')
  } else if (parsed.username !== '' || parsed.password !== '') {
    context.addIssue("can't contain a user name or password")
  } else if (parsed.hash !== '') {
    context.addIssue("can't contain a fragment")
  }
})

/** The schema of these options: each is optional, since the way of authentication decides which it needs. */
export const authSchema = z.object({
  auth: z.enum(authenticationWays, `must be one of ${authenticationWays.join(', ')}`),
  token: token.optional(),
  tokenEndpoint: url.optional(),
  clientId: text.optional(),
  clientSecret: text.optional(),
  clientAuth: z.enum(['post', 'basic'], 'must be post or basic').optional(),
  oauthScope: text.optional(),
  issuer: url.transform(tokenServiceAddress).optional(),
  refreshOn401: z.boolean('must be true or false').default(true),
})

type AuthSettings = Readonly<z.output<typeof authSchema>>
type AuthKey = Exclude<keyof AuthSettings, 'auth'>

/** The options that each way needs, and those that it also takes. */
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

const meanings: Readonly<Partial<Record<AuthKey, string>>> = {
  token: `the secret token, or set ${tokenVariable}`,
  tokenEndpoint: 'the URL that issues access tokens',
  clientId: 'the client identifier at the token endpoint',
  clientSecret: `better set ${clientSecretVariable}`,
  issuer: 'the address that `scimulator entra issuer` prints',
}

const flagOf = (key: AuthKey) => `--${authOptions.find(each => each.key === key)?.flag}`

const isWay = (auth: unknown): auth is AuthenticationWay => authenticationWays.some(way => way === auth)

/** One line per option that the chosen way needs and that is missing. */
export function missingAuthOptions(auth: unknown, given: SettingSource): readonly string[] {
  if (!isWay(auth)) return []
  const way = auth === 'secret-token' ? '' : ` with --auth ${auth}`
  return optionsOfWay[auth].needs
    .filter(key => !given.has(key))
    .map(key => `${flagOf(key)} is required${way}: ${meanings[key]}.`)
}

/** One line per given option of another way. Variables of the environment may be set for other commands. */
export function inapplicableAuthOptions(auth: unknown, given: SettingSource): readonly string[] {
  if (!isWay(auth)) return []
  const { needs, takes } = optionsOfWay[auth]
  const applicable: readonly string[] = ['auth', ...needs, ...takes]
  return authOptions.flatMap(({ key }) => {
    const setting = given.get(key)
    if (!setting || setting.isFromEnvironment || applicable.includes(key)) return []
    return [`${setting.name} does not apply to --auth ${auth}.`]
  })
}

/** The credentials of settings without mistakes; undefined if the settings of the chosen way are incomplete. */
export function credentialsOf(settings: AuthSettings): CredentialSettings | undefined {
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
