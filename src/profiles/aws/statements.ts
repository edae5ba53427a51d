import type { Statement } from '../profile.ts'
import { limits } from './features.ts'
import { sources } from './sources.ts'

type Row = readonly [description: string, source: keyof typeof sources, basis: Statement['basis']]

const toStatements = (rows: Readonly<Record<`aws/${string}`, Row>>): readonly Statement[] =>
  Object.entries(rows).map(([id, [description, source, basis]]) => ({
    id,
    description,
    source: sources[source],
    basis,
  }))

type Chapter = { readonly title: string; readonly statements: readonly Statement[] }

const transport = toStatements({
  'aws/bearer-token': [
    'Every request, including discovery, requires `Authorization: Bearer` with a token. No other authentication is accepted.',
    'requests',
    'documented',
  ],
  'aws/unknown-tenant-is-401': [
    'A request for an unknown tenant returns 401, like one with an invalid token.',
    'createUser',
    'documented',
  ],
  'aws/two-tokens': [
    `A token is valid for a year. A directory has at most ${limits.tokens} tokens, including expired ones.`,
    'tokens',
    'documented',
  ],
  'aws/json': [
    'Responses are `application/json`; requests may be `application/json` or `application/scim+json`.',
    'requests',
    'documented',
  ],
  'aws/request-id': [
    'Every response has an `x-amzn-RequestId`; an error repeats it as `exceptionRequestId`.',
    'createUser',
    'documented',
  ],
  'aws/no-location': ['Responses have no `Location` and no `ETag`.', 'createUser', 'documented'],
  'aws/rates': [
    `Above ${limits.writesPerSecond} writes or ${limits.readsPerSecond} reads per second, the response is 429 (if rate limiting is on for the tenant).`,
    'quotas',
    'documented',
  ],
  'aws/primary-region': [
    'SCIM is served in the primary Region of an instance only. Additional Regions exist since February 2026, for the Identity Center directory since July 2026, and also in opt-in, GovCloud and China Regions. The emulated instance has one Region.',
    'regions',
    'documented',
  ],
  'aws/key-policy': [
    'In an instance with a customer managed key, callers of the APIs need `kms:Decrypt`, and a wrong key policy fails sign-ins with “ERROR Code: 0001 - IdentityCenter service access is blocked”. The fault preset `key-policy` simulates it.',
    'keys',
    'documented',
  ],
  'aws/source-addresses': [
    'Since October 2026, an identity store can restrict the addresses that SCIM requests come from (`ScimAllowSourceIps`). This is not emulated, because AWS has published no response to other addresses.',
    'apiChanges',
    'observed',
  ],
  'aws/cloudtrail-forms': [
    'CloudTrail writes `meta.created` and `meta.lastModified` in `responseElements` as `Oct 10, 2024, 1:23:45 PM`, the name `operations` of a PATCH in lower case and `op` in upper case. Exported events have these forms.',
    'cloudTrail',
    'documented',
  ],
  'aws/not-offered': [
    '`/Me`, `/Bulk`, `/.search` and other unsupported operations return 404.',
    'limitations',
    'documented',
  ],
  'aws/no-version-no-service': ['A path without `/v2` is 404.', 'keycloakMembers', 'observed'],
})

