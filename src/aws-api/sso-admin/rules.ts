import type { ApiRule } from '../rules.ts'

const sources = {
  model: 'https://github.com/boto/botocore/blob/develop/botocore/data/sso-admin/2020-07-20/service-2.json',
  updateInstance: 'https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UpdateInstance.html',
  moto: 'https://github.com/getmoto/moto/blob/master/moto/ssoadmin/models.py',
  duplicateName: 'https://github.com/hashicorp/terraform-provider-aws/issues/38544',
  permissionSetInUse: 'https://github.com/hashicorp/terraform-provider-aws/issues/26757',
  relayState: 'https://github.com/hashicorp/terraform-provider-aws/issues/17411',
  noPrincipal: 'https://github.com/hashicorp/terraform-provider-aws/issues/19341',
  accountAssignment:
    'https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ssoadmin/account_assignment.go',
  accessDenied: 'https://github.com/binbashar/le-tf-infra-aws/pull/874',
  sessionDuration: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html',
  provisioning:
    'https://docs.aws.amazon.com/singlesignon/latest/userguide/users-groups-provisioning.html#user-deletion',
  limits: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html',
} as const

export const ssoAdminRules = [
  {
    id: 'sso-admin/instance',
    description:
      'A tenant has one instance. Requests for another instance get `AccessDeniedException`, as for an instance of another account.',
    source: sources.accessDenied,
    basis: 'inferred',
    remedy: 'Use the instance ARN that ListInstances returns.',
  },
  {
    id: 'sso-admin/not-emulated',
    description:
      'Applications, trusted token issuers, access control attributes, additional Regions, and the creation of instances are not emulated. Operations that read them find none; operations that write get `UnknownOperationException`.',
    source: sources.model,
    basis: 'documented',
    remedy: 'Leave these resources out of the test.',
  },
  {
    id: 'sso-admin/update-instance',
    description:
      'UpdateInstance names the instance. `PermissionSetsEnabled` can only be true, and not together with `EncryptionConfiguration`; customer managed keys are not emulated.',
    source: sources.updateInstance,
    basis: 'documented',
    remedy: 'Send the name, or `PermissionSetsEnabled: true`, alone.',
  },
  {
    id: 'sso-admin/permission-set-exists',
    description: 'The permission set in the request exists.',
    source: sources.moto,
    basis: 'inferred',
    remedy: 'Look up the ARN with ListPermissionSets.',
  },
  {
    id: 'sso-admin/duplicate-permission-set',
    description: 'The name of a permission set is unique in its instance.',
    source: sources.duplicateName,
    basis: 'observed',
    remedy: 'Choose another name, or import the existing permission set.',
  },
  {
    id: 'sso-admin/permission-set-in-use',
    description: 'A permission set that has account assignments cannot be deleted.',
    source: sources.permissionSetInUse,
    basis: 'observed',
    remedy: 'Delete the assignments first: ListAccountsForProvisionedPermissionSet, ListAccountAssignments.',
  },
  {
    id: 'sso-admin/session-duration',
    description: 'A session lasts 1 to 12 hours, by default 1 hour.',
    source: sources.sessionDuration,
    basis: 'documented',
    remedy: 'Set SessionDuration to a value from PT1H to PT12H.',
  },
  {
    id: 'sso-admin/relay-state-cleared',
    description:
      'UpdatePermissionSet without `RelayState` removes it. Without `Description` or `SessionDuration`, these stay.',
    source: sources.relayState,
    basis: 'observed',
  },
  {
    id: 'sso-admin/policy-attached-once',
    description: 'A policy can be attached to a permission set only once.',
    source: sources.moto,
    basis: 'inferred',
    remedy: 'Skip policies that ListManagedPoliciesInPermissionSet returns.',
  },
  {
    id: 'sso-admin/managed-policy-quota',
    description:
      'A permission set has at most 20 policies that AWS manages. The text of the error was not observed.',
    source: sources.limits,
    basis: 'documented',
    remedy: 'Detach a policy first, or write an inline policy.',
  },
  {
    id: 'sso-admin/policy-is-attached',
    description: 'Only a policy that is attached to the permission set can be detached.',
    source: sources.moto,
    basis: 'inferred',
    remedy: 'Skip policies that ListManagedPoliciesInPermissionSet does not return.',
  },
  {
    id: 'sso-admin/permissions-boundary',
    description: 'A permissions boundary is one policy, either AWS managed or customer managed.',
    source: sources.model,
    basis: 'inferred',
    remedy: 'Send either ManagedPolicyArn or CustomerManagedPolicyReference.',
  },
  {
    id: 'sso-admin/policies-not-evaluated',
    description:
      'Policies are stored and returned. They are not evaluated, and their existence is not checked.',
    source: sources.model,
    basis: 'assumed',
  },
  {
    id: 'sso-admin/assignment-request',
    description:
      'Creating or deleting an assignment returns the status `IN_PROGRESS`. The next request for the status gets `SUCCEEDED` or `FAILED`.',
    source: sources.accountAssignment,
    basis: 'observed',
  },
  {
    id: 'sso-admin/assigned-twice',
    description: 'Creating an existing assignment succeeds and changes nothing.',
    source: sources.accountAssignment,
    basis: 'observed',
  },
  {
    id: 'sso-admin/no-principal',
    description: 'A request to assign an account to a user or group that does not exist fails.',
    source: sources.noPrincipal,
    basis: 'inferred',
    remedy: 'Get the new ID with GetUserId or GetGroupId whenever the user or group was created again.',
  },
  {
    id: 'sso-admin/assignments-outlive-principals',
    description:
      'Depending on `assignmentsOfDeleted`, assignments remain when their user or group is deleted, or are deleted with it. A user or group that is created again has a new ID and no assignments.',
    source: sources.provisioning,
    basis: 'documented',
  },
  {
    id: 'sso-admin/dangling-assignment-deleted',
    description:
      'An assignment of a deleted user or group can be deleted. In 2021, such a request failed on AWS if SCIM had deleted the user or group.',
    source: sources.noPrincipal,
    basis: 'assumed',
  },
  {
    id: 'sso-admin/assignment-exists',
    description: 'Only an existing assignment can be deleted.',
    source: sources.accountAssignment,
    basis: 'inferred',
    remedy: 'List the assignments with ListAccountAssignments.',
  },
  {
    id: 'sso-admin/request-exists',
    description: 'The `RequestId` belongs to a request of the same type: creation, deletion or provisioning.',
    source: sources.model,
    basis: 'assumed',
    remedy: 'Use the RequestId in the response to the original request.',
  },
  {
    id: 'sso-admin/assignments-through-groups',
    description:
      'For a user, ListAccountAssignmentsForPrincipal includes the assignments of the user’s groups, with the group as principal.',
    source: sources.model,
    basis: 'documented',
  },
  {
    id: 'sso-admin/any-account',
    description: 'Any 12 digits are accepted as an AWS account: AWS Organizations is not emulated.',
    source: sources.model,
    basis: 'assumed',
  },
  {
    id: 'sso-admin/provision-target',
    description: 'A permission set is provisioned to the account in `TargetId`, or to all accounts.',
    source: sources.model,
    basis: 'inferred',
    remedy: 'Send TargetId with the target type AWS_ACCOUNT.',
  },
  {
    id: 'sso-admin/tags',
    description: 'A permission set has at most 50 tags. Tags of instances are not emulated.',
    source: sources.limits,
    basis: 'assumed',
    remedy: 'Tag only permission sets, with at most 50 tags each.',
  },
] as const satisfies readonly ApiRule[]

export type SsoAdminRuleId = (typeof ssoAdminRules)[number]['id']
