import * as z from 'zod'
import { day } from '../../domain/duration.ts'
import { attributeText, type OptionalAttribute, workPhone } from '../kit/directory/source-directory.ts'
import { configurable } from '../kit/job-file.ts'
import * as kit from '../kit/settings.ts'
import { choice, code, namesOf, setting, text } from '../kit/settings.ts'
import { type GoogleUser, type Occasion, occasions } from './directory/google-directory.ts'

export const optionalAttributes = {
  externalId: { source: ({ id }) => id },
  title: { source: attributeText('jobTitle') },
  preferredLanguage: { source: attributeText('preferredLanguage') },
  phoneNumbers: { source: workPhone },
  employeeNumber: { source: attributeText('employeeId'), isEnterprise: true },
  costCenter: { source: attributeText('costCenter'), isEnterprise: true },
  organization: { source: attributeText('organization'), isEnterprise: true },
  department: { source: attributeText('department'), isEnterprise: true },
} as const satisfies Readonly<Record<string, OptionalAttribute<GoogleUser>>>

type AttributeName = keyof typeof optionalAttributes

const attributeNames = Object.keys(optionalAttributes) as readonly AttributeName[]

/** The delays that Google offers, in milliseconds. `within-24h`: with the next run, since Google promises no minimum. */
export const delays = {
  'within-24h': 0,
  '1d': day,
  '7d': 7 * day,
  '30d': 30 * day,
  never: Number.POSITIVE_INFINITY,
} as const
export type Delay = keyof typeof delays
const delayNames = Object.keys(delays) as readonly Delay[]

type DelayOf = Readonly<Record<Occasion, Delay>>

export const everyOccasion = (delay: Delay): DelayOf => ({
  deleted: delay,
  suspended: delay,
  'app-off': delay,
  'out-of-group': delay,
})

export type App = {
  /** The request that changes a user. Which of them Google sends is not documented. */
  readonly update: 'put' | 'patch'
  /** `both`: SCIM 1.0's URN before the one of RFC 7643, as captured. */
  readonly schemas: 'both' | 'core'
  readonly attributes: readonly AttributeName[]
  readonly suspendAfter: DelayOf
  readonly deleteAfter: DelayOf
}

export const defaultApp: App = {
  update: 'put',
  schemas: 'both',
  attributes: [],
  suspendAfter: everyOccasion('within-24h'),
  deleteAfter: everyOccasion('never'),
}

/** Requests per second. Google publishes no number. */
export const requestsPerSecond = 5

export const unknowns: readonly string[] = [
  'whether a search by userName precedes a create. Assumed: yes, `GET /Users?filter=userName eq "…"`.',
  'whether users are changed by PUT or by PATCH. Assumed: PUT of the whole user; --update patch sends PATCH.',
]

export const howToSettle =
  'To settle it, point an app of a Google Workspace trial at Scimulator through a tunnel, provision and rename a user, and give ' +
  'the recording: `scimulator journal export --format recording`.'

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
