import type { KnownAwsApi } from '../journal/aws-operations.ts'

// Page and CLI offer these words, and the contract validates by them: no zod here, which both would load.

export const faultApis = ['scim', 'identity-store', 'sso-admin', 'sts'] as const satisfies readonly (
  | 'scim'
  | KnownAwsApi
)[]

export const faultMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const faultOperations = ['create', 'read', 'list', 'replace', 'patch', 'delete', 'token'] as const
