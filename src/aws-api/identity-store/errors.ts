import type { JsonObject } from '../../scim/json.ts'
import { ApiError, type ApiErrorType } from '../api-error.ts'
import type { IdentityStoreRuleId } from './rules.ts'

export type ErrorResource = 'USER' | 'GROUP' | 'GROUP_MEMBERSHIP' | 'IDENTITY_STORE'

const reject = (
  type: ApiErrorType,
  rule: IdentityStoreRuleId,
  message: string,
  members: JsonObject = {},
): ApiError => new ApiError(type, message, { rule, members })

const invalid = (rule: IdentityStoreRuleId, message: string): ApiError =>
  reject('ValidationException', rule, message)

const notFound = (
  rule: IdentityStoreRuleId,
  message: string,
  ResourceType: ErrorResource,
  ResourceId?: string,
): ApiError =>
  reject('ResourceNotFoundException', rule, message, {
    ResourceType,
    ...(ResourceId !== undefined && { ResourceId }),
  })

const conflict = (rule: IdentityStoreRuleId, message: string): ApiError =>
  reject('ConflictException', rule, message, { Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' })

export const errors = {
  noStore: (id: string) =>
    notFound(
      'identity-store/store',
      `IdentityStore not present for IdentityStoreId: ${id}`,
      'IDENTITY_STORE',
      id,
    ),
  noResource: (resource: ErrorResource, id?: string) =>
    notFound('identity-store/resource', `${resource} not found.`, resource, id),
  noUserToUpdate: (id: string) => notFound('identity-store/resource', 'User not found', 'USER', id),
  noGroupToUpdate: (id: string) => notFound('identity-store/resource', 'Group not found', 'GROUP', id),
  nothingToDelete: (resource: ErrorResource, id: string) =>
    notFound('identity-store/delete-missing', `${resource} not found.`, resource, id),
  noMember: (id: string) => notFound('identity-store/membership-ends', 'Member does not exist', 'USER', id),
  noGroupToJoin: (id: string) =>
    notFound('identity-store/membership-ends', 'Group does not exist', 'GROUP', id),
  noMembership: () =>
    notFound(
      'identity-store/resource',
      'Group membership not found for given Pool/Group/Member.',
      'GROUP_MEMBERSHIP',
    ),
  duplicateUserName: () => conflict('identity-store/duplicate-user-name', 'Duplicate UserName'),
  duplicateEmail: () => conflict('identity-store/duplicate-email', 'Duplicate EmailAddress'),
  duplicateGroupName: () => conflict('identity-store/duplicate-group-name', 'Duplicate GroupDisplayName'),
  duplicateMembership: () =>
    conflict('identity-store/duplicate-membership', 'Member and Group relationship already exists.'),
  endedMeanwhile: () =>
    reject(
      'ConflictException',
      'identity-store/concurrent-change',
      'The membership was deleted by another request.',
      { Reason: 'CONCURRENT_MODIFICATION' },
    ),
  quotaExceeded: (detail: string) => reject('ServiceQuotaExceededException', 'identity-store/quota', detail),
  /** Names in lower case; `username` has a text of its own. */
  required: (names: readonly string[]) =>
    invalid(
      'identity-store/required-attributes',
      names.includes('username')
        ? 'userName is a required attribute'
        : names.map(name => `${name}: The attribute ${name} is required`).join(', '),
    ),
  reservedName: (name: string) => invalid('identity-store/reserved-names', `${name} is a reserved name.`),
  birthdate: () =>
    invalid('identity-store/birthdate', 'The birthdate must be a date in the format YYYY-MM-DD.'),
  extension: (name: string) =>
    invalid('identity-store/extensions', `The extension ${name} is not supported.`),
  attributePath: (path: string) =>
    invalid('identity-store/attribute-paths', `Updates for AttributePath: ${path} is not supported`),
  partOfList: (list: string) =>
    invalid(
      'identity-store/whole-lists',
      `Unsupported update operation on multi-value attribute ${list}, please provide full replacement of Multi-Value attribute types`,
    ),
  listLimit: (list: string, limit: number) =>
    invalid('identity-store/attribute-values', `List attribute ${list} exceeds allowed limit of ${limit}`),
  unknownMember: (path: string) =>
    invalid('identity-store/attribute-values', `The attribute ${path} is not supported.`),
  attributeValue: (message: string) => invalid('identity-store/attribute-values', message),
  notUnique: (path: string) =>
    invalid('identity-store/unique-attributes', `The attribute ${path} is not a unique attribute`),
  emptyValue: () =>
    invalid('identity-store/unique-attributes', 'attribute value cannot be empty or null for attribute path'),
  filter: (path: string) =>
    invalid('identity-store/filters', `Filters for AttributePath: ${path} is not supported`),
  tooLarge: (detail: string) => invalid('identity-store/document-size', detail),
} as const