const resources = toStatements({
  'aws/ids': [
    'An `id` looks like `b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31`: a UUID whose third group begins with 70.',
    'listUsers',
    'inferred',
  ],
  'aws/meta': [
    '`meta` has `resourceType`, `created` and `lastModified` in whole seconds, but no `location` and no `version`.',
    'createUser',
    'documented',
  ],
  'aws/schemas-optional': [
    '`schemas` may be omitted from a request, or be null.',
    'createUser',
    'documented',
  ],
  'aws/schemas-in-answers': [
    'The enterprise URN is among the `schemas` of a user only while the user has enterprise data.',
    'getUser',
    'documented',
  ],
  'aws/id-and-meta-tolerated': [
    '`id` and `meta` in a body are ignored, including an empty `id`.',
    'terraform',
    'observed',
  ],
  'aws/null-is-absent': ['Null is the same as omitting an attribute.', 'cloudTrail', 'documented'],
  'aws/empty-type-is-absent': [
    'An empty `type` of an email address, phone number or address counts as absent.',
    'terraform',
    'inferred',
  ],
  'aws/boolean-texts': [
    '`"true"` and `"false"`, in upper or lower case, are read as booleans.',
    'patchUser',
    'documented',
  ],
  'aws/unique-values': [
    'Unique among users: `userName`, the email address and `externalId`; among groups: `displayName` and `externalId`. A duplicate is 409.',
    'troubleshooting',
    'documented',
  ],
  'aws/manager-by-value': [
    'Only the `value` of a manager is stored. It need not be the ID of a user.',
    'createUser',
    'assumed',
  ],
  'aws/quotas': [
    `A directory has at most ${limits.resources.toLocaleString('en-US')} users and the same number of groups.`,
    'quotas',
    'documented',
  ],
  'aws/other-quotas': [
    'Accounts and applications have separate quotas of 7,000 each, since 22 June 2026; before, they had 3,000 together. There are 3,500 permission sets, of which 500 can be provisioned in an account, 15 assignments can be in creation, and the APIs of IAM Identity Center share 20 requests per second. These quotas are not enforced.',
    'history',
    'documented',
  ],
})

const errorStatements = toStatements({
  'aws/error-body': [
    'An error has `schema` and `schemas`, `detail`, `status` (a string), `exceptionRequestId` and `timeStamp`, but no `scimType`.',
    'idpscimErrors',
    'observed',
  ],
  'aws/error-time': [
    '`timeStamp` is UTC without a time zone and without trailing zeros: `2026-03-04 05:06:07.12`.',
    'keycloakMembers',
    'observed',
  ],
  'aws/conflict-text': [
    'The `detail` of every 409 is `Refused to create a new, duplicate resource.`',
    'idpscimConflict',
    'observed',
  ],
  'aws/missing-text': [
    'The `detail` of a 404 is `USER does not exist.` or `GROUP does not exist.`',
    'idpscimMissing',
    'observed',
  ],
  'aws/missing-first': [
    'PUT or PATCH of an unknown ID returns 404, even if the body is invalid.',
    'patchUser',
    'assumed',
  ],
  'aws/invalid-json-text': [
    'A body that is not JSON is 400 with `Invalid JSON from RequestBody`.',
    'cloudTrail',
    'documented',
  ],
  'aws/other-400-texts': [
    'If AWS’s message for a 400 is unknown, `detail` is Scimulator’s own message.',
    'authentikPathless',
    'assumed',
  ],
  'aws/error-media-type': ['Errors are also `application/json`.', 'requests', 'assumed'],
})

const lists = toStatements({
  'aws/list-without-cursor': [
    'A list without `cursor` is a single page with `totalResults`, `itemsPerPage` and `startIndex` 1. Further pages cannot be requested.',
    'listUsers',
    'documented',
  ],
  'aws/total-of-the-page': [
    '`totalResults` of such a list counts the resources of the page, not all matches.',
    'ssosyncPages',
    'observed',
  ],
  'aws/start-index-ignored': [
    '`startIndex` is accepted and has no effect, with or without a filter.',
    'listUsers',
    'inferred',
  ],
  'aws/count-clamped': [
    'A `count` above the maximum page size returns a page of the maximum size.',
    'pocketId',
    'inferred',
  ],
  'aws/list-with-cursor': [
    'With `cursor`, initially empty, pages have `itemsPerPage` and, except for the last, `nextCursor`, but no `totalResults` and no `startIndex`.',
    'listUsers',
    'documented',
  ],
  'aws/cursor-keeps-the-filter': [
    'A filter that changes between pages is rejected with 400.',
    'listUsers',
    'documented',
  ],
  'aws/empty-list': [
    'A list without matches is 200 with `totalResults` 0 and empty `Resources`.',
    'terraform',
    'observed',
  ],
  'aws/unknown-member-in-filter': [
    'A filter by an unknown member or group returns 404.',
    'listGroups',
    'documented',
  ],
  'aws/list-order': ['Resources are listed in order of creation.', 'listUsers', 'assumed'],
})

