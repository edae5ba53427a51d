import { maskedUrl } from '../console/webhooks/webhooks.ts'

/** A server setting. `--help`, the tables in the documentation and the reader of flags use this list. */
export type Setting = {
  /** Its name in Config; the flag in camel case. */
  readonly key: string
  readonly flag: string
  readonly variable: string
  readonly defaultValue?: string
  /** Needs no value on the command line. */
  readonly isSwitch?: true
  /** Describes a default that is not a fixed value. */
  readonly defaultText?: string
  readonly description: string
  /** Formats a value that is or contains a secret. */
  readonly mask?: (value: string) => string
}

/** A setting with the value that the server uses. */
export type EffectiveSetting = {
  readonly flag: string
  readonly variable: string
  readonly description: string
  /** Without secrets. */
  readonly value: string
  readonly source: 'flag' | 'environment' | 'default'
}

const hideValue = () => '***'
const hideSecretOfKey = (value: string) => `${value.split(':')[0]}:***`
const maskUrls = (value: string) => value.split(/\s+/).filter(Boolean).map(maskedUrl).join(' ')

const defineSetting = (
  key: string,
  flag: string,
  description: string,
  rest: Partial<Setting> = {},
): Setting => ({
  key,
  flag,
  variable: `SCIMULATOR_${flag.toUpperCase().replaceAll('-', '_')}`,
  description,
  ...rest,
})

