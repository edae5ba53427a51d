import type { ImportResult } from '../contract/aws-import.ts'
import type { Principal } from '../ports/account-assignments.ts'

/** An instance of IAM Identity Center. Tenants without one have names that follow from their ID. */
export type AwsInstance = {
  readonly store: string
  readonly arn: string
  readonly account: string
  readonly region?: string
  readonly name?: string
  /** The issuer of the external IDs that SCIM shows and writes. */
  readonly issuer?: string
}

export type ApplicationAssignment = { readonly application: string; readonly principal: Principal }

/** Stored with the tenant that was imported. Times are milliseconds since 1970. */
export type ImportedDirectory = {
  readonly instance: AwsInstance
  readonly at: number
  /** Names by account: at most 10,000. */
  readonly accounts: Readonly<Record<string, string>>
  /** For reports only: at most 10,000. */
  readonly applications: readonly ApplicationAssignment[]
  readonly result: ImportResult
}
