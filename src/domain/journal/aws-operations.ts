import { foldAscii } from './search/values.ts'

/**
 * The APIs of the AWS listener; `unknown` for a request that names none of them. The journal stores these values: never rename
 * one.
 */
export const awsApis = ['identity-store', 'sso-admin', 'sts', 'unknown'] as const

export type AwsApi = (typeof awsApis)[number]
export type KnownAwsApi = Exclude<AwsApi, 'unknown'>

export const identityStoreOperations = [
  'CreateUser',
  'DescribeUser',
  'UpdateUser',
  'DeleteUser',
  'ListUsers',
  'GetUserId',
  'CreateGroup',
  'DescribeGroup',
  'UpdateGroup',
  'DeleteGroup',
  'ListGroups',
  'GetGroupId',
  'CreateGroupMembership',
  'DescribeGroupMembership',
  'DeleteGroupMembership',
  'ListGroupMemberships',
  'ListGroupMembershipsForMember',
  'GetGroupMembershipId',
  'IsMemberInGroups',
] as const

/**
 * The operations of SSO Admin about instances, permission sets and account assignments, and those that read what instances are
 * without here, by its service model.
 */
export const ssoAdminOperations = [
  'ListInstances',
  'DescribeInstance',
  'UpdateInstance',
  'ListRegions',
  'DescribeRegion',
  'ListTagsForResource',
  'CreatePermissionSet',
  'DescribePermissionSet',
  'UpdatePermissionSet',
  'DeletePermissionSet',
  'ListPermissionSets',
  'CreateAccountAssignment',
  'DeleteAccountAssignment',
  'DescribeAccountAssignmentCreationStatus',
  'DescribeAccountAssignmentDeletionStatus',
  'ListAccountAssignmentCreationStatus',
  'ListAccountAssignmentDeletionStatus',
  'ListAccountAssignments',
  'ListAccountAssignmentsForPrincipal',
  'ListPermissionSetsProvisionedToAccount',
  'ListAccountsForProvisionedPermissionSet',
  'ProvisionPermissionSet',
  'DescribePermissionSetProvisioningStatus',
  'ListPermissionSetProvisioningStatus',
  'PutInlinePolicyToPermissionSet',
  'GetInlinePolicyForPermissionSet',
  'DeleteInlinePolicyFromPermissionSet',
  'AttachManagedPolicyToPermissionSet',
  'DetachManagedPolicyFromPermissionSet',
  'ListManagedPoliciesInPermissionSet',
  'AttachCustomerManagedPolicyReferenceToPermissionSet',
  'DetachCustomerManagedPolicyReferenceFromPermissionSet',
  'ListCustomerManagedPolicyReferencesInPermissionSet',
  'PutPermissionsBoundaryToPermissionSet',
  'GetPermissionsBoundaryForPermissionSet',
  'DeletePermissionsBoundaryFromPermissionSet',
  'TagResource',
  'UntagResource',
  'ListApplications',
  'ListApplicationProviders',
  'ListApplicationAssignmentsForPrincipal',
  'ListTrustedTokenIssuers',
  'DescribeApplicationProvider',
  'DescribeTrustedTokenIssuer',
  'DescribeApplication',
  'DescribeApplicationAssignment',
  'GetApplicationAccessScope',
  'GetApplicationAssignmentConfiguration',
  'GetApplicationAuthenticationMethod',
  'GetApplicationGrant',
  'GetApplicationSessionConfiguration',
  'ListApplicationAccessScopes',
  'ListApplicationAssignments',
  'ListApplicationAuthenticationMethods',
  'ListApplicationGrants',
  'DescribeInstanceAccessControlAttributeConfiguration',
] as const

const names: readonly string[] = [...identityStoreOperations, ...ssoAdminOperations, 'GetCallerIdentity']

export const parseAwsOperation = (text: string): string | undefined =>
  names.find(name => foldAscii(name) === foldAscii(text)) ??
  (/^[A-Z][a-z]+[A-Z][A-Za-z\d]*$/.test(text) ? text : undefined)
