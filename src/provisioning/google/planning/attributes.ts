import { type OptionalAttribute, workPhone } from '../../kit/directory/optional-attributes.ts'
import { attributeText as text } from '../../kit/directory/source-directory.ts'
import type { GoogleUser } from '../directory/google-directory.ts'

export const optionalAttributes = {
  externalId: { source: ({ id }) => id },
  title: { source: text('jobTitle') },
  preferredLanguage: { source: text('preferredLanguage') },
  phoneNumbers: { source: workPhone },
  employeeNumber: { source: text('employeeId'), isEnterprise: true },
  costCenter: { source: text('costCenter'), isEnterprise: true },
  organization: { source: text('organization'), isEnterprise: true },
  department: { source: text('department'), isEnterprise: true },
} as const satisfies Readonly<Record<string, OptionalAttribute<GoogleUser>>>

export type AttributeName = keyof typeof optionalAttributes

export const attributeNames = Object.keys(optionalAttributes) as readonly AttributeName[]
