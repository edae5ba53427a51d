import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { Command, CommanderError, Option } from 'commander'
import { z } from 'zod'
import { isLoopback } from '../console/guard.ts'
import { readRoleConditions } from '../console/sign-in/roles.ts'
import { checkAcr, checkIssuer, readConsoleUrl, readSignInDuration } from '../console/sign-in/settings.ts'
import { readWebhookSecrets } from '../console/webhooks/delivery.ts'
import { readWebhookUrls } from '../console/webhooks/webhooks.ts'
import { suggestName } from '../domain/journal/search/parse.ts'
import { hostUrls, schemaProblem } from '../domain/ports/database-location.ts'
import { readAccessKey } from '../domain/tenants/access-keys.ts'
import { checkClientId, checkSecretText } from '../domain/tenants/oauth-clients.ts'
import { checkTenantId } from '../domain/tenants/tenant-id.ts'
import { checkTokenText } from '../domain/tenants/tokens.ts'
import { profileNames } from '../profiles/names.ts'
import { excerpt } from '../scim/error.ts'
import { findClientProblems } from './first-client.ts'
import { findIssuerProblems } from './first-issuers.ts'
import { StartError, type Tls } from './listeners.ts'
import { type EffectiveSetting, type Setting, settings } from './settings.ts'

const port = z
  .string()
  .regex(/^\d+$/, 'must be a number')
  .transform(Number)
  .refine(number => number <= 65535, 'must be between 0 and 65535')
const host = z.string().min(1, 'must be an address or a host name').regex(/^\S+$/, 'must not contain spaces')
const text = z.string().min(1, 'must not be empty')
const onOff = z
  .enum(['true', 'false', '1', '0', 'on', 'off'], 'must be on or off')
  .transform(value => value === 'true' || value === '1' || value === 'on')

/** A text that `check` accepts; the message of the error that it throws becomes the problem. */
const textCheckedBy = (check: (text: string) => unknown) =>
  z.string().superRefine((value, context) => {
    try {
      check(value)
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
    }
  })

const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine(number => number >= min && number <= max, message)
}

