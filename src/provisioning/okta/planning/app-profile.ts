import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { optionalValues } from '../../kit/directory/optional-attributes.ts'
import { attributeText as text } from '../../kit/directory/source-directory.ts'
import type { App } from '../app.ts'
import type { OktaUser } from '../directory/okta-directory.ts'
import { addressOf, addressParts, isWhole, optionalAttributes } from './attributes.ts'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

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
  const values = optionalValues(attributes, optionalAttributes, user)
  const isExtended = Object.keys(values.enterprise).length > 0
  return {
    schemas: isExtended ? [core, enterprise] : [core],
    userName: login,
    ...(Object.keys(name).length > 0 && { name }),
    emails: [{ primary: true, value: text('mail')(user) ?? login, type: 'work' }],
    displayName,
    locale: text('locale')(user) ?? 'en-US',
    ...values.core,
    ...(isExtended && { [enterprise]: values.enterprise }),
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

export const comparedUser = (user: OktaUser, app: App): JsonObject => appProfile(user, app)
