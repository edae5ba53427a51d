import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { profileNames } from '../profiles/names.ts'
import { checkTenantId } from '../tenants/tenant-id.ts'
import { checkTokenText } from '../tenants/tokens.ts'
import { readWebhookSecrets } from '../webhooks/delivery.ts'
import { readWebhookUrls } from '../webhooks/webhooks.ts'
import { isLoopback, StartError, type Tls } from './listeners.ts'
import { type EffectiveSetting, type Setting, settings } from './settings.ts'

const port = z
  .string()
  .regex(/^\d+$/, 'has to be a number')
  .transform(Number)
  .refine(number => number <= 65535, 'has to be between 0 and 65535')
const host = z
  .string()
  .min(1, 'has to be an address or a host name')
  .regex(/^\S+$/, 'has to be without blanks')
const text = z.string().min(1, "can't be empty")
const onOff = z
  .enum(['true', 'false', '1', '0', 'on', 'off'], 'has to be on or off')
  .transform(value => value === 'true' || value === '1' || value === 'on')

/** A text that `check` takes; what it throws is the problem, already a sentence. */
const textCheckedBy = (check: (text: string) => void) =>
  z.string().superRefine((value, context) => {
    try {
      check(value)
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
    }
  })

const wholeNumber = (least: number, most: number) => {
  const mistake = `has to be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+$/, mistake)
    .transform(Number)
    .refine(number => number >= least && number <= most, mistake)
}

const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, `has to be one of ${values.join(', ')}`)

/** The settings' values as text, from flags and environment, read into what the server works with. */
const configSchema = z.object({
  host,
  port,
  consoleHost: host,
  consolePort: port,
  consoleToken: textCheckedBy(given => checkTokenText(given, 'A console token')).optional(),
  data: text.transform(path => resolve(path)),
  memory: onOff,
  databaseUrl: z.string().optional(),
  keepExchanges: wholeNumber(1, 10_000_000),
  keepDays: wholeNumber(1, 36_500),
  webhook: textCheckedBy(readWebhookUrls).transform(readWebhookUrls).optional(),
  webhookSecret: textCheckedBy(readWebhookSecrets).transform(readWebhookSecrets).optional(),
  tenant: textCheckedBy(checkTenantId).optional(),
  token: textCheckedBy(given => checkTokenText(given)).optional(),
  tokenFile: text.transform(path => resolve(path)).optional(),
  profile: oneOf(...profileNames),
  onDelete: oneOf('retain', 'remove'),
  throttle: oneOf('off', 'aws'),
  tlsCert: text.optional(),
  tlsKey: text.optional(),
  logLevel: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  logFormat: oneOf('pretty', 'json'),
})

export type Config = Readonly<z.output<typeof configSchema>> & {
  /** Every setting, for people to look at. */
  readonly effectiveSettings: readonly EffectiveSetting[]
}

/** All that is wrong with flags and environment, one sentence each. */
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
  /** Whether people read the log on a terminal. */
  readonly isTerminal: boolean
}

/** Flag before environment before default. Throws ConfigError with every problem at once. */
export function readConfig({ args, environment, isTerminal }: ProcessInputs): Config {
  const problems: string[] = []
  const given = readFlags(args, problems)
  const values: Record<string, string | undefined> = {}
  const names = new Map<string, string>()
  const sources = new Map<string, EffectiveSetting['source']>()
  for (const { key, flag, variable, defaultValue } of settings) {
    const inEnvironment = environment[variable] === '' ? undefined : environment[variable]
    values[key] = given.get(flag) ?? inEnvironment ?? defaultValue
    names.set(key, given.has(flag) ? `--${flag}` : variable)
    const setIn = inEnvironment === undefined ? 'default' : 'environment'
    sources.set(key, given.has(flag) ? 'flag' : setIn)
  }
  values.logFormat ??= isTerminal ? 'pretty' : 'json'
  const read = configSchema.safeParse(values)
  if (!read.success) {
    problems.push(
      ...read.error.issues.map(({ path, message }) => toSentence(names.get(String(path[0])), message)),
    )
  }
  problems.push(...findConflicts(values))
  if (!read.success || problems.length > 0) throw new ConfigError(problems)
  const effectiveSettings = settings.map(setting =>
    toEffectiveSetting(setting, values[setting.key], sources.get(setting.key) ?? 'default'),
  )
  return Object.freeze({ ...read.data, effectiveSettings })
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

function readFlags(flags: readonly string[], problems: string[]): ReadonlyMap<string, string> {
  const options = Object.fromEntries(
    settings.map(({ flag, isSwitch }) => [
      flag,
      { type: isSwitch ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const { tokens } = parseArgs({
    args: [...flags],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`"${token.value}" is neither a command nor a flag.`)
    if (token.kind !== 'option') continue
    const setting = settings.find(({ flag }) => flag === token.name)
    if (!setting) problems.push(`${token.rawName} is not a flag. \`scimulator --help\` lists them.`)
    else if (token.value === undefined && !setting.isSwitch) problems.push(`--${token.name} needs a value.`)
    else given.set(token.name, token.value ?? 'true')
  }
  return given
}

/** So that it isn't guessed by those who can try. */
const minRemoteTokenLength = 16

function findConflicts(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  const problems: string[] = []
  if (Boolean(values.tlsCert) !== Boolean(values.tlsKey)) {
    problems.push('--tls-cert and --tls-key belong together: give both, or neither.')
  }
  const { consoleToken = '', consoleHost = '' } = values
  if (/^.{8,15}$/.test(consoleToken) && !isLoopback(consoleHost)) {
    problems.push(
      `--console-token has fewer than ${minRemoteTokenLength} characters: give a longer one where other machines reach the console (--console-host ${consoleHost}).`,
    )
  }
  if (values.token !== undefined && values.tokenFile !== undefined) {
    problems.push('--token-file is for a token that is generated: leave it out, or leave out --token.')
  }
  if (values.databaseUrl) {
    problems.push(
      '--database-url: PostgreSQL is not supported yet. Leave it out; --data names the SQLite file.',
    )
  }
  return problems
}

/** Certificate and key, when the settings name them. Throws StartError. */
export function readTls({ tlsCert, tlsKey }: Config): Tls | undefined {
  if (!tlsCert || !tlsKey) return undefined
  const tls = { cert: readPem(tlsCert, '--tls-cert'), key: readPem(tlsKey, '--tls-key') }
  try {
    createSecureContext(tls)
    return tls
  } catch (error) {
    throw new StartError(
      `${tlsCert} and ${tlsKey} are no certificate and its key (${error instanceof Error ? error.message : error}): name others, in PEM, with --tls-cert and --tls-key.`,
      { cause: error },
    )
  }
}

function readPem(path: string, flag: string): string {
  if (!existsSync(path)) throw new StartError(`There is no file ${path}: name another with ${flag}.`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(
      `${path} can't be read: give this process the right to, or name another with ${flag}.`,
      { cause: error },
    )
  }
}
