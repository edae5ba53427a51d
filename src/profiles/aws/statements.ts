import type { Statement } from '../profile.ts'
import { limits } from './features.ts'
import { sources } from './sources.ts'

type Chapter = { readonly title: string; readonly statements: readonly Statement[] }

const transport: readonly Statement[] = [
  {
    id: 'aws/bearer-token',
    description:
      'Every request, including discovery, requires `Authorization: Bearer` with a token. No other authentication is accepted.',
    source: sources.requests,
    basis: 'documented',
  },
  {
    id: 'aws/unknown-tenant-is-401',
    description: 'A request for an unknown tenant returns 401, like one with an invalid token.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/two-tokens',
    description: `A token is valid for a year. A directory has at most ${limits.tokens} tokens, including expired ones.`,
    source: sources.tokens,
    basis: 'documented',
  },
  {
    id: 'aws/json',
    description:
      'Responses are `application/json`; requests may be `application/json` or `application/scim+json`.',
    source: sources.requests,
    basis: 'documented',
  },
  {
    id: 'aws/request-id',
    description: 'Every response has an `x-amzn-RequestId`; an error repeats it as `exceptionRequestId`.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/no-location',
    description: 'Responses have no `Location` and no `ETag`.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/rates',
    description: `Above ${limits.writesPerSecond} writes or ${limits.readsPerSecond} reads per second, the response is 429 (if rate limiting is on for the tenant).`,
    source: sources.quotas,
    basis: 'documented',
  },
  {
    id: 'aws/primary-region',
    description:
      'SCIM is served in the primary Region of an instance only. Additional Regions exist since February 2026, for the Identity Center directory since July 2026, and also in opt-in, GovCloud and China Regions. The emulated instance has one Region.',
    source: sources.regions,
    basis: 'documented',
  },
  {
    id: 'aws/key-policy',
    description:
      'In an instance with a customer managed key, callers of the APIs need `kms:Decrypt`, and a wrong key policy fails sign-ins with “ERROR Code: 0001 - IdentityCenter service access is blocked”. The fault preset `key-policy` simulates it.',
    source: sources.keys,
    basis: 'documented',
  },
  {
    id: 'aws/source-addresses',
    description:
      'Since October 2026, an identity store can restrict the addresses that SCIM requests come from (`ScimAllowSourceIps`). This is not emulated, because AWS has published no response to other addresses.',
    source: sources.apiChanges,
    basis: 'observed',
  },
  {
    id: 'aws/cloudtrail-forms',
    description:
      'CloudTrail writes `meta.created` and `meta.lastModified` in `responseElements` as `Oct 10, 2024, 1:23:45 PM`, the name `operations` of a PATCH in lower case and `op` in upper case. Exported events have these forms.',
    source: sources.cloudTrail,
    basis: 'documented',
  },
  {
    id: 'aws/not-offered',
    description: '`/Me`, `/Bulk`, `/.search` and other unsupported operations return 404.',
    source: sources.limitations,
    basis: 'documented',
  },
  {
    id: 'aws/no-version-no-service',
    description: 'A path without `/v2` is 404.',
    source: sources.keycloakMembers,
    basis: 'observed',
  },
]

const resources: readonly Statement[] = [
  {
    id: 'aws/ids',
    description:
      'An `id` looks like `b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31`: a UUID whose third group begins with 70.',
    source: sources.listUsers,
    basis: 'inferred',
  },
  {
    id: 'aws/meta',
    description:
      '`meta` has `resourceType`, `created` and `lastModified` in whole seconds, but no `location` and no `version`.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/schemas-optional',
    description: '`schemas` may be omitted from a request, or be null.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/schemas-in-answers',
    description:
      'The enterprise URN is among the `schemas` of a user only while the user has enterprise data.',
    source: sources.getUser,
    basis: 'documented',
  },
  {
    id: 'aws/id-and-meta-tolerated',
    description: '`id` and `meta` in a body are ignored, including an empty `id`.',
    source: sources.terraform,
    basis: 'observed',
  },
  {
    id: 'aws/null-is-absent',
    description: 'Null is the same as omitting an attribute.',
    source: sources.cloudTrail,
    basis: 'documented',
  },
  {
    id: 'aws/empty-type-is-absent',
    description: 'An empty `type` of an email address, phone number or address counts as absent.',
    source: sources.terraform,
    basis: 'inferred',
  },
  {
    id: 'aws/boolean-texts',
    description: '`"true"` and `"false"`, in upper or lower case, are read as booleans.',
    source: sources.patchUser,
    basis: 'documented',
  },
  {
    id: 'aws/unique-values',
    description:
      'Unique among users: `userName`, the email address and `externalId`; among groups: `displayName` and `externalId`. A duplicate is 409.',
    source: sources.troubleshooting,
    basis: 'documented',
  },
  {
    id: 'aws/manager-by-value',
    description: 'Only the `value` of a manager is stored. It need not be the ID of a user.',
    source: sources.createUser,
    basis: 'assumed',
  },
  {
    id: 'aws/quotas',
    description: `A directory has at most ${limits.resources.toLocaleString('en-US')} users and the same number of groups.`,
    source: sources.quotas,
    basis: 'documented',
  },
  {
    id: 'aws/other-quotas',
    description:
      'Accounts and applications have separate quotas of 7,000 each, since 22 June 2026; before, they had 3,000 together. There are 3,500 permission sets, of which 500 can be provisioned in an account, 15 assignments can be in creation, and the APIs of IAM Identity Center share 20 requests per second. These quotas are not enforced.',
    source: sources.history,
    basis: 'documented',
  },
]

