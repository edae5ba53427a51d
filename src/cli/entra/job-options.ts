import { defaultJobConfig } from '../../entra/job-config.ts'

/** An option of a provisioning job: this list is what `--help`, the README's table and the job file agree on. */
export type JobOption = {
  /** Its name in the job file. */
  readonly key: string
  readonly flag: string
  /** What follows the flag; absent where nothing does. */
  readonly value?: string
  readonly otherwise?: string
  readonly says: string
  /** The flag turns something off that is on otherwise. */
  readonly turnsOff?: true
  /** Is given by flag or environment only, and kept nowhere. */
  readonly isSecret?: true
}

/** Where a job file is looked for when none is named. */
export const usualJobFile = 'scimulator-entra.json'

export const tokenVariable = 'SCIMULATOR_ENTRA_TOKEN'

const option = (key: string, flag: string, says: string, rest: Partial<JobOption> = {}): JobOption => ({
  key,
  flag,
  says,
  ...rest,
})

export const stateOption = option('state', 'state', 'the file that keeps links, escrows, watermark', {
  value: '<file>',
  otherwise: 'data/entra.json',
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
    otherwise: 'aws',
  }),
  option('scope', 'scope', '`assigned` users and groups only, or `all`', {
    value: '<scope>',
    otherwise: defaultJobConfig.scope,
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
    otherwise: String(defaultJobConfig.memberBatchSize),
  }),
  option('memberConcurrency', 'member-concurrency', 'requests for members of one group at a time', {
    value: '<number>',
    otherwise: String(defaultJobConfig.memberConcurrency),
  }),
  option('concurrency', 'concurrency', 'users, or groups, worked on at a time', {
    value: '<number>',
    otherwise: String(defaultJobConfig.concurrency),
  }),
  option('maxRps', 'max-rps', 'requests a second at most', { value: '<number>', otherwise: '25' }),
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
  option('timeout', 'timeout', 'wait so long for an answer', { value: '<duration>', otherwise: '100s' }),
]
