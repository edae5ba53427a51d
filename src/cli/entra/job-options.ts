import { z } from 'zod'
import { defaultJobConfig } from '../../entra/job/job-config.ts'
import { wrongUse } from '../cli-error.ts'
import { parseDuration } from '../options.ts'

/** An option of a provisioning job: this list is what `--help`, the README's table and the job file agree on. */
export type JobOption = {
  /** Its name in the job file. */
  readonly key: string
  readonly flag: string
  /** What follows the flag; absent where nothing does. */
  readonly value?: string
  readonly defaultValue?: string
  readonly description: string
  /** The flag turns something off that is on otherwise. */
  readonly turnsOff?: true
  /** Is given by flag or environment only, and kept nowhere. */
  readonly isSecret?: true
}

/** Where a job file is looked for when none is named. */
export const defaultJobFile = 'scimulator-entra.json'

export const tokenVariable = 'SCIMULATOR_ENTRA_TOKEN'

const option = (
  key: string,
  flag: string,
  description: string,
  rest: Partial<JobOption> = {},
): JobOption => ({
  key,
  flag,
  description,
  ...rest,
})

export const stateOption = option('state', 'state', 'the file that keeps links, escrows, watermark', {
  value: '<file>',
  defaultValue: 'data/entra.json',
})

export const jobOptions: readonly JobOption[] = [
  option(
    'url',
    'url',
    'tenant URL of the SCIM endpoint; `?aadOptscim062020` behind it selects that dialect',
    {
      value: '<url>',
    },
  ),
  option('token', 'token', `secret token; better given as \`${tokenVariable}\`, and never in the file`, {
    value: '<token>',
    isSecret: true,
  }),
  option('directory', 'directory', 'the directory to provision from: a file or a folder', {
    value: '<path>',
  }),
  option('mapping', 'mapping', 'attribute mapping: `aws`, `non-gallery` or a file', {
    value: '<name or file>',
    defaultValue: 'aws',
  }),
  option('scope', 'scope', '`assigned` users and groups only, or `all`', {
    value: '<scope>',
    defaultValue: defaultJobConfig.scope,
  }),
  stateOption,
  option(
    'skipOutOfScopeDeletions',
    'skip-out-of-scope-deletions',
    'leave users who go out of scope as they are',
  ),
  option(
    'accidentalDeletionThreshold',
    'accidental-deletion-threshold',
    'hold back all disables and deletions of a cycle with more of them',
    { value: '<number>' },
  ),
  option('memberBatchSize', 'member-batch-size', 'members in one request', {
    value: '<number>',
    defaultValue: String(defaultJobConfig.memberBatchSize),
  }),
  option('memberConcurrency', 'member-concurrency', 'requests for members of one group at a time', {
    value: '<number>',
    defaultValue: String(defaultJobConfig.memberConcurrency),
  }),
  option('concurrency', 'concurrency', 'users, or groups, worked on at a time', {
    value: '<number>',
    defaultValue: String(defaultJobConfig.concurrency),
  }),
  option('maxRps', 'max-rps', 'requests a second at most', { value: '<number>', defaultValue: '25' }),
  option('honourRetryAfter', 'honour-retry-after', 'wait as long as a 429 or 503 says'),
  option('probeEveryCycle', 'no-probe-every-cycle', 'probe before the initial cycle only', {
    turnsOff: true,
  }),
  option('sendManagerOnCreate', 'send-manager-on-create', 'send the manager along with a new user'),
  option('activeAsStringOnCreate', 'active-as-string-on-create', '`"True"` instead of `true` in a new user'),
  option('memberNullRef', 'member-null-ref', '`"$ref": null` beside the value of each member'),
  option('groupSchemaMs', 'no-group-schema-ms', "leave Microsoft's own schema out of new groups", {
    turnsOff: true,
  }),
  option('keepFlagInQuery', 'keep-flag-in-query', "leave the tenant URL's query on each request"),
  option('timeout', 'timeout', 'wait so long for a response', { value: '<duration>', defaultValue: '100s' }),
]

