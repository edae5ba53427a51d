import type { ApiRule } from '../aws-api/rules.ts'

const sources = {
  model: 'https://github.com/boto/botocore/blob/develop/botocore/data/sso-admin/2020-07-20/service-2.json',
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

/** What SSO Admin does with instances, permission sets and account assignments. */
export const ssoAdminRules = [
  {
    id: 'sso-admin/instance',
    description:
      'There is one instance per tenant. Requests that name another get `AccessDeniedException`, as for the instance of another account.',
    source: sources.accessDenied,
    basis: 'inferred',
    remedy: 'Use the instance ARN that ListInstances returns.',
  },
  {
    id: 'sso-admin/not-emulated',
    description:
      'Applications, trusted token issuers, access control attributes, and the creation of instances are not emulated: their operations get `UnknownOperationException`.',
    source: sources.model,
    basis: 'documented',
    remedy: 'Leave these resources out of the test.',
  },
  {
    id: 'sso-admin/permission-set-exists',
    description: 'The permission set that a request names exists.',
    source: sources.moto,
    basis: 'inferred',
    remedy: 'Look up the ARN with ListPermissionSets.',
  },
  {
    id: 'sso-admin/duplicate-permission-set',
    description: 'No other permission set has the name.',
    source: sources.duplicateName,
    basis: 'observed',
    remedy: 'Choose another name, or import the existing permission set.',
  },
  {
    id: 'sso-admin/permission-set-in-use',
    description: 'A permission set is deleted after all account assignments with it.',
    source: sources.permissionSetInUse,
    basis: 'observed',
    remedy: 'Delete the assignments first: ListAccountsForProvisionedPermissionSet, ListAccountAssignments.',
  },
  {
    id: 'sso-admin/session-duration',
    description: 'A session lasts from 1 to 12 hours; 1 hour if nothing else is set.',
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
    description: 'A policy is attached to a permission set once.',
    source: sources.moto,
    basis: 'inferred',
    remedy: 'Skip policies that ListManagedPoliciesInPermissionSet returns.',
  },
  {
    id: 'sso-admin/policy-is-attached',
    description: 'A policy that is detached was attached to the permission set.',
    source: sources.moto,
    basis: 'inferred',
    remedy: 'Skip policies that ListManagedPoliciesInPermissionSet does not return.',
  },
  {
    id: 'sso-admin/permissions-boundary',
    description: 'A permissions boundary is one policy: managed by AWS or in the accounts.',
    source: sources.model,
    basis: 'inferred',
    remedy: 'Send either ManagedPolicyArn or CustomerManagedPolicyReference.',
  },
  {
    id: 'sso-admin/policies-not-evaluated',
    description: 'Policies are stored and returned. Nothing evaluates them, or checks that they exist.',
    source: sources.model,
    basis: 'assumed',
  },
  {
    id: 'sso-admin/assignment-request',
    description:
      'Creating and deleting an assignment returns a request in progress. It has succeeded or failed by the time that a client asks for its status.',
    source: sources.accountAssignment,
    basis: 'observed',
  },
  {
    id: 'sso-admin/assigned-twice',
    description: 'Creating an assignment that exists succeeds and changes nothing.',
    source: sources.accountAssignment,
    basis: 'observed',
  },
  {
    id: 'sso-admin/no-principal',
    description: 'A request to assign an account to a user or group that does not exist fails.',
    source: sources.noPrincipal,
    basis: 'inferred',
    remedy: 'Read the ID with GetUserId or GetGroupId after each time that the identity was created again.',
  },
  {
    id: 'sso-admin/assignments-outlive-principals',
    description:
      'Assignments stay when their user or group is deleted. One that is created again has another ID, and gets none of them.',
    source: sources.provisioning,
    basis: 'documented',
  },
  {
    id: 'sso-admin/dangling-assignment-deleted',
    description:
      'An assignment of a deleted user or group can be deleted. In 2021, AWS failed such a request if the identity had been deleted over SCIM.',
    source: sources.noPrincipal,
    basis: 'assumed',
  },
  {
    id: 'sso-admin/assignment-exists',
    description: 'An assignment that is deleted exists.',
    source: sources.accountAssignment,
    basis: 'inferred',
    remedy: 'Read the assignments with ListAccountAssignments.',
  },
  {
    id: 'sso-admin/request-exists',
    description: 'The request whose status is asked for exists, and is of this kind.',
    source: sources.model,
    basis: 'assumed',
    remedy: 'Use the RequestId of the response to the request.',
  },
  {
    id: 'sso-admin/assignments-through-groups',
    description:
      'ListAccountAssignmentsForPrincipal of a user includes the assignments of the groups of the user, with the group as principal.',
    source: sources.model,
    basis: 'documented',
  },
  {
    id: 'sso-admin/any-account',
    description: 'Any 12 digits are an AWS account: AWS Organizations is not emulated.',
    source: sources.model,
    basis: 'assumed',
  },
  {
    id: 'sso-admin/provision-target',
    description: 'A permission set is provisioned to one account, which is named, or to all.',
    source: sources.model,
    basis: 'inferred',
    remedy: 'Send TargetId with the target type AWS_ACCOUNT.',
  },
  {
    id: 'sso-admin/tags',
    description: 'Permission sets have up to 50 tags. Instances have none, and cannot be tagged here.',
    source: sources.limits,
    basis: 'assumed',
    remedy: 'Tag permission sets, and no instance.',
  },
] as const satisfies readonly ApiRule[]

export type SsoAdminRuleId = (typeof ssoAdminRules)[number]['id']
