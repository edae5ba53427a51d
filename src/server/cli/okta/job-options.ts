import type { Command } from 'commander'
import { z } from 'zod'
import { defaultApp, requestsPerSecond } from '../../../provisioning/okta/app.ts'
import { attributeNames } from '../../../provisioning/okta/planning/attributes.ts'
import { type JobOption, option } from '../job-option.ts'
import type { JobFormat } from '../job-settings.ts'
import { type Complete, exampleOf, readSettings } from '../read-settings.ts'
import { boolean, duration, endpointUrl, namesOf, number, text, token } from '../setting-schemas.ts'

export const tokenVariable = 'SCIMULATOR_OKTA_TOKEN'

export const stateOption = option('state', 'state', 'State file: links, pushed groups, tasks', {
  value: '<file>',
  defaultValue: 'data/okta.json',
})

export const labelOption = option('appLabel', 'app-label', 'Name of the app in the sentences of tasks', {
  value: '<name>',
  defaultValue: defaultApp.label,
})

export const directoryOption = option('directory', 'directory', 'Source directory: a file or a folder', {
  value: '<path>',
})

const appOptions: readonly JobOption[] = [
  option(
    'app',
    'app',
    'App integration: `catalog` (PATCH for status and groups) or `wizard` (PUT for all changes)',
    { value: '<family>', defaultValue: defaultApp.family },
  ),
  labelOption,
  option('pushNow', 'push-now', 'Request of `push --now`: `patch` changes members, `replace` replaces them', {
    value: '<request>',
    defaultValue: defaultApp.pushNow,
  }),
  option(
    'groupImport',
    'group-import',
    'Link groups by what an import saw (`on`), or search before each first push (`off`)',
    { value: '<on or off>', defaultValue: 'off' },
  ),
  option(
    'deletedGroups',
    'deleted-groups',
    'Groups that are no longer pushed: `delete` or `leave` in the app',
    {
      value: '<what>',
      defaultValue: defaultApp.deletedGroups,
    },
  ),
  option('password', 'no-password', 'Send no random password when creating a user', { turnsOff: true }),
  option(
    'attributes',
    'attributes',
    `Further attributes to send, separated by commas: ${attributeNames.map(name => `\`${name}\``).join(', ')}`,
    { value: '<names>' },
  ),
  option('batch', 'batch', 'Membership changes per request (0: no limit)', {
    value: '<number>',
    defaultValue: String(defaultApp.batch),
  }),
]

/** The options that decide how a job reaches the app. */
export const connectionOptions: readonly JobOption[] = [
  option('url', 'url', 'Base URL of the SCIM endpoint, without a slash at the end', { value: '<url>' }),
  option('token', 'token', `API token; prefer \`${tokenVariable}\`; not allowed in the job file`, {
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
  directoryOption,
  stateOption,
  ...appOptions,
]

export const format: JobFormat = {
  options: jobOptions,
  defaultFile: 'scimulator-okta.json',
  isPath: key => key === 'directory' || key === 'state',
}

const url = endpointUrl.refine(value => !value.endsWith('/'), {
  // Okta rejects such a base URL before it sends anything (AWS's guide for Okta).
  message: 'must not end with a slash: Okta rejects such a base URL',
})

const schema = z.object({
  url: url.optional(),
  token: token.optional(),
  maxRps: number(1),
  timeout: duration,
  directory: text.optional(),
  state: text,
  app: z.enum(['catalog', 'wizard'], 'must be catalog or wizard'),
  appLabel: text,
  pushNow: z.enum(['patch', 'replace'], 'must be patch or replace'),
  groupImport: z.preprocess(
    value => (typeof value === 'boolean' ? (value ? 'on' : 'off') : value),
    z.enum(['on', 'off'], 'must be on or off'),
  ),
  deletedGroups: z.enum(['delete', 'leave'], 'must be delete or leave'),
  password: boolean.default(true),
  attributes: namesOf(attributeNames).default([]),
  batch: number(0),
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
      url: '--url is required: the base URL of the SCIM endpoint.',
      token: `--token is required: the API token, or set ${tokenVariable}.`,
      directory: '--directory is required: the file or folder with users, groups and assignments.',
    },
    example: exampleOf('okta'),
  })
