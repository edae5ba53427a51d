import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { App } from '../app.ts'
import type { OktaUser } from '../directory/okta-directory.ts'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

type Source = (user: OktaUser) => Json | undefined

const text =
  (name: string): Source =>
  ({ attributes }) => {
    const value = attributes[name]
    return value === undefined || value === '' ? undefined : String(value)
  }

const phoneNumber: Source = user => {
  const value = text('telephoneNumber')(user)
  return value === undefined ? undefined : [{ value, type: 'work' }]
}

/** The parts of an address in SCIM and in the directory. */
const addressParts = [
  ['streetAddress', 'streetAddress'],
  ['locality', 'city'],
  ['region', 'state'],
  ['postalCode', 'postalCode'],
  ['country', 'country'],
] as const

const addressOf = (user: OktaUser): JsonObject =>
  Object.fromEntries(
    addressParts.flatMap(([part, name]) => {
      const value = text(name)(user)
      return value === undefined ? [] : [[part, value]]
    }),
  )

/** Okta's app for AWS sends whole addresses only (AWS's guide for Okta). */
const isWhole = (address: JsonObject) => Object.keys(address).length === addressParts.length

const address: Source = user => {
  const parts = addressOf(user)
  return isWhole(parts) ? [{ ...parts, type: 'work' }] : undefined
}

type Optional = { readonly source: Source; readonly isEnterprise?: true }

const optional = {
  title: { source: text('jobTitle') },
  nickName: { source: text('nickName') },
  userType: { source: text('userType') },
  preferredLanguage: { source: text('preferredLanguage') },
  timezone: { source: text('timezone') },
  phoneNumbers: { source: phoneNumber },
  addresses: { source: address },
  employeeNumber: { source: text('employeeId'), isEnterprise: true },
  costCenter: { source: text('costCenter'), isEnterprise: true },
  organization: { source: text('organization'), isEnterprise: true },
  division: { source: text('division'), isEnterprise: true },
  department: { source: text('department'), isEnterprise: true },
} as const satisfies Readonly<Record<string, Optional>>

/** An attribute that an app can send beside the basic ones. */
export type AttributeName = keyof typeof optional

export const attributeNames = Object.keys(optional) as readonly AttributeName[]

/** Why Okta would not send the user at all. */
export function profileError(user: OktaUser, { attributes }: App): string | undefined {
  if (!attributes.includes('addresses')) return undefined
  const parts = addressOf(user)
  if (Object.keys(parts).length === 0 || isWhole(parts)) return undefined
  const missing = addressParts.filter(([part]) => !Object.hasOwn(parts, part)).map(([, name]) => name)
  return `The address is incomplete: ${missing.join(', ')} missing. Okta sends an address only as a whole.`
}

/** The profile of a user in the app, in the order of Okta's SCIM 2.0 reference. Where other attributes stand is not known. */
function appProfile(user: OktaUser, { attributes }: App): JsonObject {
  const { login, displayName, oktaId } = user
  const name = namesOf(user)
  const values = attributes.flatMap(attribute => {
    const { source, isEnterprise }: Optional = optional[attribute]
    const value = source(user)
    return value === undefined ? [] : [{ attribute, value, isEnterprise }]
  })
  const extension = values.filter(({ isEnterprise }) => isEnterprise)
  const fragment = (some: typeof values) =>
    Object.fromEntries(some.map(({ attribute, value }) => [attribute, value]))
  return {
    schemas: extension.length > 0 ? [core, enterprise] : [core],
    userName: login,
    ...(Object.keys(name).length > 0 && { name }),
    emails: [{ primary: true, value: text('mail')(user) ?? login, type: 'work' }],
    displayName,
    locale: text('locale')(user) ?? 'en-US',
    ...fragment(values.filter(({ isEnterprise }) => !isEnterprise)),
    ...(extension.length > 0 && { [enterprise]: fragment(extension) }),
    externalId: oktaId,
    groups: [],
  }
}

function namesOf(user: OktaUser): JsonObject {
  const givenName = text('givenName')(user)
  const familyName = text('surname')(user)
  return { ...(givenName !== undefined && { givenName }), ...(familyName !== undefined && { familyName }) }
}

/** The body of a new user. `password`: a filler, which Okta sends even if passwords are not synchronized. */
export const newUser = (user: OktaUser, app: App, password: string | undefined): JsonObject => ({
  ...appProfile(user, app),
  ...(password !== undefined && { password }),
  active: true,
})

/**
 * The resource as the server returned it, with the values of the app's profile: attributes keep their places, and what
 * Okta doesn't know stays, so that `name.formatted` may be out of date. `groups` are the server's, unless it returned none.
 */
export function updatedUser(current: JsonObject, user: OktaUser, app: App): JsonObject {
  const { schemas, groups, ...profile } = appProfile(user, app)
  const merged = Object.entries(profile).map(([name, value]) => [name, mergeValue(current[name], value)])
  return {
    ...current,
    schemas: mergeSchemas(current.schemas, schemas),
    ...Object.fromEntries(merged),
    groups: current.groups ?? groups ?? [],
    active: true,
  }
}

const mergeSchemas = (current: Json | undefined, sent: Json | undefined): Json =>
  [...new Set([...listOf(current), ...listOf(sent)])] as readonly Json[]

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

function mergeValue(current: Json | undefined, value: Json): Json {
  if (isObject(value)) return isObject(current) ? { ...current, ...value } : value
  if (!Array.isArray(value) || !Array.isArray(current)) return value
  // Each list of the profile has one value of the type `work`.
  const [sent] = value.filter(isObject)
  const elements = current.filter(isObject)
  const at = Math.max(
    0,
    elements.findIndex(({ type }) => type === 'work'),
  )
  return elements.length === 0 ? value : elements.with(at, { ...elements[at], ...sent })
}

/** What is compared with the last state that was sent. */
export const comparedUser = (user: OktaUser, app: App): JsonObject => appProfile(user, app)
