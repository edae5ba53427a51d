import { z } from 'zod'
import { configurable } from '../kit/job-file.ts'
import * as kit from '../kit/settings.ts'
import { choice, code, namesOf, setting, text } from '../kit/settings.ts'
import { type App, defaultApp, requestsPerSecond } from './app.ts'
import {
  type Delay,
  type DelayOf,
  delayNames,
  everyOccasion,
  type Occasion,
  occasions,
} from './deprovisioning.ts'
import { attributeNames } from './planning/attributes.ts'

const delaysMessage = `must be one of ${delayNames.join(', ')}, or delays by occasion such as deleted=1d,app-off=7d`
const isDelay = (value: unknown): value is Delay => delayNames.some(name => name === value)
const isOccasion = (value: unknown): value is Occasion => occasions.some(name => name === value)

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

const settings = {
  url: setting('--url <url>', kit.endpointUrl.optional(), 'URL of the SCIM endpoint', {
    required: 'the URL of the SCIM endpoint',
  }),
  token: kit.secret('--token <token>', 'SCIMULATOR_GOOGLE_TOKEN', kit.token.optional(), 'access token'),
  maxRps: kit.maxRps(requestsPerSecond),
  timeout: kit.timeout('60s'),
  directory: kit.directory('the file or folder with users'),
  state: kit.stateFile('data/google.json', 'links, last values sent, delays'),
  scopeGroup: setting('--scope-group <name>', text.optional(), 'Provision direct members of this group only'),
  update: setting(
    '--update <request>',
    choice(['put', 'patch']),
    'Request that changes a user: `put` (whole user) or `patch`',
    { defaultValue: defaultApp.update },
  ),
  schemas: setting(
    '--schemas <which>',
    choice(['both', 'core']),
    "`both`: SCIM 1.0's URN before the one of SCIM 2.0; `core`: the latter only",
    { defaultValue: defaultApp.schemas },
  ),
  attributes: setting(
    '--attributes <names>',
    namesOf(attributeNames).default([]),
    `Attributes to map beside the mandatory ones, separated by commas: ${code(attributeNames)}`,
  ),
  suspendAfter: setting(
    '--suspend-after <delays>',
    delaysBy(defaultApp.suspendAfter),
    `Set \`active\` to false after: ${code(delayNames)}; for all occasions, or \`deleted=1d,app-off=7d\` (${code(occasions)})`,
    { defaultValue: 'within-24h' },
  ),
  deleteAfter: setting(
    '--delete-after <delays>',
    delaysBy(defaultApp.deleteAfter),
    'Delete the user in the app after the same delays',
    { defaultValue: 'never' },
  ),
} as const

export const googleSettings = configurable({ name: 'google', settings, composed: {} })

export const appOf = ({
  update,
  schemas,
  attributes,
  suspendAfter,
  deleteAfter,
}: kit.Values<typeof settings>): App => ({
  update,
  schemas,
  attributes,
  suspendAfter,
  deleteAfter,
})
