import { ApiError } from '../api-error.ts'
import { principalArn } from '../identifiers.ts'
import type { ApiCall } from '../operation.ts'
import type { SsoAdminRuleId } from './rules.ts'

const withRule = (rule: SsoAdminRuleId) => ({ rule })

const notFound = (rule: SsoAdminRuleId, message: string) =>
  new ApiError('ResourceNotFoundException', message, withRule(rule))
const conflict = (rule: SsoAdminRuleId, message: string) =>
  new ApiError('ConflictException', message, withRule(rule))
const invalid = (rule: SsoAdminRuleId, message: string) =>
  new ApiError('ValidationException', message, withRule(rule))

/** The errors of SSO Admin, each with its rule. Texts of AWS where one was observed. */
export const ssoAdminErrors = {
  otherInstance: ({ principal: { account, keyId } }: ApiCall, operation: string, arn: string) =>
    new ApiError(
      'AccessDeniedException',
      `User: ${principalArn(account, keyId)} is not authorized to perform: sso:${operation} on resource: ${arn} because no identity-based policy allows the sso:${operation} action`,
      withRule('sso-admin/instance'),
    ),

  noneOfKind: (kind: string, arn: string) =>
    notFound('sso-admin/not-emulated', `Could not find ${kind} with arn ${arn}`),
  noAccessControlAttributes: () =>
    notFound(
      'sso-admin/not-emulated',
      'Could not find access control attribute configuration for the instance.',
    ),
  noRegion: (region: string) => notFound('sso-admin/not-emulated', `Could not find Region ${region}`),
  permissionSetsDisabled: () =>
    invalid(
      'sso-admin/update-instance',
      'PermissionSetsEnabled must be true: permission sets cannot be disabled.',
    ),
  encryptionWithPermissionSets: () =>
    invalid(
      'sso-admin/update-instance',
      'EncryptionConfiguration and PermissionSetsEnabled cannot be set in the same request.',
    ),
  customerManagedKey: () =>
    invalid('sso-admin/update-instance', 'Customer managed keys are not emulated: use AWS_OWNED_KMS_KEY.'),

  noPermissionSet: (id: string) =>
    notFound('sso-admin/permission-set-exists', `Could not find PermissionSet with id ${id}`),
  duplicatePermissionSet: (name: string) =>
    conflict('sso-admin/duplicate-permission-set', `PermissionSet with name ${name} already exists.`),
  permissionSetInUse: () =>
    conflict(
      'sso-admin/permission-set-in-use',
      'Could not delete because PermissionSet has ApplicationProfile associated with it',
    ),
  sessionDuration: (value: string) =>
    invalid('sso-admin/session-duration', `SessionDuration ${value} is not between PT1H and PT12H`),

  // The typo is that of the service.
  managedPolicyAttached: (id: string, arn: string) =>
    conflict(
      'sso-admin/policy-attached-once',
      `Permission set with id ${id} already has a typed link attachment to a manged policy with ${arn}`,
    ),
  tooManyManagedPolicies: (id: string) =>
    new ApiError(
      'ServiceQuotaExceededException',
      `You have exceeded the maximum number of managed policies attached to permission set ${id}`,
      withRule('sso-admin/managed-policy-quota'),
    ),
  noManagedPolicy: (arn: string) =>
    notFound('sso-admin/policy-is-attached', `Could not find ManagedPolicy with arn ${arn}`),
  customerPolicyAttached: (name: string, path: string) =>
    conflict(
      'sso-admin/policy-attached-once',
      `Given customer managed policy with name: ${name}  and path ${path} already attached`,
    ),
  noCustomerPolicy: (name: string, path: string) =>
    notFound(
      'sso-admin/policy-is-attached',
      `Given managed policy with name: ${name}  and path ${path} does not exist on PermissionSet`,
    ),
  noPermissionsBoundary: (id: string) =>
    notFound('sso-admin/policy-is-attached', `PermissionSet with id ${id} has no permissions boundary`),
  permissionsBoundary: () =>
    invalid(
      'sso-admin/permissions-boundary',
      'PermissionsBoundary must have exactly one of CustomerManagedPolicyReference and ManagedPolicyArn',
    ),

  noAssignment: () => notFound('sso-admin/assignment-exists', 'AccountAssignment not found'),
  noRequest: (id: string) => notFound('sso-admin/request-exists', `Could not find a request with id ${id}`),
  noTarget: () =>
    invalid('sso-admin/provision-target', 'TargetId is required for the target type AWS_ACCOUNT'),
  noTaggedResource: (arn: string) =>
    notFound('sso-admin/permission-set-exists', `Could not find the resource ${arn}`),
  instanceTags: () => invalid('sso-admin/tags', 'Tags of instances are not emulated'),
  tooManyTags: (maximum: number) => invalid('sso-admin/tags', `A permission set has at most ${maximum} tags`),
}

export const noPrincipalReason = (type: 'USER' | 'GROUP', id: string, store: string): string =>
  `Received a 404 status error: the ${type} assignee ${id} was not found in directory ${store}`
