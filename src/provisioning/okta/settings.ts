import * as z from 'zod'
import type { Json, JsonObject } from '../../scim/json.ts'
import { attributeText, type OptionalAttribute, workPhone } from '../kit/directory/source-directory.ts'
import { configurable } from '../kit/job-file.ts'
import * as kit from '../kit/settings.ts'
import { choice, flag, namesOf, number, setting, text } from '../kit/settings.ts'
import type { OktaUser } from './directory.ts'

/** Catalog apps send PATCH for status and groups; apps of the wizard send PUT only (Okta's SCIM 2.0 reference). */
export type App = {
  readonly family: 'catalog' | 'wizard'
  readonly label: string
  /** The request of Push now: changes, or all members at once. Which of them an app sends is not documented. */
  readonly pushNow: 'patch' | 'replace'
  readonly groupImport: boolean
  readonly password: boolean
  readonly batch: number
  readonly deletedGroups: 'delete' | 'leave'
  readonly attributes: readonly AttributeName[]
}

export const defaultApp: App = {
  family: 'catalog',
  label: 'AWS IAM Identity Center',
  pushNow: 'patch',
  groupImport: false,
  password: true,
  batch: 100,
  deletedGroups: 'delete',
  attributes: [],
}

/** Requests per second. Okta publishes no number. */
export const requestsPerSecond = 5

export const addressParts = [
  ['streetAddress', 'streetAddress'],
  ['locality', 'city'],
  ['region', 'state'],
  ['postalCode', 'postalCode'],
  ['country', 'country'],
] as const

export const addressOf = (user: OktaUser): JsonObject =>
  Object.fromEntries(
    addressParts.flatMap(([part, name]) => {
      const value = attributeText(name)(user)
      return value === undefined ? [] : [[part, value]]
    }),
  )

/** Okta's app for AWS sends whole addresses only (AWS's guide for Okta). */
export const isWhole = (address: JsonObject) => Object.keys(address).length === addressParts.length

function address(user: OktaUser): Json | undefined {
  const parts = addressOf(user)
  return isWhole(parts) ? [{ ...parts, type: 'work' }] : undefined
}

export const optionalAttributes = {
  title: { source: attributeText('jobTitle') },
  nickName: { source: attributeText('nickName') },
  userType: { source: attributeText('userType') },
  preferredLanguage: { source: attributeText('preferredLanguage') },
  timezone: { source: attributeText('timezone') },
  phoneNumbers: { source: workPhone },
  addresses: { source: address },
  employeeNumber: { source: attributeText('employeeId'), isEnterprise: true },
  costCenter: { source: attributeText('costCenter'), isEnterprise: true },
  organization: { source: attributeText('organization'), isEnterprise: true },
  division: { source: attributeText('division'), isEnterprise: true },
  department: { source: attributeText('department'), isEnterprise: true },
} as const satisfies Readonly<Record<string, OptionalAttribute<OktaUser>>>

type AttributeName = keyof typeof optionalAttributes

const attributeNames = Object.keys(optionalAttributes) as readonly AttributeName[]

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
