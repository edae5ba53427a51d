import { resolve } from 'node:path'
import { readRoleConditions } from '../console/sign-in/person.ts'
import { checkAcr, checkIssuer, readConsoleUrl, readSignInDuration } from '../console/sign-in/settings.ts'
import { readWebhookSecrets } from '../console/webhooks/delivery.ts'
import { maskedUrl, readWebhookUrls } from '../console/webhooks/webhooks.ts'
import { hostUrls, schemaProblem } from '../domain/ports/database.ts'
import { readAccessKey } from '../domain/tenants/access-keys.ts'
import { checkClientId, checkSecretText } from '../domain/tenants/oauth-clients.ts'
import { checkTenantId } from '../domain/tenants/tenant-id.ts'
import { checkTokenText } from '../domain/tenants/tokens.ts'
import { profileNames } from '../profiles/names.ts'

/** The message of the error follows the name of the setting ("must not be empty"), or is a sentence. */
type Read<Value> = (text: string) => Value

export type Setting = {
  readonly key: SettingKey
  readonly flag: string
  readonly variable: string
  readonly read: Read<unknown>
} & Description

type Description = {
  readonly description: string
  readonly defaultValue?: string
  readonly isSwitch?: true
  readonly defaultText?: string
  readonly mask?: (value: string) => string
}

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

