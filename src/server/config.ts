import { existsSync, readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { Command, CommanderError, Option } from 'commander'
import { suggestName } from '../domain/journal/search/parse.ts'
import { isLoopback } from '../domain/outbound/addresses.ts'
import { excerpt } from '../scim/text.ts'
import { findClientProblems, findIssuerProblems } from './first-credentials.ts'
import { StartError, type Tls } from './listeners.ts'
import {
  type EffectiveSetting,
  isOn,
  type Setting,
  type SettingKey,
  type SettingValues,
  settings,
} from './settings.ts'

export type Config = SettingValues & {
  /** Whether the report of the start shows generated credentials. Otherwise none are generated, since their values would be lost. */
  readonly showsCredentials: boolean
  /** Whether the report of the start shows a generated access key for the AWS APIs; without it, none is generated. */
  readonly showsAccessKey: boolean
  readonly effectiveSettings: readonly EffectiveSetting[]
}

export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export type ProcessInputs = {
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
  readonly showsCredentials?: boolean
}

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
  const { read, unreadable } = readValues(inputs, values)
  const problems = [
    ...flagProblems,
    ...unreadable,
    ...findConflicts(values),
    ...findDatabaseConflicts(inputs),
    ...findSignInConflicts(inputs),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  const effectiveSettings = inputs.map(({ setting, source }) =>
    toEffectiveSetting(setting, values[setting.key], source),
  )
  return Object.freeze({
    ...read,
    effectiveSettings,
    // JSON lines of a log are collected, kept and read by others.
    showsCredentials: showsCredentials || read.json || read.logFormat === 'pretty',
    showsAccessKey: showsCredentials || read.json || (read.aws && read.logFormat === 'pretty'),
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

function readValues(
  inputs: readonly SettingInput[],
  texts: Readonly<Record<string, string | undefined>>,
): { readonly read: SettingValues; readonly unreadable: readonly string[] } {
  const read: Partial<Record<SettingKey, unknown>> = {}
  const unreadable: string[] = []
  for (const { setting, name } of inputs) {
    const text = texts[setting.key]
    if (text === undefined) continue
    try {
      read[setting.key] = setting.read(text)
    } catch (error) {
      unreadable.push(toSentence(name, error instanceof Error ? error.message : String(error)))
    }
  }
  return { read: read as SettingValues, unreadable }
}

const toSentence = (name: string, message: string) =>
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
  if (isOn(values.aws ?? '') && isOn(values.noAws ?? '')) problems.push('Use either --aws or --no-aws.')
  if (values.token !== undefined && values.tokenFile !== undefined) {
    problems.push('--token-file receives a generated token: use either --token or --token-file.')
  }
  const isGenerated = consoleToken === '' && values.consoleIssuer === undefined && !isLoopback(consoleHost)
  if (values.databaseUrl !== undefined && isGenerated) {
    problems.push(
      '--console-token or --console-issuer is required with --database-url unless the console listens on loopback: a generated token would be valid for one instance only.',
    )
  }
  if (Number(values.keepHistoryDays) < Number(values.keepDays)) {
    problems.push(
      `--keep-history-days must be at least --keep-days (it is ${values.keepDays}): requests in the journal are explained by the history.`,
    )
  }
  return [...problems, ...findIssuerProblems(values), ...findClientProblems(values)]
}

/** The variable of `--data` does not conflict with a database URL, because the container image sets it. */
function findDatabaseConflicts(inputs: readonly SettingInput[]): readonly string[] {
  const inputOf = (key: string) => inputs.find(({ setting }) => setting.key === key)
  if (inputOf('databaseUrl')?.value === undefined) return []
  const others = [
    ...(inputOf('data')?.source === 'flag' ? ['--data'] : []),
    ...(isOn(inputOf('memory')?.value ?? '') ? ['--memory'] : []),
  ]
  return others.map(flag => `Use either --database-url or ${flag}.`)
}

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

/** Undefined if they are not set. Throws StartError. */
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