const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`)

/** Throws an error without the URL, which may contain a password. */
function checkDatabaseUrl(url: string): void {
  if (!hostUrls(url)) throw new Error('must be a URL such as postgres://user:password@host:5432/database')
}

function checkSchema(name: string): void {
  const problem = schemaProblem(name)
  if (problem !== undefined) throw new Error(problem)
}

function checkPublicUrl(text: string): void {
  const url = URL.parse(text)
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new Error('must be a URL such as https://scim.example.com, without a query')
  }
}

const byteUnits: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 }
const minByteLimit = 1e6

/** Reads a limit in bytes, infinite for `off`. Throws an error about a setting. */
function readByteLimit(text: string): number {
  if (text === 'off') return Number.POSITIVE_INFINITY
  const [, digits = '', unit = ''] = /^(\d{1,15})([MG]i?B)?$/.exec(text) ?? []
  const bytes = Number(digits) * (byteUnits[unit] ?? 1)
  if (digits !== '' && bytes >= minByteLimit && Number.isSafeInteger(bytes)) return bytes
  throw new Error('must be a size of at least 1MB, such as 500MB, 2GB or 1GiB, or off')
}

/** Parses the text of every setting into the value that the server uses. */
const configSchema = z.object({
  host,
  port,
  consoleHost: host,
  consolePort: port,
  consoleToken: textCheckedBy(token => checkTokenText(token, 'A console token')).optional(),
  consoleIssuer: textCheckedBy(checkIssuer).optional(),
  consoleClientId: text.optional(),
  consoleClientSecret: text.optional(),
  consoleUrl: textCheckedBy(readConsoleUrl).transform(readConsoleUrl).optional(),
  consoleReaders: textCheckedBy(readRoleConditions).transform(readRoleConditions),
  consoleWriters: textCheckedBy(readRoleConditions).transform(readRoleConditions),
  consoleAudience: text.optional(),
  consoleRecent: textCheckedBy(readSignInDuration).transform(readSignInDuration),
  consoleAcr: textCheckedBy(checkAcr).optional(),
  consoleSession: textCheckedBy(readSignInDuration).transform(readSignInDuration),
  awsHost: host,
  awsPort: port,
  noAws: onOff,
  awsRegion: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1'),
  awsAuth: oneOf('sigv4', 'any'),
  awsAccessKey: textCheckedBy(readAccessKey).transform(readAccessKey).optional(),
  sealKey: z.string().min(32, 'must have at least 32 characters').optional(),
  data: text.transform(path => resolve(path)),
  memory: onOff,
  databaseUrl: textCheckedBy(checkDatabaseUrl).optional(),
  databaseSchema: textCheckedBy(checkSchema),
  databaseLanes: wholeNumber(1, 32),
  databaseReaders: wholeNumber(1, 64),
  databaseListen: onOff,
  databaseMigrate: onOff,
  keepExchanges: wholeNumber(1, 10_000_000),
  keepBytes: textCheckedBy(readByteLimit).transform(readByteLimit).optional(),
  keepDays: wholeNumber(1, 36_500),
  journalListLength: wholeNumber(0, 65_536),
  keepAuditDays: wholeNumber(1, 36_500),
  webhook: textCheckedBy(readWebhookUrls).transform(readWebhookUrls).optional(),
  webhookSecret: textCheckedBy(readWebhookSecrets).transform(readWebhookSecrets).optional(),
  tenant: textCheckedBy(checkTenantId).optional(),
  token: textCheckedBy(token => checkTokenText(token)).optional(),
  tokenFile: text.transform(path => resolve(path)).optional(),
  profile: z.enum(profileNames, `must be one of ${profileNames.join(', ')}`),
  publicUrl: textCheckedBy(checkPublicUrl).optional(),
  entraTenant: text.optional(),
  issuer: text.optional(),
  audience: text.optional(),
  jwks: text.optional(),
  clientId: textCheckedBy(checkClientId).optional(),
  clientSecret: textCheckedBy(checkSecretText).optional(),
  onDelete: oneOf('retain', 'remove'),
  throttle: oneOf('off', 'aws'),
  tlsCert: text.optional(),
  tlsKey: text.optional(),
  logLevel: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  json: onOff,
  logFormat: oneOf('pretty', 'json'),
})

export type Config = Readonly<z.output<typeof configSchema>> & {
  /** Whether the report of the start shows generated credentials. Otherwise none are generated, since their values would be lost. */
  readonly showsCredentials: boolean
  /** Every setting with its value and source, for display. */
  readonly effectiveSettings: readonly EffectiveSetting[]
}

/** All problems of the settings, one sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** What a process reads its settings from. */
export type ProcessInputs = {
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether the log goes to a terminal. */
  readonly isTerminal: boolean
  /** Whether credentials are reported in another way than the settings state. */
  readonly showsCredentials?: boolean
}

/** The text of a setting, and its name in problems. */
type SettingInput = {
  readonly setting: Setting
  readonly value: string | undefined
  readonly name: string
  readonly source: EffectiveSetting['source']
}

/** Reads flags, environment variables and defaults, in this order of precedence. Throws ConfigError. */
export function readConfig({
  args,
  environment,
  isTerminal,
  showsCredentials = false,
}: ProcessInputs): Config {
  const { flags, problems } = readFlags(args)
  const inputs = settings.map((setting): SettingInput => {
    const { key, flag, variable, defaultValue } = setting
    const inFlag = flags.get(key)
    if (inFlag !== undefined) return { setting, value: inFlag, name: `--${flag}`, source: 'flag' }
    const inEnvironment = environment[variable] === '' ? undefined : environment[variable]
    if (inEnvironment !== undefined)
      return { setting, value: inEnvironment, name: variable, source: 'environment' }
    return { setting, value: defaultValue, name: variable, source: 'default' }
  })
  return parseInputs(inputs, { isTerminal, showsCredentials }, problems)
}

/**
 * Reads settings from an object; others have their defaults. Problems name its keys, with their values unless they are secret.
 * Throws ConfigError.
 */
export function readOptions(options: Readonly<Record<string, string>>): Config {
  const inputs = settings.map((setting): SettingInput => {
    const { key, defaultValue } = setting
    const given = options[key]
    const isShown = given !== undefined && setting.mask === undefined
    return {
      setting,
      value: given ?? defaultValue,
      name: isShown ? `${key} ${JSON.stringify(excerpt(given))}` : key,
      source: given === undefined ? 'default' : 'flag',
    }
  })
  return parseInputs(inputs, { isTerminal: false, showsCredentials: true }, [])
}

function parseInputs(
  inputs: readonly SettingInput[],
  { isTerminal, showsCredentials }: { readonly isTerminal: boolean; readonly showsCredentials: boolean },
  flagProblems: readonly string[],
): Config {
  const values = Object.fromEntries(inputs.map(({ setting, value }) => [setting.key, value]))
  values.logFormat ??= isTerminal ? 'pretty' : 'json'
  const parsed = configSchema.safeParse(values)
  const names = new Map(inputs.map(({ setting, name }) => [setting.key, name]))
  const problems = [
    ...flagProblems,
    ...(parsed.error?.issues ?? []).map(({ path, message }) =>
      toSentence(names.get(String(path[0])), message),
    ),
    ...findConflicts(values),
    ...findDatabaseConflicts(inputs),
    ...findSignInConflicts(inputs),
  ]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const effectiveSettings = inputs.map(({ setting, source }) =>
    toEffectiveSetting(setting, values[setting.key], source),
  )
  const { json, logFormat } = parsed.data
  return Object.freeze({
    ...parsed.data,
    effectiveSettings,
    // JSON lines of a log are collected, kept and read by others.
    showsCredentials: showsCredentials || json || logFormat === 'pretty',
  })
}

const toEffectiveSetting = (
  { flag, variable, description, mask, defaultText = 'none' }: Setting,
  value: string | undefined,
  source: EffectiveSetting['source'],
): EffectiveSetting => ({
  flag: `--${flag}`,
  variable,
  description,
  value: value === undefined ? defaultText : (mask?.(value) ?? value),
  source,
})

const toSentence = (name: string | undefined, message: string) =>
  message.endsWith('.') ? `${name}: ${message}` : `${name} ${message}.`

type Flags = { readonly flags: ReadonlyMap<string, string>; readonly problems: readonly string[] }

/** The flags by the key of their setting. An unknown flag appears without its value, which may be a secret. */
function readFlags(args: readonly string[]): Flags {
  const parser = new Command().helpOption(false).allowUnknownOption().allowExcessArguments().exitOverride()
  parser.configureOutput({ writeErr: () => {} })
  for (const { flag, isSwitch } of settings) {
    const option = new Option(`--${flag} ${isSwitch ? '[value]' : '<value>'}`)
    // `--no-aws` is a setting of its own, not the negation of `--aws`.
    option.negate = false
    parser.addOption(option)
  }
  try {
    const { operands, unknown } = parser.parseOptions([...args])
    const flags = settings.flatMap(({ key }) => {
      const value = parser.getOptionValue(key)
      return value === undefined ? [] : [[key, String(value)] as const]
    })
    const problems = [
      ...operands.map(operand => `"${operand}" is neither a command nor an option.`),
      ...unknown.filter(arg => arg.startsWith('-')).map(describeUnknownFlag),
    ]
    return { flags: new Map(flags), problems }
  } catch (error) {
    // Only the last argument can lack its value.
    if (!(error instanceof CommanderError)) throw error
    const others = readFlags(args.slice(0, -1))
    return { ...others, problems: [...others.problems, `${args.at(-1)} needs a value.`] }
  }
}

function describeUnknownFlag(arg: string): string {
  const [name = arg] = arg.split('=')
  const suggestion = suggestName(
    name,
    settings.map(({ flag }) => `--${flag}`),
  )
  return suggestion
    ? `Unknown option ${name} (did you mean ${suggestion}?).`
    : `Unknown option ${name}. \`scimulator --help\` lists the options.`
}

