import type { Command } from 'commander'
import { z } from 'zod'
import { type App, defaultApp, requestsPerSecond } from '../../../provisioning/google/app.ts'
import {
  type Delay,
  type DelayOf,
  delayNames,
  everyOccasion,
  type Occasion,
  occasions,
} from '../../../provisioning/google/deprovisioning.ts'
import { attributeNames } from '../../../provisioning/google/planning/attributes.ts'
import { type JobOption, option } from '../job-option.ts'
import type { JobFormat } from '../job-settings.ts'
import { type Complete, exampleOf, readSettings } from '../read-settings.ts'
import { duration, endpointUrl, namesOf, number, text, token } from '../setting-schemas.ts'

const tokenVariable = 'SCIMULATOR_GOOGLE_TOKEN'

export const stateOption = option('state', 'state', 'State file: links, last values sent, delays', {
  value: '<file>',
  defaultValue: 'data/google.json',
})

const code = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ')

/** The settings of "Deprovisioning". */
export const deprovisioningOptions: readonly JobOption[] = [
  option(
    'suspendAfter',
    'suspend-after',
    `Set \`active\` to false after: ${code(delayNames)}; for all occasions, or \`deleted=1d,app-off=7d\` (${code(occasions)})`,
    { value: '<delays>', defaultValue: 'within-24h' },
  ),
  option('deleteAfter', 'delete-after', 'Delete the user in the app after the same delays', {
    value: '<delays>',
    defaultValue: 'never',
  }),
]

/** The options that decide how a job reaches the app. */
export const connectionOptions: readonly JobOption[] = [
  option('url', 'url', 'URL of the SCIM endpoint', { value: '<url>' }),
  option('token', 'token', `Access token; prefer \`${tokenVariable}\`; not allowed in the job file`, {
    value: '<token>',
    secretVariable: tokenVariable,
  }),
  option('maxRps', 'max-rps', 'Maximum requests per second', {
    value: '<number>',
    defaultValue: String(requestsPerSecond),
  }),
  option('timeout', 'timeout', 'Request timeout', { value: '<duration>', defaultValue: '60s' }),
]

export const jobOptions: readonly JobOption[] = [
  ...connectionOptions,
  option('directory', 'directory', 'Source directory: a file or a folder', { value: '<path>' }),
  stateOption,
  option('scopeGroup', 'scope-group', 'Provision direct members of this group only', { value: '<name>' }),
  option('update', 'update', 'Request that changes a user: `put` (whole user) or `patch`', {
    value: '<request>',
    defaultValue: defaultApp.update,
  }),
  option('schemas', 'schemas', "`both`: SCIM 1.0's URN before the one of SCIM 2.0; `core`: the latter only", {
    value: '<which>',
    defaultValue: defaultApp.schemas,
  }),
  option(
    'attributes',
    'attributes',
    `Attributes to map beside the mandatory ones, separated by commas: ${code(attributeNames)}`,
    { value: '<names>' },
  ),
  ...deprovisioningOptions,
]

export const format: JobFormat = {
  options: jobOptions,
  defaultFile: 'scimulator-google.json',
  isPath: key => key === 'directory' || key === 'state',
}

const delaysMessage = `must be one of ${delayNames.join(', ')}, or delays by occasion such as deleted=1d,app-off=7d`
const isDelay = (value: unknown): value is Delay => delayNames.some(name => name === value)
const isOccasion = (value: unknown): value is Occasion => occasions.some(name => name === value)

/** One delay, or `deleted=1d,app-off=7d`; in the job file also an object. Occasions that are not named keep the default. */
const delaysBy = (defaults: DelayOf) =>
  z.unknown().transform((value, context): DelayOf => {
    if (isDelay(value)) return everyOccasion(value)
    const entries = entriesOf(value)
    if (entries?.every(([occasion, delay]) => isOccasion(occasion) && isDelay(delay))) {
      return { ...defaults, ...Object.fromEntries(entries) }
    }
    context.addIssue(delaysMessage)
    return z.NEVER
  })

function entriesOf(value: unknown): readonly (readonly unknown[])[] | undefined {
  if (typeof value === 'string') return value.split(',').map(each => each.split('=').map(word => word.trim()))
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined
}

const schema = z.object({
  url: endpointUrl.optional(),
  token: token.optional(),
  maxRps: number(1),
  timeout: duration,
  directory: text.optional(),
  state: text,
  scopeGroup: text.optional(),
  update: z.enum(['put', 'patch'], 'must be put or patch'),
  schemas: z.enum(['both', 'core'], 'must be both or core'),
  attributes: namesOf(attributeNames).default([]),
  suspendAfter: delaysBy(defaultApp.suspendAfter),
  deleteAfter: delaysBy(defaultApp.deleteAfter),
})

export type JobSettings = Readonly<z.output<typeof schema>>

/** A setting that a command can require. */
export type RequiredSetting = 'url' | 'token' | 'directory'

/** The settings of a command from its flags and the job file. Throws a CliError with all invalid or missing settings. */
export const readJobSettings = <Needs extends RequiredSetting>(
  command: Command,
  needs: readonly Needs[],
): Complete<JobSettings, Needs> =>
  readSettings<JobSettings, RequiredSetting, Needs>(command, needs, {
    format,
    schema,
    missing: {
      url: '--url is required: the URL of the SCIM endpoint.',
      token: `--token is required: the access token, or set ${tokenVariable}.`,
      directory: '--directory is required: the file or folder with users.',
    },
    example: exampleOf('google'),
  })

export const appOf = ({ update, schemas, attributes, suspendAfter, deleteAfter }: JobSettings): App => ({
  update,
  schemas,
  attributes,
  suspendAfter,
  deleteAfter,
})