const errorStatements: readonly Statement[] = [
  {
    id: 'aws/error-body',
    description:
      'An error has `schema` and `schemas`, `detail`, `status` (a string), `exceptionRequestId` and `timeStamp`, but no `scimType`.',
    source: sources.idpscimErrors,
    basis: 'observed',
  },
  {
    id: 'aws/error-time',
    description:
      '`timeStamp` is UTC without a time zone and without trailing zeros: `2026-03-04 05:06:07.12`.',
    source: sources.keycloakMembers,
    basis: 'observed',
  },
  {
    id: 'aws/conflict-text',
    description: 'The `detail` of every 409 is `Refused to create a new, duplicate resource.`',
    source: sources.idpscimConflict,
    basis: 'observed',
  },
  {
    id: 'aws/missing-text',
    description: 'The `detail` of a 404 is `USER does not exist.` or `GROUP does not exist.`',
    source: sources.idpscimMissing,
    basis: 'observed',
  },
  {
    id: 'aws/missing-first',
    description: 'PUT or PATCH of an unknown ID returns 404, even if the body is invalid.',
    source: sources.patchUser,
    basis: 'assumed',
  },
  {
    id: 'aws/invalid-json-text',
    description: 'A body that is not JSON is 400 with `Invalid JSON from RequestBody`.',
    source: sources.cloudTrail,
    basis: 'documented',
  },
  {
    id: 'aws/other-400-texts',
    description: 'If AWS’s message for a 400 is unknown, `detail` is Scimulator’s own message.',
    source: sources.authentikPathless,
    basis: 'assumed',
  },
  {
    id: 'aws/error-media-type',
    description: 'Errors are also `application/json`.',
    source: sources.requests,
    basis: 'assumed',
  },
]

const lists: readonly Statement[] = [
  {
    id: 'aws/list-without-cursor',
    description:
      'A list without `cursor` is a single page with `totalResults`, `itemsPerPage` and `startIndex` 1. Further pages cannot be requested.',
    source: sources.listUsers,
    basis: 'documented',
  },
  {
    id: 'aws/total-of-the-page',
    description: '`totalResults` of such a list counts the resources of the page, not all matches.',
    source: sources.ssosyncPages,
    basis: 'observed',
  },
  {
    id: 'aws/start-index-ignored',
    description: '`startIndex` is accepted and has no effect, with or without a filter.',
    source: sources.listUsers,
    basis: 'inferred',
  },
  {
    id: 'aws/count-clamped',
    description: 'A `count` above the maximum page size returns a page of the maximum size.',
    source: sources.pocketId,
    basis: 'inferred',
  },
  {
    id: 'aws/list-with-cursor',
    description:
      'With `cursor`, initially empty, pages have `itemsPerPage` and, except for the last, `nextCursor`, but no `totalResults` and no `startIndex`.',
    source: sources.listUsers,
    basis: 'documented',
  },
  {
    id: 'aws/cursor-keeps-the-filter',
    description: 'A filter that changes between pages is rejected with 400.',
    source: sources.listUsers,
    basis: 'documented',
  },
  {
    id: 'aws/empty-list',
    description: 'A list without matches is 200 with `totalResults` 0 and empty `Resources`.',
    source: sources.terraform,
    basis: 'observed',
  },
  {
    id: 'aws/unknown-member-in-filter',
    description: 'A filter by an unknown member or group returns 404.',
    source: sources.listGroups,
    basis: 'documented',
  },
  {
    id: 'aws/list-order',
    description: 'Resources are listed in order of creation.',
    source: sources.listUsers,
    basis: 'assumed',
  },
]