/** Numbers and durations are text in flags, and may be numbers in the file. */
const number = (least: number) => {
  const message = `has to be a whole number from ${least} on`
  return z.preprocess(
    value => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int(message).min(least, message),
  )
}
const text = z.string('has to be text').min(1, "can't be empty")
const boolean = z.boolean('has to be true or false')
const duration = z.string('has to be a duration such as 30s').transform((value, context) => {
  try {
    return parseDuration(value)
  } catch {
    context.addIssue('has to be a duration such as 30s')
    return z.NEVER
  }
})

const url = z.string('has to be a URL').superRefine((value, context) => {
  const parsed = URL.parse(value)
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    context.addIssue('has to be a URL such as http://127.0.0.1:8080/acme/scim/v2')
  } else if (parsed.username !== '' || parsed.password !== '') {
    context.addIssue("can't hold a name or password: the token says who sends")
  }
})

const token = z
  .string('has to be text')
  .regex(
    /^[\x21-\x7e]+$/,
    'has to be ASCII letters, digits and punctuation without blanks; Entra itself adds "Bearer"',
  )

const schema = z.object({
  url: url.optional(),
  token: token.optional(),
  directory: text.optional(),
  mapping: text,
  scope: z.enum(['assigned', 'all'], 'has to be assigned or all'),
  state: text,
  skipOutOfScopeDeletions: boolean.default(false),
  accidentalDeletionThreshold: number(0).optional(),
  memberBatchSize: number(1),
  memberConcurrency: number(1),
  concurrency: number(1),
  maxRps: number(1),
  honourRetryAfter: boolean.default(false),
  probeEveryCycle: boolean.default(true),
  sendManagerOnCreate: boolean.default(false),
  activeAsStringOnCreate: boolean.default(false),
  memberNullRef: boolean.default(false),
  groupSchemaMs: boolean.default(true),
  keepFlagInQuery: boolean.default(false),
  timeout: duration,
})

export type JobSettings = Readonly<z.output<typeof schema>>

/** What a command can't do without. */
export type RequiredSetting = 'url' | 'token' | 'directory'
export type Complete<Needs extends RequiredSetting> = JobSettings & Readonly<Record<Needs, string>>

/** Values by the options' keys, each with the name by which its mistakes are told. */
export type SettingSource = ReadonlyMap<string, { readonly value: unknown; readonly name: string }>

/** Flags before the file before defaults. Throws a CliError with everything that is wrong or missing. */
export function readSettings<Needs extends RequiredSetting>(
  fromFile: SettingSource,
  fromFlags: SettingSource,
  needs: readonly Needs[],
): Complete<Needs> {
  const given = new Map([...fromFile, ...fromFlags])
  const defaults = jobOptions.flatMap(({ key, defaultValue }) =>
    defaultValue === undefined ? [] : [[key, defaultValue]],
  )
  const values = {
    ...Object.fromEntries(defaults),
    ...Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
  }
  const read = schema.safeParse(values)
  const mistakes = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${given.get(String(path[0]))?.name} ${message}.`)
  const missing = needs.filter(key => !given.has(key))
  if (!read.success || mistakes.length + missing.length > 0) {
    throw settingsError([
      ...mistakes,
      ...missing.map(key => missingMessages[key]),
      ...exampleCommand(missing),
    ])
  }
  return read.data as Complete<Needs>
}

/** One line a mistake. */
export const settingsError = (mistakes: readonly string[]) => wrongUse(mistakes.join('\nscimulator: '))

const missingMessages: Readonly<Record<RequiredSetting, string>> = {
  url: '--url is missing: the tenant URL, which is the address of the SCIM endpoint.',
  token: '--token is missing: the secret token; SCIMULATOR_ENTRA_TOKEN in the environment does as well.',
  directory: '--directory is missing: the file or folder to provision from.',
}

/** Somebody who tries this for the first time. */
function exampleCommand(missing: readonly RequiredSetting[]): readonly string[] {
  if (missing.length === 0) return []
  return [
    [
      'With `scimulator --memory --tenant acme --token let-me-in-for-now` running, this works:',
      '  scimulator entra sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\',
      '    --directory samples/springfield.json',
    ].join('\n'),
  ]
}
