import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { isLoopback } from './listen.ts'
import { type Setting, type SettingInForce, settings } from './settings.ts'
import { checkTenantId } from './tenants/tenant-id.ts'
import { checkTokenText } from './tenants/tokens.ts'
import { readWebhookSecrets } from './webhooks/signature.ts'
import { readWebhookUrls } from './webhooks/webhook-url.ts'

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
const checkedBy = (check: (text: string) => void) =>
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
const config = z.object({
  host,
  port,
  consoleHost: host,
  consolePort: port,
  consoleToken: checkedBy(given => checkTokenText(given, 'A console token')).optional(),
  data: text.transform(path => resolve(path)),
  memory: onOff,
  databaseUrl: z.string().optional(),
  keepExchanges: wholeNumber(1, 10_000_000),
  keepDays: wholeNumber(1, 36_500),
  webhook: checkedBy(readWebhookUrls).transform(readWebhookUrls).optional(),
  webhookSecret: checkedBy(readWebhookSecrets).transform(readWebhookSecrets).optional(),
  tenant: checkedBy(checkTenantId).optional(),
  token: checkedBy(given => checkTokenText(given)).optional(),
  tokenFile: text.transform(path => resolve(path)).optional(),
  profile: oneOf('aws', 'entra', 'rfc'),
  onDelete: oneOf('retain', 'remove'),
  throttle: oneOf('off', 'aws'),
  tlsCert: text.optional(),
  tlsKey: text.optional(),
  logLevel: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  logFormat: oneOf('pretty', 'json'),
})

export type Config = Readonly<z.output<typeof config>> & {
  /** Every setting, for people to look at. */
  readonly inForce: readonly SettingInForce[]
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

export type Surroundings = {
  readonly flags: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether people read the log on a terminal. */
  readonly terminal: boolean
}

/** Flag before environment before default. Throws ConfigError with every problem at once. */
export function readConfig({ flags, environment, terminal }: Surroundings): Config {
  const problems: string[] = []
  const given = readFlags(flags, problems)
  const values: Record<string, string | undefined> = {}
  const names = new Map<string, string>()
  const sources = new Map<string, SettingInForce['source']>()
  for (const { key, flag, variable, otherwise } of settings) {
    const inEnvironment = environment[variable] === '' ? undefined : environment[variable]
    values[key] = given.get(flag) ?? inEnvironment ?? otherwise
    names.set(key, given.has(flag) ? `--${flag}` : variable)
    const setIn = inEnvironment === undefined ? 'default' : 'environment'
    sources.set(key, given.has(flag) ? 'flag' : setIn)
  }
  values.logFormat ??= terminal ? 'pretty' : 'json'
  const read = config.safeParse(values)
  if (!read.success) {
    problems.push(
      ...read.error.issues.map(({ path, message }) => inOneSentence(names.get(String(path[0])), message)),
    )
  }
  problems.push(...contradictions(values))
  if (!read.success || problems.length > 0) throw new ConfigError(problems)
  const inForce = settings.map(setting =>
    shown(setting, values[setting.key], sources.get(setting.key) ?? 'default'),
  )
  return Object.freeze({ ...read.data, inForce })
}

const shown = (
  { flag, variable, says, masks, defaultInWords = 'none' }: Setting,
  value: string | undefined,
  source: SettingInForce['source'],
): SettingInForce => ({
  flag: `--${flag}`,
  variable,
  says,
  value: value === undefined ? defaultInWords : (masks?.(value) ?? value),
  source,
})

const inOneSentence = (name: string | undefined, message: string) =>
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
const leastBeyondLoopback = 16

function contradictions(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  const problems: string[] = []
  if (Boolean(values.tlsCert) !== Boolean(values.tlsKey)) {
    problems.push('--tls-cert and --tls-key belong together: give both, or neither.')
  }
  const { consoleToken = '', consoleHost = '' } = values
  if (/^.{8,15}$/.test(consoleToken) && !isLoopback(consoleHost)) {
    problems.push(
      `--console-token has fewer than ${leastBeyondLoopback} characters: give a longer one where other machines reach the console (--console-host ${consoleHost}).`,
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
