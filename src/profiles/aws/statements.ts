import type { Statement } from '../profile.ts'
import { limits } from './features.ts'
import { sources } from './sources.ts'

/** What AWS does without refusing anything, under the heading of the operation. */
export type Chapter = { readonly title: string; readonly statements: readonly Statement[] }

const transport: readonly Statement[] = [
  {
    id: 'aws/bearer-token',
    description:
      'Every request, discovery included, carries `Authorization: Bearer` and a token; no other authentication is accepted.',
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
    description: `A token is valid for a year. A directory has at most ${limits.tokens}, expired ones included.`,
    source: sources.tokens,
    basis: 'documented',
  },
  {
    id: 'aws/json',
    description: 'Answers are `application/json`; requests may be that or `application/scim+json`.',
    source: sources.requests,
    basis: 'documented',
  },
  {
    id: 'aws/request-id',
    description: 'Every answer has an `x-amzn-RequestId`; an error repeats it as `exceptionRequestId`.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/no-location',
    description: 'Answers have no `Location` and no `ETag`.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/rates',
    description: `Over ${limits.writesPerSecond} writes or ${limits.readsPerSecond} reads a second the answer is 429 (when the tenant throttles).`,
    source: sources.quotas,
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
    description: 'Without `/v2` in the path there is nothing: 404.',
    source: sources.keycloakMembers,
    basis: 'observed',
  },
]

const resources: readonly Statement[] = [
  {
    id: 'aws/ids',
    description:
      'An `id` looks like `b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31`: a UUID whose third part begins with 70.',
    source: sources.listUsers,
    basis: 'inferred',
  },
  {
    id: 'aws/meta',
    description:
      '`meta` has `resourceType`, `created` and `lastModified` in whole seconds; no `location`, no `version`.',
    source: sources.createUser,
    basis: 'documented',
  },
  {
    id: 'aws/schemas-optional',
    description: '`schemas` may be left out of a request, or be null.',
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
    description: '`id` and `meta` in a body change nothing, an empty `id` included.',
    source: sources.terraform,
    basis: 'observed',
  },
  {
    id: 'aws/null-is-absent',
    description: 'Null is the same as leaving an attribute out.',
    source: sources.cloudTrail,
    basis: 'documented',
  },
  {
    id: 'aws/empty-type-is-absent',
    description: 'An empty `type` of an email address, phone number or address counts as left out.',
    source: sources.terraform,
    basis: 'inferred',
  },
  {
    id: 'aws/boolean-texts',
    description: '`"true"` and `"false"`, in any case, are read as booleans.',
    source: sources.patchUser,
    basis: 'documented',
  },
  {
    id: 'aws/unique-values',
    description:
      'Unique among users: `userName`, the email address, `externalId`; among groups: `displayName`, `externalId`. A clash is 409.',
    source: sources.troubleshooting,
    basis: 'documented',
  },
  {
    id: 'aws/manager-by-value',
    description: 'Of a manager only `value` is kept. It need not name a user.',
    source: sources.createUser,
    basis: 'assumed',
  },
  {
    id: 'aws/quotas',
    description: `A directory holds ${limits.resources.toLocaleString('en-US')} users and as many groups.`,
    source: sources.quotas,
    basis: 'documented',
  },
]

const errorStatements: readonly Statement[] = [
  {
    id: 'aws/error-body',
    description:
      'An error has `schema` and `schemas`, `detail`, `status` (a text), `exceptionRequestId` and `timeStamp`; no `scimType`.',
    source: sources.idpscimErrors,
    basis: 'observed',
  },
  {
    id: 'aws/error-time',
    description: '`timeStamp` is UTC without saying so: `2026-03-04 05:06:07.12`, zeros at the end dropped.',
    source: sources.keycloakMembers,
    basis: 'observed',
  },
  {
    id: 'aws/conflict-text',
    description: 'Every 409 says `Refused to create a new, duplicate resource.`',
    source: sources.idpscimConflict,
    basis: 'observed',
  },
  {
    id: 'aws/missing-text',
    description: 'A 404 says `USER does not exist.` or `GROUP does not exist.`',
    source: sources.idpscimMissing,
    basis: 'observed',
  },
  {
    id: 'aws/missing-first',
    description: 'PUT or PATCH of an unknown id returns 404, even if the body is invalid.',
    source: sources.patchUser,
    basis: 'assumed',
  },
  {
    id: 'aws/invalid-json-text',
    description: 'A body that isn’t JSON: 400, `Invalid JSON from RequestBody`.',
    source: sources.cloudTrail,
    basis: 'documented',
  },
  {
    id: 'aws/other-400-texts',
    description: 'Where no text of AWS is known, a 400 explains itself in Scimulator’s words.',
    source: sources.authentikPathless,
    basis: 'assumed',
  },
  {
    id: 'aws/error-media-type',
    description: 'Errors are `application/json` as well.',
    source: sources.requests,
    basis: 'assumed',
  },
]