const users: readonly Statement[] = [
  {
    id: 'aws/active-default',
    description: 'If POST or PUT omits `active`, it becomes false.',
    source: sources.terraform,
    basis: 'inferred',
  },
  {
    id: 'aws/put-replaces-all',
    description: 'PUT replaces the whole user and clears omitted attributes. The response is the user.',
    source: sources.putUser,
    basis: 'documented',
  },
  {
    id: 'aws/patch-user-answer',
    description: 'PATCH of a user returns 200 with the whole user.',
    source: sources.patchUser,
    basis: 'documented',
  },
  {
    id: 'aws/patched-email-is-primary',
    description: 'An email address that a PATCH creates without `primary` becomes the primary one.',
    source: sources.patchUser,
    basis: 'assumed',
  },
  {
    id: 'aws/filtered-path-creates',
    description: 'A path such as `emails[type eq "work"].value` that matches nothing creates the value.',
    source: sources.microsoft,
    basis: 'inferred',
  },
  {
    id: 'aws/disabled-users-stay',
    description:
      'A user with `active` false can still be read, filtered and changed, and keeps all memberships.',
    source: sources.disabling,
    basis: 'documented',
  },
  {
    id: 'aws/delete-user',
    description:
      'DELETE returns 204, deletes the memberships and frees the `userName` at once. A second DELETE returns 404.',
    source: sources.deleteUser,
    basis: 'documented',
  },
  {
    id: 'aws/groups-never-shown',
    description:
      'The groups of a user are never returned. To find them, use `GET /Groups` with a filter on `members.value`.',
    source: sources.listGroups,
    basis: 'documented',
  },
]

const groups: readonly Statement[] = [
  {
    id: 'aws/members-never-shown',
    description:
      'Members are never returned: POST returns no `members`, lists return an empty list. To find them, use `GET /Users` with a filter on `groups.value`.',
    source: sources.getGroup,
    basis: 'documented',
  },
  {
    id: 'aws/empty-members-on-create',
    description: 'A group may be created with `"members": []` or null.',
    source: sources.ssosync,
    basis: 'observed',
  },
  {
    id: 'aws/patch-group-answer',
    description: 'PATCH of a group returns 204.',
    source: sources.patchGroup,
    basis: 'documented',
  },
  {
    id: 'aws/member-changes-repeat',
    description: 'Adding an existing member and removing a missing member succeed.',
    source: sources.patchGroup,
    basis: 'assumed',
  },
  {
    id: 'aws/members-by-value',
    description: '`remove` of `members` with a list in `value` removes only these members.',
    source: sources.patchGroup,
    basis: 'documented',
  },
  {
    id: 'aws/rename-onto-a-name',
    description: 'Renaming a group to the name of another group is 409.',
    source: sources.troubleshooting,
    basis: 'assumed',
  },
  {
    id: 'aws/delete-group',
    description: 'DELETE returns 204; the members are not deleted. A second DELETE returns 404.',
    source: sources.deleteGroup,
    basis: 'documented',
  },
]

const discovery: readonly Statement[] = [
  {
    id: 'aws/provider-config',
    description:
      '`/ServiceProviderConfig` advertises PATCH and filters with 50 results, but no bulk, sorting, ETags or password changes.',
    source: sources.providerConfig,
    basis: 'documented',
  },
  {
    id: 'aws/resource-types',
    description:
      '`/ResourceTypes` lists User and Group, and declares the enterprise extension as required, although it is not.',
    source: sources.resourceTypes,
    basis: 'documented',
  },
  {
    id: 'aws/schemas',
    description:
      '`/Schemas` lists User, Group and EnterpriseUser, with `displayName` of a user as optional, `displayName` of a group as not unique, and lists as multi-valued.',
    source: sources.schemas,
    basis: 'documented',
  },
  {
    id: 'aws/unknown-schema',
    description: 'An unknown schema is 404.',
    source: sources.schemas,
    basis: 'assumed',
  },
]

export const chapters: readonly Chapter[] = [
  { title: 'Transport, tokens and limits', statements: transport },
  { title: 'Resources', statements: resources },
  { title: 'Errors', statements: errorStatements },
  { title: 'Lists', statements: lists },
  { title: 'Users', statements: users },
  { title: 'Groups', statements: groups },
  { title: 'Discovery', statements: discovery },
]
