import { assumed, decision, documented, inferred, type NumberedRule, observed } from './rule.ts'

const api = 'https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference'
const guide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'
const botocore = 'https://github.com/boto/botocore/blob/develop/botocore/data'
const identityStoreModel = `${botocore}/identitystore/2020-06-15/service-2.json`
const terraform = 'https://github.com/hashicorp/terraform-provider-aws'

/** Rules of AWS's Identity Store, SSO Admin and STS APIs. */
export const identityStoreApiRules: readonly NumberedRule[] = [
  ...documented('https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html', {
    'IS-034':
      'The AWS CLI and boto3 read all pages of a list; `--page-size` is the `MaxResults` of a request.',
  }),
  ...decision('identity-store.md#connect', {
    'IS-006': 'Only tenants with the profile `aws` have AWS APIs and access keys.',
    'IS-010':
      'A new access key is returned with endpoint, secret and the environment variables of AWS tools.',
    'IS-031': 'The `Date` of a response is the machine’s time, whatever the virtual clock of the tenant.',
  }),
  ...decision('identity-store.md#access-keys', {
    'IS-040': 'A tenant has at most two access keys. Console, REST API and CLI create, list and delete them.',
    'IS-041': 'The ID of a key has 20 characters and begins with `SCIM`; the secret has 40 characters.',
    'IS-042':
      'Secrets of keys are encrypted with a key outside the database, and are in no log, journal or export.',
    'IS-045': 'A signature is valid for 5 minutes before and after the machine’s time.',
    'IS-046': 'If the signature does not match the `Host`, it is verified with `X-Forwarded-Host`.',
    'IS-048':
      'With `--aws-auth any` no signature is verified; address, key or the only tenant select the tenant.',
    'IS-123': 'A read-only key may call the operations that read, and no others.',
  }),
  ...observed('https://github.com/awslabs/ssosync/issues/221', {
    'IS-009':
      'Requests for another region are accepted, or, with the switch `wrongRegion`, find no instance and no identity store.',
    'IS-062':
      'An unknown identity store is a `ResourceNotFoundException` with the type `IDENTITY_STORE`, which names the ID.',
  }),
  ...documented(identityStoreModel, {
    'IS-007': 'The ID of an identity store is `d-` and ten lower-case hexadecimal digits, and never changes.',
    'IS-020': 'The prefix of `X-Amz-Target` selects the service: `AWSIdentityStore` or `SWBExternalService`.',
    'IS-022': 'The only protocol is AWS JSON 1.1. Requests in others are unknown operations.',
    'IS-081': 'IDs of users, groups and memberships are UUIDs, in either letter case.',
    'IS-082': 'A user name has 1 to 128 Unicode characters and no white space.',
    'IS-088': '`MaxResults` is a number from 1 to 100.',
    'IS-092': 'Of the members of a union, a request has exactly one.',
    'IS-105': '`active` is returned as `UserStatus`.',
    'IS-106': 'Extensions are returned only if the request names them and the user has values.',
    'IS-200':
      'CreateUser accepts every attribute of a user except IDs, status and audit values, and returns the ID.',
    'IS-201': 'DescribeUser returns every attribute that the user has.',
    'IS-202':
      'UpdateUser takes a list of operations, each with a path and an optional value, and returns nothing.',
    'IS-204': 'ListUsers returns pages of users.',
    'IS-205': 'GetUserId returns the ID of the user with a unique attribute or an external ID.',
    'IS-207': 'DescribeGroup returns every attribute that the group has.',
    'IS-208': 'UpdateGroup changes `displayName` and `description`.',
    'IS-210': 'ListGroups returns pages of groups.',
    'IS-211': 'GetGroupId returns the ID of the group with a display name or an external ID.',
    'IS-213': 'DescribeGroupMembership returns a membership by its ID.',
    'IS-240': 'The operations of an update are applied in order, all or none, in one version.',
  }),
  ...documented(`${botocore}/sso-admin/2020-07-20/service-2.json`, {
    'IS-008': 'The ARN of an instance is `arn:aws:sso:::instance/ssoins-` and 16 characters.',
    'IS-300': 'ListInstances returns the one instance of the tenant, with ARN, identity store and account.',
    'IS-301': 'DescribeInstance returns the instance and its encryption with a key that AWS owns.',
    'IS-302': 'The instance has no tags, and none can be added.',
    'IS-303': 'Lists of permission sets and assignments are empty until some are created.',
    'IS-310':
      'Permission sets are created, read, changed, listed and deleted. Policies are stored and returned.',
    'IS-312': 'The assignments of a user include those of the user’s groups.',
  }),
  ...observed(`${terraform}/blob/main/internal/service/ssoadmin/account_assignment.go`, {
    'IS-311': 'An assignment is requested first; its status, which clients poll, has the result.',
  }),
  ...documented(`${guide}/users-groups-provisioning.html#user-deletion`, {
    'IS-313': 'Assignments of a deleted user or group stay. A user who is created again gets none of them.',
  }),
  ...documented('https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html', {
    'IS-320': 'STS returns account and key for `GetCallerIdentity`, in XML.',
  }),
  ...documented('https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html', {
    'IS-021': 'A body is `application/x-amz-json-1.1`; version 1.0 and a charset are accepted, too.',
    'IS-023':
      'Unknown members are ignored and `null` counts as absent. A value of another JSON type is a `SerializationException`.',
    'IS-030': 'A response has the ID of the request in `x-amzn-RequestId`. The journal has the same ID.',
  }),
  ...assumed('identity-store.md#all-apis', {
    'IS-024': 'Other methods, requests without a target and bodies that are too large are rejected.',
  }),
  ...inferred(identityStoreModel, {
    'IS-032': 'Values that a resource does not have are left out of a response, not `null`.',
    'IS-107': 'SCIM neither returns nor changes photos, website, birthdate and descriptions of groups.',
    'IS-108': '`CreatedAt` and `UpdatedAt` are those of `meta` in SCIM, in seconds.',
  }),
  ...documented(`${api}/API_DeleteUser.html`, {
    'IS-033': 'Updates and deletions have an empty response body.',
    'IS-203': 'DeleteUser deletes a user by ID.',
    'IS-209': 'DeleteGroup deletes a group by ID.',
    'IS-214': 'DeleteGroupMembership deletes the membership with this ID and no later one of the same user.',
    'IS-260': 'Deleting what does not exist succeeds, or is an error with the switch `deleteMissing`.',
  }),
  ...documented(
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html',
    {
      'IS-043': 'Signature Version 4 is verified over method, path, sorted query, signed headers and body.',
      'IS-044': 'If the client sends a hash of the body in `X-Amz-Content-Sha256`, the body must match it.',
    },
  ),
  ...inferred(`${api}/CommonErrors.html`, {
    'IS-047': 'Access keys are long-term keys: a request with a session token is rejected.',
    'IS-050': 'A request without a signature is a `MissingAuthenticationTokenException`.',
    'IS-051':
      'An unknown and a deleted key are the same `UnrecognizedClientException`; the journal distinguishes them.',
    'IS-052': 'A wrong signature is an `InvalidSignatureException`; the journal names the part that differs.',
    'IS-053':
      'A signature of another time is an `InvalidSignatureException` with the times that were compared.',
    'IS-054':
      'An incomplete `Authorization` is an `IncompleteSignatureException` that names what is missing.',
  }),
  ...observed('https://github.com/binbashar/le-tf-infra-aws/pull/874', {
    'IS-055': 'A write with a read-only key and a key of another tenant are `AccessDeniedException`.',
  }),
  ...documented(`${guide}/limits.html`, {
    'IS-056':
      'With `--throttle aws`, an operation of Identity Store has 20 requests a second, and SSO Admin 20 for all.',
  }),
  ...decision('operations.md#faults', {
    'IS-057': 'Faults apply to the AWS APIs as they do to SCIM.',
  }),
  ...observed(`${terraform}/issues/27830`, {
    'IS-060': 'An error has its type in `__type` of the body, by which clients select their error class.',
    'IS-061': 'Errors of the client have the status 400, or, with a switch, the status of the service model.',
    'IS-066': 'An unknown operation or target is an `UnknownOperationException`.',
  }),
  ...observed('https://github.com/awslabs/ssosync/issues/280', {
    'IS-070':
      'All violated constraints are reported at once, with their number. Sensitive values are left out.',
    'IS-071': 'The path of a violation is in camel case, and numbers the items of a list from 1.',
    'IS-072': 'Each kind of constraint has its sentence, with the pattern, the length or the number.',
    'IS-073': 'An empty text violates the pattern first, then the length.',
  }),
  ...inferred(`${api}/API_UpdateUser.html`, {
    'IS-068':
      'Signature, access, constraints and identity store are checked in this order; paths before the user.',
    'IS-247': 'A value of another type than the attribute is a `ValidationException` that names the path.',
    'IS-248': 'An update cannot remove an attribute that a user must have.',
    'IS-249':
      'An update that changes nothing makes no version. Of two operations on a path, the later one counts.',
  }),
  ...documented(`${guide}/users-groups-provisioning.html`, {
    'IS-086': '`Administrator` and `AWSAdministrators` are reserved names.',
    'IS-230': 'A new user needs user name, display name, given name and family name.',
    'IS-232': 'User names and email addresses are unique, for this API and SCIM alike.',
  }),
  ...assumed('identity-store.md#identity-store', {
    'IS-089': 'A page token is valid for one operation, tenant and input, on every instance of the server.',
    'IS-215': 'The memberships of an unknown group are a `ResourceNotFoundException`.',
    'IS-216': 'The memberships of an unknown user are a `ResourceNotFoundException`.',
    'IS-270': 'Lists are in order of creation, memberships in order of joining.',
  }),
  ...observed('https://github.com/awslabs/ssosync', {
    'IS-101': 'The `externalId` of SCIM is the only item of `ExternalIds`.',
    'IS-102':
      'The issuer of an external ID begins with `https://scim.aws.com/`; here, the tenant’s ID follows.',
    'IS-218':
      'IsMemberInGroups returns one result for each group, in the requested order; unknown ones are false.',
  }),
  ...assumed('identity-store.md#one-directory', {
    'IS-109': '`CreatedBy` and `UpdatedBy` are `SCIM`, or the AWS account for changes by this API.',
  }),
  ...decision('identity-store.md#one-directory', {
    'IS-110': 'A membership has a UUID of its own, which survives restarts; joining again makes another.',
    'IS-112': 'Users and groups that SCIM deleted, but the tenant retains, do not exist for the API.',
    'IS-122': 'The history of a resource has the API and the access key of each change.',
    'IS-261': 'Deleting a user ends the memberships; the record is retained as after a deletion by SCIM.',
    'IS-271': 'A list has a `NextToken` only if more items follow.',
    'IS-284':
      'Values are compared in the letter case that the tenant’s switch selects, as filters of SCIM are.',
  }),
  ...decision('identity-store.md#changes-outside-the-identity-provider', {
    'IS-121':
      'A change of what SCIM provisions is a finding with key, values and remedy, and drift for reconcile.',
  }),
  ...observed('https://github.com/getmoto/moto/blob/master/moto/identitystore/models.py', {
    'IS-206': 'CreateGroup needs a display name that no other group has.',
    'IS-212':
      'CreateGroupMembership adds a user to a group. A second membership is a conflict, an unknown user or group an error.',
    'IS-231': 'All required attributes that are missing are named in one error.',
    'IS-281': 'A look-up by another attribute, or by an empty value, is a `ValidationException`.',
    'IS-283': 'A look-up without a result is a `ResourceNotFoundException` with the type and no ID.',
  }),
  ...observed('https://github.com/awslabs/ssosync/issues/135', {
    'IS-217':
      'GetGroupMembershipId returns the membership of a user in a group, or an error if there is none.',
  }),
  ...documented(`${api}/API_CreateUser.html`, {
    'IS-233': 'A birthdate is a valid date as `YYYY-MM-DD`, and only the enterprise extension is supported.',
  }),
  ...inferred('identity-store.md#one-directory', {
    'IS-234':
      'SCIM finds a user of the API at once. Its POST is a conflict, and Entra ID takes the user over.',
    'IS-262':
      'Entra ID creates a user that the API deleted only after a restart of provisioning, with a new ID.',
  }),
  ...observed(`${terraform}/blob/main/internal/service/identitystore/user.go`, {
    'IS-241': 'An operation without a value, or with `null`, removes the attribute.',
    'IS-242':
      'Paths are in camel case: attributes of the user, of the name, and of the enterprise extension.',
    'IS-243': 'Other paths, such as `active` and `userStatus`, are rejected; the API disables no user.',
    'IS-244': 'The user name can be changed.',
    'IS-245': 'A path into a list is rejected: lists are replaced as a whole.',
    'IS-246': 'The value of a list is an array of objects; `null` and an empty array empty it.',
    'IS-400': 'Terraform finds instance and identity store with ListInstances.',
    'IS-401': 'Terraform lists users and groups without a page size.',
    'IS-403':
      'Terraform updates a user by one operation for each changed attribute, and then reads the user.',
    'IS-404': 'Terraform creates, describes, updates and deletes groups.',
    'IS-405': 'Terraform creates, describes and deletes memberships.',
  }),
  ...documented(`${api}/API_ListUsers.html`, {
    'IS-272': 'A list can be filtered by user name or display name, for equality.',
  }),
  ...observed(`${api}/API_ListUsers.html`, {
    'IS-273': 'Lists contain disabled users, and cannot be filtered by status.',
  }),
  ...documented(`${api}/API_UniqueAttribute.html`, {
    'IS-280':
      'Unique attributes are user name, email address and display name of a group, in any letter case.',
    'IS-282': 'An external ID is found by issuer and ID; as a unique attribute only with `externalIdPath`.',
  }),
  ...documented(`${guide}/sso-info-in-cloudtrail.html`, {
    'IS-500': 'SCIM, Identity Store, SSO Admin and STS have event sources of their own in CloudTrail.',
    'IS-501': 'An event has the name of the operation at AWS. Requests that AWS does not have cause none.',
  }),
  ...documented(`${guide}/scim-logging-using-cloudtrail.html`, {
    'IS-502': 'An event has identity, time, address, request, response and error in CloudTrail’s frame.',
    'IS-503':
      'Personal values of a SCIM event are hidden. A failed request has an error and no response elements.',
    'IS-506': 'Names of groups and external IDs are hidden in events.',
  }),
  ...observed(`${terraform}/issues/49166`, {
    'IS-504': 'Events of the Identity Store API show IDs, also of reads, and hide values of users.',
  }),
  ...observed(`${terraform}/issues/25552`, {
    'IS-505': 'The event of a throttled request has an error and no parameters.',
  }),
  ...decision('identity-store.md#journal-and-cloudtrail', {
    'IS-600': 'The journal has each request to the AWS APIs, rejected ones included.',
    'IS-601': 'The journal describes requests to AWS APIs in the words that it has for SCIM.',
    'IS-602': 'Session tokens and signatures are not in the journal.',
    'IS-603': 'A request can be copied as a command of the AWS CLI or of curl.',
    'IS-604': 'Requests to the AWS APIs are in no cycle of Entra ID, and have none of its findings.',
  }),
]
