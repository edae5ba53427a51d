import { z } from 'zod'
import type { CredentialSettings } from '../../../provisioning/entra/credentials/create-credentials.ts'
import { defaultJobConfig } from '../../../provisioning/entra/job/job-config.ts'
import { requestsPerSecond } from '../../../provisioning/kit/pace.ts'
import { type JobOption, option, type SettingSource } from '../job-option.ts'
import { settingsError } from '../job-settings.ts'
import { boolean, duration, endpointUrl, number, text } from '../setting-schemas.ts'
import {
  authOptions,
  authSchema,
  credentialsOf,
  inapplicableAuthOptions,
  missingAuthOptions,
} from './auth-options.ts'

/** The job file that is read without --job. */
export const defaultJobFile = 'scimulator-entra.json'

export const stateOption = option('state', 'state', 'State file: links, escrows, watermark', {
  value: '<file>',
  defaultValue: 'data/entra.json',
})

export const jobOptions: readonly JobOption[] = [
  option(
    'url',
    'url',
    'Tenant URL of the SCIM endpoint; append `?aadOptscim062020` to set Entra ID’s SCIM compliance flag',
    {
      value: '<url>',
    },
  ),
  ...authOptions,
  option('directory', 'directory', 'Source directory: a file or a folder', {
    value: '<path>',
  }),
  option('mapping', 'mapping', 'Attribute mapping: `aws`, `non-gallery` or a file', {
    value: '<name or file>',
    defaultValue: 'aws',
  }),
  option('scope', 'scope', 'Provision `assigned` users and groups only, or `all`', {
    value: '<scope>',
    defaultValue: defaultJobConfig.scope,
  }),
  stateOption,
  option(
    'skipOutOfScopeDeletions',
    'skip-out-of-scope-deletions',
    'Leave users unchanged when they go out of scope',
  ),
  option(
    'disabledUnlinked',
    'disabled-unlinked',
    'Disabled users without a link: `skip` them, as Microsoft documents, or match them and `disable` them in the target',
    { value: '<skip or disable>', defaultValue: defaultJobConfig.disabledUnlinked },
  ),
  option(
    'accidentalDeletionThreshold',
    'accidental-deletion-threshold',
    'Hold the disables and deletions of a cycle if there are more than this',
    { value: '<number>' },
  ),
  option('memberBatchSize', 'member-batch-size', 'Members per request', {
    value: '<number>',
    defaultValue: String(defaultJobConfig.memberBatchSize),
  }),
  option('memberConcurrency', 'member-concurrency', 'Concurrent member requests per group', {
    value: '<number>',
    defaultValue: String(defaultJobConfig.memberConcurrency),
  }),
  option('concurrency', 'concurrency', 'Users or groups provisioned concurrently', {
    value: '<number>',
    defaultValue: String(defaultJobConfig.concurrency),
  }),
  option('maxRps', 'max-rps', 'Maximum requests per second', {
    value: '<number>',
    defaultValue: String(requestsPerSecond),
  }),
  option('honorRetryAfter', 'honor-retry-after', 'Honor Retry-After in 429 and 503 responses', {
    deprecated: { key: 'honourRetryAfter', flag: 'honour-retry-after' },
  }),
  option('probeEveryCycle', 'no-probe-every-cycle', 'Probe before the initial cycle only', {
    turnsOff: true,
  }),
  option('sendManagerOnCreate', 'send-manager-on-create', 'Include the manager when creating a user'),
  option(
    'activeAsStringOnCreate',
    'active-as-string-on-create',
    'Send `"True"` instead of `true` when creating a user',
  ),
  option('memberNullRef', 'member-null-ref', 'Send `"$ref": null` with each member'),
  option('groupSchemaMs', 'no-group-schema-ms', "Omit Microsoft's schema when creating a group", {
    turnsOff: true,
  }),
  option('keepFlagInQuery', 'keep-flag-in-query', "Keep the tenant URL's query in each request"),
  option('timeout', 'timeout', 'Request timeout', { value: '<duration>', defaultValue: '100s' }),
]

const schema = z.object({
  url: endpointUrl.optional(),
  ...authSchema.shape,
  directory: text.optional(),
  mapping: text,
  scope: z.enum(['assigned', 'all'], 'must be assigned or all'),
  state: text,
  skipOutOfScopeDeletions: boolean.default(false),
  disabledUnlinked: z.enum(['skip', 'disable'], 'must be skip or disable'),
  accidentalDeletionThreshold: number(0).optional(),
  memberBatchSize: number(1),
  memberConcurrency: number(1),
  concurrency: number(1),
  maxRps: number(1),
  honorRetryAfter: boolean.default(false),
  probeEveryCycle: boolean.default(true),
  sendManagerOnCreate: boolean.default(false),
  activeAsStringOnCreate: boolean.default(false),
  memberNullRef: boolean.default(false),
  groupSchemaMs: boolean.default(true),
  keepFlagInQuery: boolean.default(false),
  timeout: duration,
})

type Values = Readonly<z.output<typeof schema>>

export type JobSettings = Omit<Values, keyof z.output<typeof authSchema>> & {
  /** Undefined if a command that needs no credentials has none. */
  readonly credentials: CredentialSettings | undefined
}

/** A setting that a command can require. */
export type RequiredSetting = 'url' | 'credentials' | 'directory'
export type Complete<Needs extends RequiredSetting> = JobSettings & {
  readonly [Name in Needs]: NonNullable<JobSettings[Name]>
}

/** Flags override the file, which overrides defaults. Throws a CliError with all invalid or missing settings. */
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
  const invalid = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${given.get(String(path[0]))?.name} ${message}.`)
  const inapplicable = needs.some(key => key === 'credentials')
    ? inapplicableAuthOptions(values.auth, given)
    : []
  const missing = missingSettings(needs, values.auth, given)
  if (!read.success || invalid.length + inapplicable.length + missing.length > 0) {
    const example = missing.length > 0 && values.auth === 'secret-token' ? [exampleCommand] : []
    throw settingsError([...invalid, ...inapplicable, ...missing, ...example])
  }
  return { ...read.data, credentials: credentialsOf(read.data) } as unknown as Complete<Needs>
}

function missingSettings(
  needs: readonly RequiredSetting[],
  auth: unknown,
  given: SettingSource,
): readonly string[] {
  return needs.flatMap(key => {
    if (key === 'credentials') return missingAuthOptions(auth, given)
    return given.has(key) ? [] : [missingMessages[key]]
  })
}

const missingMessages: Readonly<Record<Exclude<RequiredSetting, 'credentials'>, string>> = {
  url: '--url is required: the tenant URL of the SCIM endpoint.',
  directory: '--directory is required: the file or folder to provision from.',
}

/** A complete command for first-time users. */
const exampleCommand = [
  'Example, with `scimulator --memory --tenant acme --token let-me-in-for-now` running:',
  '  scimulator entra sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\',
  '    --directory samples/springfield.json',
].join('\n')