function require(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

const text: Read<string> = value => {
  require(value !== '', 'must not be empty')
  return value
}
const path: Read<string> = value => resolve(text(value))
const hostName: Read<string> = value => {
  require(value !== '', 'must be an address or a host name')
  require(!/\s/.test(value), 'must not contain spaces')
  return value
}
const wholeNumber =
  (min: number, max: number): Read<number> =>
  value => {
    const isInRange = /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
    require(isInRange, `must be a whole number from ${min} to ${max}`)
    return Number(value)
  }
const portNumber: Read<number> = value => {
  require(/^\d+$/.test(value), 'must be a number')
  require(Number(value) <= 65535, 'must be between 0 and 65535')
  return Number(value)
}
const oneOf =
  <const Value extends string>(...values: readonly Value[]): Read<Value> =>
  value => {
    const found = values.find(one => one === value)
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`)
    return found
  }
export const isOn = (value: string): boolean => ['true', '1', 'on'].includes(value)
const onOff: Read<boolean> = value => {
  require(isOn(value) || ['false', '0', 'off'].includes(value), 'must be on or off')
  return isOn(value)
}
const checkedBy =
  (check: (value: string) => unknown): Read<string> =>
  value => {
    check(value)
    return value
  }
const region: Read<string> = value => {
  require(/^[a-z]{2}(-[a-z]+)+-\d$/.test(value), 'must be a region such as us-east-1')
  return value
}
const sealText: Read<string> = value => {
  require(value.length >= 32, 'must have at least 32 characters')
  return value
}

/** Throws an error without the URL, which may contain a password. */
const checkDatabaseUrl = (url: string) =>
  require(hostUrls(url) !== undefined, 'must be a URL such as postgres://user:password@host:5432/database')

function checkSchema(name: string): void {
  const problem = schemaProblem(name)
  require(problem === undefined, problem ?? '')
}

function checkPublicUrl(value: string): void {
  const url = URL.parse(value)
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  require(isPlain &&
    /^https?:$/.test(url.protocol), 'must be a URL such as https://scim.example.com, without a query')
}

const byteUnits: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 }
const minByteLimit = 1e6

/** A limit in bytes, infinite for `off`. */
const byteLimit: Read<number> = value => {
  if (value === 'off') return Number.POSITIVE_INFINITY
  const [, digits = '', unit = ''] = /^(\d{1,15})([MG]i?B)?$/.exec(value) ?? []
  const bytes = Number(digits) * (byteUnits[unit] ?? 1)
  const isLimit = digits !== '' && bytes >= minByteLimit && Number.isSafeInteger(bytes)
  require(isLimit, 'must be a size of at least 1MB, such as 500MB, 2GB or 1GiB, or off')
  return bytes
}

type Rest = Omit<Description, 'description'>

const setting = <Value>(description: string, read: Read<Value>, rest: Rest) => ({
  description,
  read,
  ...rest,
  isOptional: false as const,
})
const optional = <Value>(description: string, read: Read<Value>, rest: Rest = {}) => ({
  description,
  read,
  defaultText: 'none',
  ...rest,
  isOptional: true as const,
})

const definitions = {
  host: setting('SCIM listen address', hostName, { defaultValue: '127.0.0.1' }),
  port: setting('SCIM port; 0 picks a free port', portNumber, { defaultValue: '8080' }),
  consoleHost: setting('Console listen address', hostName, { defaultValue: '127.0.0.1' }),
  consolePort: setting('Console port; 0 picks a free port', portNumber, { defaultValue: '8081' }),
  consoleToken: optional(
    'Token that the console requires (`Authorization: Bearer`); at least 16 characters unless the console listens on loopback only',
    checkedBy(token => checkTokenText(token, 'A console token')),
    {
      defaultText: 'none on loopback; otherwise generated at each start, or required with `--database-url`',
      mask: hideValue,
    },
  ),
  consoleIssuer: optional(
    'OpenID provider with which people sign in to the console; for Entra ID `https://login.microsoftonline.com/{tenant id}/v2.0`',
    checkedBy(checkIssuer),
    { defaultText: 'none: no sign-in' },
  ),
  consoleClientId: optional('Client ID of the console at the OpenID provider', text),
  consoleClientSecret: optional(
    'Client secret of the console; other users of this machine can read flags, so prefer the variable',
    text,
    { defaultText: 'none: a public client', mask: hideValue },
  ),
  consoleUrl: optional(
    'URL under which browsers reach the console; its redirect URI is `{url}/auth/callback`. Required for sign-in beyond loopback',
    readConsoleUrl,
    { defaultText: '`http://localhost:{port}`' },
  ),
  consoleReaders: setting(
    'Who may read: conditions `claim=value` on the ID token, space-separated; any of them suffices',
    readRoleConditions,
    { defaultValue: 'roles=Scimulator.Read' },
  ),
  consoleWriters: setting('Who may also write: conditions as for readers', readRoleConditions, {
    defaultValue: 'roles=Scimulator.Write',
  }),
  consoleAudience: optional(
    'Audience of access tokens of the OpenID provider that the console API accepts',
    text,
    { defaultText: 'none: it accepts none' },
  ),
  consoleRecent: setting(
    'Maximum age of an authentication for what cannot be undone, such as a purge',
    readSignInDuration,
    { defaultValue: '5m' },
  ),
  consoleAcr: optional(
    'Authentication context (`acr`) that is required for what cannot be undone; for Entra ID one of `c1` to `c99`',
    checkedBy(checkAcr),
  ),
  consoleSession: setting('Longest session of a person, at most `8h`', readSignInDuration, {
    defaultValue: '8h',
  }),
  awsHost: setting('Listen address of the AWS APIs', hostName, { defaultValue: '127.0.0.1' }),
  awsPort: setting('Port of the AWS APIs; 0 picks a free port', portNumber, { defaultValue: '8082' }),
  aws: setting(
    'Also report the AWS APIs at the start: endpoint, IDs and, at the first start, a generated access key',
    onOff,
    { defaultValue: 'off', isSwitch: true },
  ),
  noAws: setting('Turn off the AWS APIs', onOff, { defaultValue: 'off', isSwitch: true }),
  awsRegion: setting('AWS region of the AWS APIs', region, { defaultValue: 'us-east-1' }),
  awsAuth: setting(
    '`sigv4` verifies the signatures of requests to the AWS APIs; `any` accepts any credentials, on loopback only',
    oneOf('sigv4', 'any'),
    { defaultValue: 'sigv4' },
  ),
  awsAccessKey: optional('Initial access key for the AWS APIs as `id:secret`, for CI', readAccessKey, {
    defaultText: 'generated with `--aws` or `--json`; otherwise none',
    mask: hideSecretOfKey,
  }),
  sealKey: optional(
    'Random text of at least 32 characters that encrypts the secrets of access keys; the same on every instance. Prefer the variable: other users of this machine can read flags',
    sealText,
    { defaultText: 'the file `<data>.seal-key`; access keys need it with `--database-url`', mask: hideValue },
  ),
  data: setting('SQLite file', path, { defaultValue: 'data/scimulator.db' }),
  memory: setting('Keep data in memory only', onOff, { defaultValue: 'off', isSwitch: true }),
  databaseUrl: optional(
    'PostgreSQL database instead of a SQLite file: `postgres://user:password@host:port/database`. Other users of this machine can read flags, so prefer the variable',
    checkedBy(checkDatabaseUrl),
    { mask: hideValue },
  ),
  databaseSchema: setting('PostgreSQL schema of the tables', checkedBy(checkSchema), {
    defaultValue: 'public',
  }),
  databaseLanes: setting('PostgreSQL connections that write', wholeNumber(1, 32), { defaultValue: '2' }),
  databaseReaders: setting('PostgreSQL connections that read', wholeNumber(1, 64), { defaultValue: '4' }),
  databaseListen: setting(
    'PostgreSQL notifications (`LISTEN`) between instances; if off, instances poll for changes several times per second',
    onOff,
    { defaultValue: 'on', isSwitch: true },
  ),
  databaseMigrate: setting(
    'Create and upgrade the PostgreSQL tables at startup; if off, use `scimulator migrate`',
    onOff,
    { defaultValue: 'on', isSwitch: true },
  ),
  maxResources: optional(
    'Maximum number of users in a tenant, of groups, and of resources of each other type',
    wholeNumber(1, 1_000_000_000),
    { defaultText: '`100000` for the profile `aws`, as AWS; otherwise `1000000`' },
  ),
  keepExchanges: setting(
    'Maximum number of requests with valid credentials in the journal; in addition, it keeps a tenth of that number without',
    wholeNumber(1, 10_000_000),
    { defaultValue: '100000' },
  ),
  keepBytes: optional(
    'Maximum size of the requests in the journal, such as `500MB` or `2GB`; `off` for no limit',
    byteLimit,
    { defaultText: '`1GB`; `off` for a database that an earlier version created' },
  ),
  keepDays: setting('Maximum age of requests in the journal, in days', wholeNumber(1, 36_500), {
    defaultValue: '90',
  }),
  journalListLength: setting(
    'How many characters of the response to a list or search the journal stores, up to 65536, as of other bodies',
    wholeNumber(0, 65_536),
    { defaultValue: '16384' },
  ),
  keepHistoryDays: optional(
    'Maximum age of the history of users, groups and memberships, in days; at least that of `--keep-days`',
    wholeNumber(1, 36_500),
    { defaultText: 'none: history is kept for ever' },
  ),
  keepAuditDays: setting('Maximum age of entries of the audit log, in days', wholeNumber(1, 36_500), {
    defaultValue: '400',
  }),
  webhook: optional(
    'Webhook URLs, space-separated; they receive first contacts, failures, findings and expiring tokens',
    readWebhookUrls,
    { mask: maskUrls },
  ),
  webhookSecret: optional(
    'Secrets `whsec_…` that sign webhook messages, space-separated; set two during a rotation',
    readWebhookSecrets,
    { defaultText: 'none: messages are not signed', mask: hideValue },
  ),
  tenant: optional('ID of the first tenant', checkedBy(checkTenantId), { defaultText: 'generated' }),
  token: optional(
    'Value of the initial token, for CI',
    checkedBy(token => checkTokenText(token)),
    {
      defaultText: 'generated if the start report shows it, or with `--token-file`; otherwise none',
      mask: hideValue,
    },
  ),
  tokenFile: optional('File for the generated initial token, mode 0600', path),
  profile: setting(
    'Profile of the first tenant: `aws`, `entra`, `rfc` or `interop`',
    oneOf(...profileNames),
    {
      defaultValue: 'aws',
    },
  ),
  publicUrl: optional(
    'URL under which clients reach the SCIM listener; with the path of a tenant, the default audience of its JWTs',
    checkedBy(checkPublicUrl),
  ),
  entraTenant: optional(
    'Tenant ID of an Entra directory; the first tenant, unless its profile is `aws`, accepts the tokens that Entra issues itself if the Secret Token is empty',
    text,
  ),
  issuer: optional('Issuer (`iss`) whose JWTs the first tenant accepts, unless its profile is `aws`', text),
  audience: optional('Audiences (`aud`) of the JWTs of `--issuer`, space-separated', text, {
    defaultText: 'the URL of the SCIM endpoint, with `--public-url`',
  }),
  jwks: optional('URL of the keys of `--issuer`', text, { defaultText: 'from the metadata of the issuer' }),
  clientId: optional(
    'Client ID of the first client of the token endpoint of the first tenant, unless its profile is `aws`, for CI',
    checkedBy(checkClientId),
  ),
  clientSecret: optional(
    'Secret of `--client-id`, at least 16 characters. Prefer the variable: other users of this machine can read flags',
    checkedBy(checkSecretText),
    { mask: hideValue },
  ),
  onDelete: setting(
    'Effect of DELETE: `retain` a disabled record, or `remove` it',
    oneOf('retain', 'remove'),
    { defaultValue: 'retain' },
  ),
  throttle: setting('`aws` returns 429 above 25 writes/s or 40 reads/s per tenant', oneOf('off', 'aws'), {
    defaultValue: 'off',
  }),
  tlsCert: optional('Certificate file (PEM); turns on HTTPS for the SCIM listener', text),
  tlsKey: optional('Private key file (PEM) of the certificate', text),
  json: setting(
    'Report the start as one line of JSON on standard output, with generated credentials; the log goes to standard error',
    onOff,
    { defaultValue: 'off', isSwitch: true },
  ),
  logLevel: setting(
    '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    { defaultValue: 'info' },
  ),
  logFormat: setting('`pretty` or `json`', oneOf('pretty', 'json'), {
    defaultText: '`pretty` on a terminal, else `json`',
  }),
}

type Definitions = typeof definitions
export type SettingKey = keyof Definitions
type OptionalKey = {
  [Key in SettingKey]: Definitions[Key]['isOptional'] extends true ? Key : never
}[SettingKey]

export type SettingValues = {
  readonly [Key in Exclude<SettingKey, OptionalKey>]: ReturnType<Definitions[Key]['read']>
} & { readonly [Key in OptionalKey]?: ReturnType<Definitions[Key]['read']> | undefined }

const kebab = (key: string) => key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

export const settings: readonly Setting[] = Object.entries(definitions).map(([key, definition]) => ({
  ...definition,
  key: key as SettingKey,
  flag: kebab(key),
  variable: `SCIMULATOR_${kebab(key).toUpperCase().replaceAll('-', '_')}`,
}))