/** The minimum length of a console token that other machines can try to guess. */
const minRemoteTokenLength = 16

function findConflicts(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  const problems: string[] = []
  if (Boolean(values.tlsCert) !== Boolean(values.tlsKey)) {
    problems.push('Use --tls-cert and --tls-key together, or neither.')
  }
  const { consoleToken = '', consoleHost = '' } = values
  if (/^.{8,15}$/.test(consoleToken) && !isLoopback(consoleHost)) {
    problems.push(
      `--console-token must have at least ${minRemoteTokenLength} characters, because other machines can reach the console (--console-host ${consoleHost}).`,
    )
  }
  if (values.awsAuth === 'any' && !isLoopback(values.awsHost ?? '')) {
    problems.push(
      `--aws-auth any accepts every request, so --aws-host must be a loopback address (it is ${values.awsHost}).`,
    )
  }
  if (values.token !== undefined && values.tokenFile !== undefined) {
    problems.push('--token-file receives a generated token: use either --token or --token-file.')
  }
  const isGenerated = consoleToken === '' && values.consoleIssuer === undefined && !isLoopback(consoleHost)
  if (values.databaseUrl !== undefined && isGenerated) {
    problems.push(
      '--console-token or --console-issuer is required with --database-url unless the console listens on loopback: a generated token would be valid for one instance only.',
    )
  }
  return [...problems, ...findIssuerProblems(values), ...findClientProblems(values)]
}

