import type { z } from 'zod'
import type { importedDirectorySchema } from '../contract/aws-import.ts'

/** Stored with the tenant that was imported. Times are milliseconds since 1970. */
export type ImportedDirectory = z.output<typeof importedDirectorySchema>

/** An instance of IAM Identity Center. Tenants without one have names that follow from their ID. */
export type AwsInstance = ImportedDirectory['instance']

export type ApplicationAssignment = ImportedDirectory['applications'][number]
