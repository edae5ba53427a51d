import type { ApiRule } from '../rules.ts'

const api = 'https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference'
const guide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'

const sources = {
  model:
    'https://github.com/boto/botocore/blob/develop/botocore/data/identitystore/2020-06-15/service-2.json',
  createUser: `${api}/API_CreateUser.html`,
  deleteUser: `${api}/API_DeleteUser.html`,
  updateUser: `${api}/API_UpdateUser.html`,
  listUsers: `${api}/API_ListUsers.html`,
  uniqueAttribute: `${api}/API_UniqueAttribute.html`,
  isMemberInGroups: `${api}/API_IsMemberInGroups.html`,
  provisioning: `${guide}/users-groups-provisioning.html`,
  automatic: `${guide}/provision-automatically.html`,
  quotas: `${guide}/limits.html`,
  cloudTrail: `${guide}/scim-logging-using-cloudtrail.html`,
  moto: 'https://github.com/getmoto/moto/blob/master/moto/identitystore/models.py',
  terraformUser:
    'https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/identitystore/user.go',
  otherRegion: 'https://github.com/awslabs/ssosync/issues/221',
  noMembership: 'https://github.com/awslabs/ssosync/issues/135',
} as const

export const identityStoreRules = [
  {
    id: 'identity-store/store',
    description:
      'The identity store belongs to the tenant. Requests for any other get `ResourceNotFoundException`.',
    source: sources.otherRegion,
    basis: 'observed',
    remedy:
      'Take the ID of the identity store from `aws sso-admin list-instances` or from the view Credentials of the page Connect.',
  },
  {
    id: 'identity-store/resource',
    description:
      'The user, group or membership exists. A resource that SCIM or this API deleted does not exist, even if the tenant retains it.',
    source: sources.moto,
    basis: 'observed',
    remedy: 'Look up the current ID with GetUserId, GetGroupId or GetGroupMembershipId.',
  },
  {
    id: 'identity-store/membership-ends',
    description: 'A new membership needs an existing user and an existing group.',
    source: sources.moto,
    basis: 'assumed',
    remedy: 'Create the user and the group first.',
  },
  {
    id: 'identity-store/delete-missing',
    description:
      'Depending on `deleteMissing`, deleting a resource that does not exist succeeds, because the service model marks the operations as idempotent, or gets `ResourceNotFoundException`.',
    source: sources.model,
    basis: 'documented',
    remedy: 'Treat ResourceNotFoundException on a deletion as success.',
  },
  {
    id: 'identity-store/duplicate-user-name',
    description: 'A `UserName` belongs to one user, whether SCIM or this API created it.',
    source: sources.provisioning,
    basis: 'documented',
    remedy: 'Find the other user with GetUserId, and use or delete it.',
  },
  {
    id: 'identity-store/duplicate-email',
    description: 'An email address belongs to one user.',
    source: sources.provisioning,
    basis: 'documented',
    remedy: 'Find the other user with GetUserId by emails.value, and use another address for one of them.',
  },
  {
    id: 'identity-store/duplicate-group-name',
    description: 'A `DisplayName` belongs to one group.',
    source: sources.cloudTrail,
    basis: 'observed',
    remedy: 'Find the other group with GetGroupId, and use or delete it.',
  },
  {
    id: 'identity-store/duplicate-membership',
    description: 'A user has at most one membership in a group.',
    source: sources.noMembership,
    basis: 'observed',
    remedy: 'Treat the error as success, or call IsMemberInGroups first.',
  },
  {
    id: 'identity-store/concurrent-change',
    description:
      'The creation of a membership fails if another request deletes the membership at the same time.',
    source: sources.model,
    basis: 'assumed',
    remedy: 'Retry the request.',
  },
  {
    id: 'identity-store/quota',
    description: 'An identity store has at most 100,000 users and 100,000 groups.',
    source: sources.quotas,
    basis: 'documented',
    remedy: 'Delete users or groups that are no longer needed.',
  },
  {
    id: 'identity-store/required-attributes',
    description:
      'A user has `UserName`, `DisplayName`, `Name.GivenName` and `Name.FamilyName`, and a group has `DisplayName`, although the service model requires none of them. They cannot be removed.',
    source: sources.provisioning,
    basis: 'documented',
    remedy: 'Send a value for each of them.',
  },
  {
    id: 'identity-store/reserved-names',
    description:
      '`Administrator` and `AWSAdministrators` are reserved: no user or group can have these names.',
    source: sources.createUser,
    basis: 'documented',
    remedy: 'Choose another name.',
  },
  {
    id: 'identity-store/birthdate',
    description: 'A `Birthdate` is a date such as `1984-05-12`.',
    source: sources.createUser,
    basis: 'documented',
    remedy: 'Send the date as YYYY-MM-DD.',
  },
  {
    id: 'identity-store/extensions',
    description:
      'The only extension is `aws:identitystore:enterprise`, with the attributes `employeeNumber`, `costCenter`, `organization`, `division`, `department` and `manager`.',
    source: sources.createUser,
    basis: 'assumed',
    remedy: 'Leave out the other extensions and attributes.',
  },
  {
    id: 'identity-store/attribute-paths',
    description:
      'UpdateUser and UpdateGroup change the attributes in their lists, with paths in lower camel case. A user cannot be disabled, and neither IDs nor `ExternalIds` can be changed. Paths are checked before the user is looked up.',
    source: sources.terraformUser,
    basis: 'observed',
    remedy: 'Use a supported path, such as displayName or name.givenName.',
  },
  {
    id: 'identity-store/whole-lists',
    description:
      'UpdateUser replaces lists as a whole: a path into a list, such as `emails.value`, is rejected.',
    source: sources.terraformUser,
    basis: 'observed',
    remedy: 'Send the path of the list with an array as its value.',
  },
  {
    id: 'identity-store/attribute-values',
    description:
      'The value of an update has the type of the attribute, at most one element in a list (three photos), and no unknown members. Without a value, or with null, the attribute is removed.',
    source: sources.updateUser,
    basis: 'assumed',
    remedy: 'Correct the value of the attribute that the message names.',
  },
  {
    id: 'identity-store/unique-attributes',
    description:
      'GetUserId looks up by `userName` and `emails.value`, GetGroupId by `displayName`, in any letter case, or by `ExternalId` with issuer and ID. The user guide also lists `externalId` as a path.',
    source: sources.uniqueAttribute,
    basis: 'documented',
    remedy: 'Use one of these paths with a string as its value.',
  },
  {
    id: 'identity-store/filters',
    description: 'ListUsers filters by `UserName` and ListGroups by `DisplayName`, both for equality only.',
    source: sources.listUsers,
    basis: 'documented',
    remedy: 'Use GetUserId or GetGroupId, or filter the list in the client.',
  },
  {
    id: 'identity-store/document-size',
    description: 'The attributes of a user or group have at most 256 KiB. This is a limit of Scimulator.',
    source: sources.model,
    basis: 'assumed',
    remedy: 'Send shorter values.',
  },
] as const satisfies readonly ApiRule[]

export type IdentityStoreRuleId = (typeof identityStoreRules)[number]['id']
