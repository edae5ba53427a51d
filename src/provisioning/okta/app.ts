import type { AttributeName } from './planning/attributes.ts'

/**
 * The app integration. Apps of Okta's catalog send PATCH for changes of status and of groups, those of the App Integration
 * Wizard send PUT for all changes (Okta's SCIM 2.0 reference).
 */
export type App = {
  readonly family: 'catalog' | 'wizard'
  /** The name of the app in the sentences of tasks. */
  readonly label: string
  /** The request of Push now: changes, or all members at once. Which of them an app sends is not documented. */
  readonly pushNow: 'patch' | 'replace'
  /** Whether groups are linked by what an import saw; otherwise each push searches first. */
  readonly groupImport: boolean
  /** Whether a new user has a random password, as with password synchronization turned off. */
  readonly password: boolean
  /** Membership changes in one PATCH at most. */
  readonly batch: number
  /** What happens to a group in the app once it is no longer pushed. */
  readonly deletedGroups: 'delete' | 'leave'
  /** Attributes that are sent beside the basic ones. */
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