const lists: readonly Statement[] = [
  {
    id: 'aws/list-without-cursor',
    description:
      'A list without `cursor` is one page, with `totalResults`, `itemsPerPage` and `startIndex` 1; there is no way to go on.',
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
    description: '`startIndex` is accepted and has no effect, beside a filter as well.',
    source: sources.listUsers,
    basis: 'inferred',
  },
  {
    id: 'aws/count-clamped',
    description: 'A `count` above the longest page returns the longest page.',
    source: sources.pocketId,
    basis: 'inferred',
  },
  {
    id: 'aws/list-with-cursor',
    description:
      'With `cursor`, empty at first, pages have `itemsPerPage` and, but for the last, `nextCursor`; no `totalResults`, no `startIndex`.',
    source: sources.listUsers,
    basis: 'documented',
  },
  {
    id: 'aws/cursor-keeps-the-filter',
    description: 'A filter that changes between pages is refused: 400.',
    source: sources.listUsers,
    basis: 'documented',
  },
  {
    id: 'aws/empty-list',
    description: 'No match is 200 with `totalResults` 0 and an empty `Resources`.',
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
    description: 'Resources are listed in the order of their creation.',
    source: sources.listUsers,
    basis: 'assumed',
  },
]

const users: readonly Statement[] = [
  {
    id: 'aws/active-default',
    description: '`active` left out of POST or PUT becomes false.',
    source: sources.terraform,
    basis: 'inferred',
  },
  {
    id: 'aws/put-replaces-all',
    description: 'PUT replaces the whole user: what it leaves out is gone. The answer is the user.',
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
    description: 'An email address that a PATCH creates without saying so is the primary one.',
    source: sources.patchUser,
    basis: 'assumed',
  },
  {
    id: 'aws/filtered-path-creates',
    description: 'A path like `emails[type eq "work"].value` that matches nothing creates what it names.',
    source: sources.microsoft,
    basis: 'inferred',
  },
  {
    id: 'aws/disabled-users-stay',
    description:
      'A user with `active` false stays readable, filterable and changeable, with all memberships.',
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
      'The groups of a user are never shown. They are found by `GET /Groups` with a filter on `members.value`.',
    source: sources.listGroups,
    basis: 'documented',
  },
]

const groups: readonly Statement[] = [
  {
    id: 'aws/members-never-shown',
    description:
      'Members are never shown: POST returns no `members`, lists return an empty list. To find them, use `GET /Users` with a filter on `groups.value`.',
    source: sources.getGroup,
    basis: 'documented',
  },
  {
    id: 'aws/empty-members-on-create',
    description: 'A group may be created with `"members": []`, or null.',
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
    description: 'Adding a member again, and removing one who isn’t a member, succeeds.',
    source: sources.patchGroup,
    basis: 'assumed',
  },
  {
    id: 'aws/members-by-value',
    description: '`remove` of `members` with a list in `value` removes those and leaves the others.',
    source: sources.patchGroup,
    basis: 'documented',
  },
  {
    id: 'aws/rename-onto-a-name',
    description: 'Renaming a group to a name that another has is 409.',
    source: sources.troubleshooting,
    basis: 'assumed',
  },
  {
    id: 'aws/delete-group',
    description: 'DELETE returns 204; the members stay. A second DELETE returns 404.',
    source: sources.deleteGroup,
    basis: 'documented',
  },
]

const discovery: readonly Statement[] = [
  {
    id: 'aws/provider-config',
    description:
      '`/ServiceProviderConfig` says: PATCH and filters, no bulk, sorting, ETags, changes of password; 50 results.',
    source: sources.providerConfig,
    basis: 'documented',
  },
  {
    id: 'aws/resource-types',
    description:
      '`/ResourceTypes` lists User and Group, and calls the enterprise extension required although it isn’t.',
    source: sources.resourceTypes,
    basis: 'documented',
  },
  {
    id: 'aws/schemas',
    description:
      '`/Schemas` lists User, Group and EnterpriseUser: `displayName` of a user as optional, that of a group as not unique, lists as lists.',
    source: sources.schemas,
    basis: 'documented',
  },
  {
    id: 'aws/unknown-schema',
    description: 'A schema that isn’t there is 404.',
    source: sources.schemas,
    basis: 'assumed',
  },
]

/** All that AWS does, beside what it refuses. */
export const chapters: readonly Chapter[] = [
  { title: 'Transport, tokens and limits', statements: transport },
  { title: 'Resources', statements: resources },
  { title: 'Errors', statements: errorStatements },
  { title: 'Lists', statements: lists },
  { title: 'Users', statements: users },
  { title: 'Groups', statements: groups },
  { title: 'Discovery', statements: discovery },
]