/** The variable of `--data` does not conflict with a database URL, because the container image sets it. */
function findDatabaseConflicts(inputs: readonly SettingInput[]): readonly string[] {
  const inputOf = (key: string) => inputs.find(({ setting }) => setting.key === key)
  const isOn = (value = '') => onOff.safeParse(value).data === true
  if (inputOf('databaseUrl')?.value === undefined) return []
  const others = [
    ...(inputOf('data')?.source === 'flag' ? ['--data'] : []),
    ...(isOn(inputOf('memory')?.value) ? ['--memory'] : []),
  ]
  return others.map(flag => `Use either --database-url or ${flag}.`)
}

/** The settings that have no effect without an OpenID provider, by key. */
const signInKeys = [
  'consoleClientId',
  'consoleClientSecret',
  'consoleUrl',
  'consoleReaders',
  'consoleWriters',
  'consoleAudience',
  'consoleRecent',
  'consoleAcr',
  'consoleSession',
]

function findSignInConflicts(inputs: readonly SettingInput[]): readonly string[] {
  const textOf = (key: string) => inputs.find(({ setting }) => setting.key === key)?.value
  if (textOf('consoleIssuer') === undefined) {
    return inputs
      .filter(({ setting, source }) => signInKeys.includes(setting.key) && source !== 'default')
      .map(({ setting }) => `--${setting.flag} has no effect without --console-issuer.`)
  }
  const isLocal = isLoopback(textOf('consoleHost') ?? '')
  return [
    ...(textOf('consoleClientId') === undefined ? ['--console-issuer needs --console-client-id.'] : []),
    ...(textOf('consoleUrl') === undefined && !isLocal
      ? ['--console-url is required with --console-issuer unless the console listens on loopback.']
      : []),
  ]
}

/** The certificate and its key, if set. Throws StartError. */
export function readTls({ tlsCert, tlsKey }: Config): Tls | undefined {
  if (!tlsCert || !tlsKey) return undefined
  const tls = { cert: readPem(tlsCert, '--tls-cert'), key: readPem(tlsKey, '--tls-key') }
  try {
    createSecureContext(tls)
    return tls
  } catch (error) {
    throw new StartError(
      `${tlsCert} and ${tlsKey} are not a PEM certificate and its private key (${error instanceof Error ? error.message : error}). Check --tls-cert and --tls-key.`,
      { cause: error },
    )
  }
}

function readPem(path: string, flag: string): string {
  if (!existsSync(path)) throw new StartError(`${flag}: no file ${path}.`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`${flag}: cannot read ${path}. Check its permissions.`, { cause: error })
  }
}
