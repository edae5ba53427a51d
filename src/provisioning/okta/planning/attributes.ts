import type { Json, JsonObject } from '../../../scim/json.ts'
import { type OptionalAttribute, workPhone } from '../../kit/directory/optional-attributes.ts'
import { attributeText as text } from '../../kit/directory/source-directory.ts'
import type { OktaUser } from '../directory/okta-directory.ts'

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
      const value = text(name)(user)
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
  title: { source: text('jobTitle') },
  nickName: { source: text('nickName') },
  userType: { source: text('userType') },
  preferredLanguage: { source: text('preferredLanguage') },
  timezone: { source: text('timezone') },
  phoneNumbers: { source: workPhone },
  addresses: { source: address },
  employeeNumber: { source: text('employeeId'), isEnterprise: true },
  costCenter: { source: text('costCenter'), isEnterprise: true },
  organization: { source: text('organization'), isEnterprise: true },
  division: { source: text('division'), isEnterprise: true },
  department: { source: text('department'), isEnterprise: true },
} as const satisfies Readonly<Record<string, OptionalAttribute<OktaUser>>>

export type AttributeName = keyof typeof optionalAttributes

export const attributeNames = Object.keys(optionalAttributes) as readonly AttributeName[]