export const settings: readonly Setting[] = [
  defineSetting('host', 'host', 'SCIM listen address', { defaultValue: '127.0.0.1' }),
  defineSetting('port', 'port', 'SCIM port; 0 picks a free port', { defaultValue: '8080' }),
  defineSetting('consoleHost', 'console-host', 'Console listen address', { defaultValue: '127.0.0.1' }),
  defineSetting('consolePort', 'console-port', 'Console port; 0 picks a free port', {
    defaultValue: '8081',
  }),
  defineSetting(
    'consoleToken',
    'console-token',
    'Token that the console requires (`Authorization: Bearer`); at least 16 characters unless the console listens on loopback only',
    {
      defaultText: 'none on loopback; otherwise generated at each start, or required with `--database-url`',
      mask: hideValue,
    },
  ),
  defineSetting(
    'consoleIssuer',
    'console-issuer',
    'OpenID provider with which people sign in to the console; for Entra ID `https://login.microsoftonline.com/{tenant id}/v2.0`',
    { defaultText: 'none: no sign-in' },
  ),
  defineSetting('consoleClientId', 'console-client-id', 'Client ID of the console at the OpenID provider', {
    defaultText: 'none',
  }),
  defineSetting(
    'consoleClientSecret',
    'console-client-secret',
    'Client secret of the console; other users of this machine can read flags, so prefer the variable',
    { defaultText: 'none: a public client', mask: hideValue },
  ),
  defineSetting(
    'consoleUrl',
    'console-url',
    'URL under which browsers reach the console; its redirect URI is `{url}/auth/callback`. Required for sign-in beyond loopback',
    { defaultText: '`http://localhost:{port}`' },
  ),
  defineSetting(
    'consoleReaders',
    'console-readers',
    'Who may read: conditions `claim=value` on the ID token, space-separated; any of them suffices',
    { defaultValue: 'roles=Scimulator.Read' },
  ),
  defineSetting('consoleWriters', 'console-writers', 'Who may also write: conditions as for readers', {
    defaultValue: 'roles=Scimulator.Write',
  }),
  defineSetting(
    'consoleAudience',
    'console-audience',
    'Audience of access tokens of the OpenID provider that the console API accepts',
    { defaultText: 'none: it accepts none' },
  ),
  defineSetting(
    'consoleRecent',
    'console-recent',
    'Maximum age of an authentication for what cannot be undone, such as a purge',
    { defaultValue: '5m' },
  ),
  defineSetting(
    'consoleAcr',
    'console-acr',
    'Authentication context (`acr`) that is required for what cannot be undone; for Entra ID one of `c1` to `c99`',
    { defaultText: 'none' },
  ),
  defineSetting('consoleSession', 'console-session', 'Longest session of a person, at most `8h`', {
    defaultValue: '8h',
  }),
  defineSetting('awsHost', 'aws-host', 'Listen address of the AWS APIs', { defaultValue: '127.0.0.1' }),
  defineSetting('awsPort', 'aws-port', 'Port of the AWS APIs; 0 picks a free port', { defaultValue: '8082' }),
  defineSetting('noAws', 'no-aws', 'Turn off the AWS APIs', { defaultValue: 'off', isSwitch: true }),
  defineSetting('awsRegion', 'aws-region', 'AWS region of the AWS APIs', {
    defaultValue: 'us-east-1',
  }),
  defineSetting(
    'awsAuth',
    'aws-auth',
    '`sigv4` verifies the signatures of requests to the AWS APIs; `any` accepts any credentials, on loopback only',
    { defaultValue: 'sigv4' },
  ),
  defineSetting(
    'awsAccessKey',
    'aws-access-key',
    'Initial access key for the AWS APIs as `id:secret`, for CI',
    {
      defaultText: 'generated if the start report shows it; otherwise none',
      mask: hideSecretOfKey,
    },
  ),
  defineSetting(
    'sealKey',
    'seal-key',
    'Random text of at least 32 characters that encrypts the secrets of access keys; the same on every instance. Prefer the variable: other users of this machine can read flags',
    { defaultText: 'the file `<data>.seal-key`; access keys need it with `--database-url`', mask: hideValue },
  ),
  defineSetting('data', 'data', 'SQLite file', { defaultValue: 'data/scimulator.db' }),
  defineSetting('memory', 'memory', 'Keep data in memory only', { defaultValue: 'off', isSwitch: true }),
  defineSetting(
    'databaseUrl',
    'database-url',
    'PostgreSQL database instead of a SQLite file: `postgres://user:password@host:port/database`. Other users of this machine can read flags, so prefer the variable',
    { defaultText: 'none', mask: hideValue },
  ),
  defineSetting('databaseSchema', 'database-schema', 'PostgreSQL schema of the tables', {
    defaultValue: 'public',
  }),
  defineSetting('databaseLanes', 'database-lanes', 'PostgreSQL connections that write', {
    defaultValue: '2',
  }),
  defineSetting('databaseReaders', 'database-readers', 'PostgreSQL connections that read', {
    defaultValue: '4',
  }),
  defineSetting(
    'databaseListen',
    'database-listen',
    'PostgreSQL notifications (`LISTEN`) between instances; if off, instances poll for changes several times per second',
    { defaultValue: 'on', isSwitch: true },
  ),
  defineSetting(
    'databaseMigrate',
    'database-migrate',
    'Create and upgrade the PostgreSQL tables at startup; if off, use `scimulator migrate`',
    { defaultValue: 'on', isSwitch: true },
  ),
  defineSetting(
    'keepExchanges',
    'keep-exchanges',
    'Maximum number of requests with valid credentials in the journal; in addition, it keeps a tenth of that number without',
    {
      defaultValue: '100000',
    },
  ),
  defineSetting(
    'keepBytes',
    'keep-bytes',
    'Maximum size of the requests in the journal, such as `500MB` or `2GB`; `off` for no limit',
    { defaultText: '`1GB`; `off` for a database that an earlier version created' },
  ),
  defineSetting('keepDays', 'keep-days', 'Maximum age of requests in the journal, in days', {
    defaultValue: '90',
  }),
  defineSetting(
    'journalListLength',
    'journal-list-length',
    'How many characters of the response to a list or search the journal stores, up to 65536, as of other bodies',
    { defaultValue: '16384' },
  ),
  defineSetting('keepAuditDays', 'keep-audit-days', 'Maximum age of entries of the audit log, in days', {
    defaultValue: '400',
  }),
  defineSetting(
    'webhook',
    'webhook',
    'Webhook URLs, space-separated; they receive first contacts, failures, findings and expiring tokens',
    {
      defaultText: 'none',
      mask: maskUrls,
    },
  ),
  defineSetting(
    'webhookSecret',
    'webhook-secret',
    'Secrets `whsec_…` that sign webhook messages, space-separated; set two during a rotation',
    { defaultText: 'none: messages are not signed', mask: hideValue },
  ),
  defineSetting('tenant', 'tenant', 'ID of the first tenant', { defaultText: 'generated' }),
  defineSetting('token', 'token', 'Value of the initial token, for CI', {
    defaultText: 'generated if the start report shows it, or with `--token-file`; otherwise none',
    mask: hideValue,
  }),
  defineSetting('tokenFile', 'token-file', 'File for the generated initial token, mode 0600', {
    defaultText: 'none',
  }),
  defineSetting('profile', 'profile', 'Profile of the first tenant: `aws`, `entra` or `rfc`', {
    defaultValue: 'aws',
  }),
  defineSetting(
    'publicUrl',
    'public-url',
    'URL under which clients reach the SCIM listener; with the path of a tenant, the default audience of its JWTs',
    { defaultText: 'none' },
  ),
  defineSetting(
    'entraTenant',
    'entra-tenant',
    'Tenant ID of an Entra directory; the first tenant, with the profile `entra` or `rfc`, accepts the tokens that Entra issues itself if the Secret Token is empty',
    { defaultText: 'none' },
  ),
  defineSetting(
    'issuer',
    'issuer',
    'Issuer (`iss`) whose JWTs the first tenant accepts, with the profile `entra` or `rfc`',
    { defaultText: 'none' },
  ),
  defineSetting('audience', 'audience', 'Audiences (`aud`) of the JWTs of `--issuer`, space-separated', {
    defaultText: 'the URL of the SCIM endpoint, with `--public-url`',
  }),
  defineSetting('jwks', 'jwks', 'URL of the keys of `--issuer`', {
    defaultText: 'from the metadata of the issuer',
  }),
  defineSetting(
    'clientId',
    'client-id',
    'Client ID of the first client of the token endpoint of the first tenant, with the profile `entra` or `rfc`, for CI',
    { defaultText: 'none' },
  ),
  defineSetting(
    'clientSecret',
    'client-secret',
    'Secret of `--client-id`, at least 16 characters. Prefer the variable: other users of this machine can read flags',
    { defaultText: 'none', mask: hideValue },
  ),
  defineSetting('onDelete', 'on-delete', 'Effect of DELETE: `retain` a disabled record, or `remove` it', {
    defaultValue: 'retain',
  }),
  defineSetting('throttle', 'throttle', '`aws` returns 429 above 25 writes/s or 40 reads/s per tenant', {
    defaultValue: 'off',
  }),
  defineSetting('tlsCert', 'tls-cert', 'Certificate file (PEM); turns on HTTPS for the SCIM listener', {
    defaultText: 'none',
  }),
  defineSetting('tlsKey', 'tls-key', 'Private key file (PEM) of the certificate', { defaultText: 'none' }),
  defineSetting(
    'json',
    'json',
    'Report the start as one line of JSON on standard output, with generated credentials; the log goes to standard error',
    { defaultValue: 'off', isSwitch: true },
  ),
  defineSetting('logLevel', 'log-level', '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`', {
    defaultValue: 'info',
  }),
  defineSetting('logFormat', 'log-format', '`pretty` or `json`', {
    defaultText: '`pretty` on a terminal, else `json`',
  }),
]
