import { z } from 'zod'
import { configurable } from '../kit/job-file.ts'
import * as kit from '../kit/settings.ts'
import { choice, flag, namesOf, number, setting, text } from '../kit/settings.ts'
import { type App, defaultApp, requestsPerSecond } from './app.ts'
import { attributeNames } from './planning/attributes.ts'

const settings = {
  url: setting(
    '--url <url>',
    kit.endpointUrl
      // Okta rejects such a base URL before it sends anything (AWS's guide for Okta).
      .refine(value => !value.endsWith('/'), 'must not end with a slash: Okta rejects such a base URL')
      .optional(),
    'Base URL of the SCIM endpoint, without a slash at the end',
    { required: 'the base URL of the SCIM endpoint' },
  ),
  token: kit.secret('--token <token>', 'SCIMULATOR_OKTA_TOKEN', kit.token.optional(), 'API token'),
  maxRps: kit.maxRps(requestsPerSecond),
  timeout: kit.timeout('60s'),
  directory: kit.directory('the file or folder with users, groups and assignments'),
  state: kit.stateFile('data/okta.json', 'links, pushed groups, tasks'),
  app: setting(
    '--app <family>',
    choice(['catalog', 'wizard']),
    'App integration: `catalog` (PATCH for status and groups) or `wizard` (PUT for all changes)',
    { defaultValue: defaultApp.family },
  ),
  appLabel: setting('--app-label <name>', text, 'Name of the app in the sentences of tasks', {
    defaultValue: defaultApp.label,
  }),
  pushNow: setting(
    '--push-now <request>',
    choice(['patch', 'replace']),
    'Request of `push --now`: `patch` changes members, `replace` replaces them',
    { defaultValue: defaultApp.pushNow },
  ),
  groupImport: setting(
    '--group-import <on or off>',
    z.preprocess(
      value => (typeof value === 'boolean' ? (value ? 'on' : 'off') : value),
      choice(['on', 'off']),
    ),
    'Link groups by what an import saw (`on`), or search before each first push (`off`)',
    { defaultValue: 'off' },
  ),
  deletedGroups: setting(
    '--deleted-groups <what>',
    choice(['delete', 'leave']),
    'Groups that are no longer pushed: `delete` or `leave` in the app',
    { defaultValue: defaultApp.deletedGroups },
  ),
  password: flag('--no-password', 'Send no random password when creating a user'),
  attributes: setting(
    '--attributes <names>',
    namesOf(attributeNames).default([]),
    `Further attributes to send, separated by commas: ${kit.code(attributeNames)}`,
  ),
  batch: setting('--batch <number>', number(0), 'Membership changes per request (0: no limit)', {
    defaultValue: String(defaultApp.batch),
  }),
} as const

export const oktaSettings = configurable({ name: 'okta', settings, composed: {} })

export const appOf = (values: kit.Values<typeof settings>): App => ({
  family: values.app,
  label: values.appLabel,
  pushNow: values.pushNow,
  groupImport: values.groupImport === 'on',
  deletedGroups: values.deletedGroups,
  password: values.password,
  attributes: values.attributes,
  batch: values.batch === 0 ? Number.POSITIVE_INFINITY : values.batch,
})