const users = toStatements({
  'aws/active-default': ['If POST or PUT omits `active`, it becomes false.', 'terraform', 'inferred'],
  'aws/put-replaces-all': [
    'PUT replaces the whole user and clears omitted attributes. The response is the user.',
    'putUser',
    'documented',
  ],
  'aws/patch-user-answer': ['PATCH of a user returns 200 with the whole user.', 'patchUser', 'documented'],
  'aws/patched-email-is-primary': [
    'An email address that a PATCH creates without `primary` becomes the primary one.',
    'patchUser',
    'assumed',
  ],
  'aws/filtered-path-creates': [
    'A path such as `emails[type eq "work"].value` that matches nothing creates the value.',
    'microsoft',
    'inferred',
  ],
  'aws/disabled-users-stay': [
    'A user with `active` false can still be read, filtered and changed, and keeps all memberships.',
    'disabling',
    'documented',
  ],
  'aws/delete-user': [
    'DELETE returns 204, deletes the memberships and frees the `userName` at once. A second DELETE returns 404.',
    'deleteUser',
    'documented',
  ],
  'aws/groups-never-shown': [
    'The groups of a user are never returned. To find them, use `GET /Groups` with a filter on `members.value`.',
    'listGroups',
    'documented',
  ],
})

const groups = toStatements({
  'aws/members-never-shown': [
    'Members are never returned: POST returns no `members`, lists return an empty list. To find them, use `GET /Users` with a filter on `groups.value`.',
    'getGroup',
    'documented',
  ],
  'aws/empty-members-on-create': [
    'A group may be created with `"members": []` or null.',
    'ssosync',
    'observed',
  ],
  'aws/patch-group-answer': ['PATCH of a group returns 204.', 'patchGroup', 'documented'],
  'aws/member-changes-repeat': [
    'Adding an existing member and removing a missing member succeed.',
    'patchGroup',
    'assumed',
  ],
  'aws/members-by-value': [
    '`remove` of `members` with a list in `value` removes only these members.',
    'patchGroup',
    'documented',
  ],
  'aws/rename-onto-a-name': [
    'Renaming a group to the name of another group is 409.',
    'troubleshooting',
    'assumed',
  ],
  'aws/delete-group': [
    'DELETE returns 204; the members are not deleted. A second DELETE returns 404.',
    'deleteGroup',
    'documented',
  ],
})

const discovery = toStatements({
  'aws/provider-config': [
    '`/ServiceProviderConfig` advertises PATCH and filters with 50 results, but no bulk, sorting, ETags or password changes.',
    'providerConfig',
    'documented',
  ],
  'aws/resource-types': [
    '`/ResourceTypes` lists User and Group, and declares the enterprise extension as required, although it is not.',
    'resourceTypes',
    'documented',
  ],
  'aws/schemas': [
    '`/Schemas` lists User, Group and EnterpriseUser, with `displayName` of a user as optional, `displayName` of a group as not unique, and lists as multi-valued.',
    'schemas',
    'documented',
  ],
  'aws/unknown-schema': ['An unknown schema is 404.', 'schemas', 'assumed'],
})

export const chapters: readonly Chapter[] = [
  { title: 'Transport, tokens and limits', statements: transport },
  { title: 'Resources', statements: resources },
  { title: 'Errors', statements: errorStatements },
  { title: 'Lists', statements: lists },
  { title: 'Users', statements: users },
  { title: 'Groups', statements: groups },
  { title: 'Discovery', statements: discovery },
]
