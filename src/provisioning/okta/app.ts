import type { AttributeName } from './planning/attributes.ts'

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
