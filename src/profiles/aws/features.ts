import type { AwsApis, Features, Limits } from '../profile.ts'
import { type ChoicesFrom, resolveChoices, toSwitches } from '../switches.ts'
import { sources } from './sources.ts'

/** Behavior on which sources disagree or that AWS does not document. The first value is the default. */
const choices = {
  putUserStatus: {
    topic: 'responses',
    description: 'The status of a successful PUT on a user. AWS’s sample shows 201; clients have seen both.',
    values: ['200', '201'],
    source: sources.putUser,
    basis: 'observed',
  },
  profileUrl: {
    topic: 'responses',
    description: '`profileUrl` is stored and returned, or stored and hidden: AWS’s samples never return it.',
    values: ['return', 'hide'],
    source: sources.createUser,
    basis: 'assumed',
  },
  membersOnRead: {
    topic: 'members',
    description:
      'Reading one group returns `members` as an empty list, as in AWS’s description, or not at all, as in its sample.',
    values: ['empty', 'absent'],
    source: sources.getGroup,
    basis: 'documented',
  },
  detail: {
    topic: 'responses',
    description:
      'A 400 has a specific message, as observed since 2024, or the generic message of 2022 and 2023.',
    values: ['specific', 'generic'],
    source: sources.authentikPathless,
    basis: 'observed',
  },
  pageSize: {
    topic: 'lists',
    description:
      'The maximum and default page size. It was 50 until 2025, and ServiceProviderConfig still returns 50.',
    values: ['100', '50'],
    source: sources.listUsers,
    basis: 'documented',
  },
  totalResults: {
    topic: 'lists',
    description:
      '`totalResults` of a list without a cursor counts the resources of the page, or every match.',
    values: ['page', 'matches'],
    source: sources.ssosyncPages,
    basis: 'observed',
  },
  legacyMembers: {
    topic: 'members',
    description:
      'Replacing the members of a group, and removing all of them at once: rejected; allowed, as until about 2024; or allowed except that a `replace` with an empty list or without a value changes nothing (204), and one with `[{"value": ""}]` is rejected (400) and removes all members, as observed in April 2024.',
    values: ['refuse', 'allow', 'ignore'],
    source: sources.lichti,
    basis: 'observed',
  },
  memberFilter: {
    topic: 'lists',
    description:
      'The attribute in the filter `id eq "…" and members eq "…"`: AWS’s list has `member`, its example `members`; the page of 2026 still has both.',
    values: ['both', 'member', 'members'],
    source: sources.listGroups,
    basis: 'documented',
  },
  membershipFilter: {
    topic: 'lists',
    description:
      'Filters by a member or a group in a form that AWS does not list: `members[value eq "…"]`, `groups[value eq "…"]`, and `members eq "…"` or `groups eq "…"` without `id`. AWS lists `members.value`, `groups.value` and `id` with `members`, and rejects other filters. Its response to these forms was never published.',
    values: ['refuse', 'accept'],
    source: sources.listGroups,
    basis: 'inferred',
  },
  spaceInUserName: {
    topic: 'attributes',
    description:
      'White space in a `userName`: CreateUser’s page and the model do not allow it, PutUser’s page does.',
    values: ['refuse', 'allow'],
    source: sources.createUser,
    basis: 'documented',
  },
  specialCharacters: {
    topic: 'attributes',
    description:
      'The characters `< > ; : %` in names. Microsoft and the guide of 2022 forbid them; the current pattern allows them.',
    values: ['allow', 'refuse'],
    source: sources.microsoft,
    basis: 'documented',
  },
  lineBreaks: {
    topic: 'attributes',
    description:
      'Tabs, line feeds and carriage returns in strings. According to Microsoft, AWS rejects them; AWS’s pattern allows them.',
    values: ['allow', 'refuse'],
    source: sources.microsoft,
    basis: 'documented',
  },
  email: {
    topic: 'attributes',
    description:
      'Whether a user requires an email address. AWS’s pages contradict each other: the user guide says that user names and email addresses must be present and unique, the SCIM guide does not list the address as required, and Terraform’s tests create users without one.',
    values: ['optional', 'required'],
    source: sources.terraform,
    basis: 'observed',
  },
  untypedEmail: {
    topic: 'attributes',
    description:
      'An `add` or `replace` of `emails[type eq "work"].value`, as Entra sends it, for a user whose email address has no type, as the AWS CLI, the console and Terraform create it. AWS’s response is unknown. `reject`: the request would add a second address, and is rejected. `replace`: the address without a type gets the new value and the type.',
    values: ['reject', 'replace'],
    source: sources.patchUser,
    basis: 'assumed',
  },
  unsupportedAttributes: {
    topic: 'attributes',
    description:
      'An attribute that AWS lists as unsupported (`password`, `photos`, `display` of an email address …) is ignored or rejected. Okta’s AWS app works; whether it sends or omits `password`, an empty `groups` and `display` is unknown.',
    values: ['ignore', 'refuse'],
    source: sources.limitations,
    basis: 'assumed',
  },
  unknownAttributes: {
    topic: 'attributes',
    description: 'An unknown attribute or schema URN is ignored or rejected.',
    values: ['ignore', 'refuse'],
    source: sources.limitations,
    basis: 'assumed',
  },
  unsupportedParameters: {
    topic: 'lists',
    description:
      'The query parameters `startIndex`, `attributes` and `excludedAttributes` are ignored or rejected. Okta sends `startIndex=1`, Entra sends `excludedAttributes=members`, and both work with AWS.',
    values: ['ignore', 'refuse'],
    source: sources.listUsers,
    basis: 'inferred',
  },
  countAbovePage: {
    topic: 'lists',
    description:
      'A `count` above the maximum page size returns a page of the maximum size, or is rejected. AWS documents 100 as the maximum; Pocket ID requests 1,000 and works with AWS.',
    values: ['clamp', 'refuse'],
    source: sources.pocketId,
    basis: 'inferred',
  },
  countOutOfRange: {
    topic: 'lists',
    description: 'A `count` that is below 1 or not a number is rejected, or replaced by the nearest limit.',
    values: ['refuse', 'clamp'],
    source: sources.listUsers,
    basis: 'assumed',
  },
  emptyCursorWithFilter: {
    topic: 'lists',
    description:
      '`GET /Groups` with a filter and an empty `cursor`: some clients start a filtered list with it; one states that AWS does not support it.',
    values: ['accept', 'refuse'],
    source: sources.idcSync,
    basis: 'observed',
  },
  idWithMembersValue: {
    topic: 'lists',
    description:
      'The filter `id eq "…" and members.value eq "…"` on groups. AWS documents `id` with `members`; one client states that AWS does not support `id` with `members.value`.',
    values: ['accept', 'refuse'],
    source: sources.idcSync,
    basis: 'observed',
  },
  putUserId: {
    topic: 'attributes',
    description:
      'Whether the body of a PUT on a user must contain the `id`. AWS’s sample has it, and one client states that AWS requires it.',
    values: ['optional', 'required'],
    source: sources.idcSync,
    basis: 'observed',
  },
  letterCase: {
    topic: 'attributes',
    description:
      'Whether `userName`, email address and a group’s `displayName` are compared case-sensitively.',
    values: ['insensitive', 'sensitive'],
    source: sources.elevator,
    basis: 'assumed',
  },
  activeDefault: {
    topic: 'attributes',
    description: 'The default of `active` if a POST or PUT omits it.',
    values: ['false', 'true'],
    source: sources.terraform,
    basis: 'inferred',
  },
  retryAfter: {
    topic: 'responses',
    description: 'Whether a 429 has `Retry-After: 1`. No sample has been published.',
    values: ['off', 'on'],
    source: sources.ssosyncThrottled,
    basis: 'assumed',
  },
  unknownMembers: {
    topic: 'members',
    description: 'An unknown member is rejected with 404, or stored but not returned.',
    values: ['refuse', 'keep'],
    source: sources.patchGroup,
    basis: 'assumed',
  },
  filteredMemberPath: {
    topic: 'members',
    description:
      'The path `members[value eq "…"]`, which Entra sends in its newer mode, is accepted or rejected.',
    values: ['accept', 'refuse'],
    source: sources.patchGroup,
    basis: 'assumed',
  },
  putGroupStatus: {
    topic: 'responses',
    description: 'The status of a PUT on a group. Clients report only that it fails.',
    values: ['400', '404', '405', '501'],
    source: sources.authentikPut,
    basis: 'assumed',
  },
  quotaStatus: {
    topic: 'responses',
    description: 'The status of a create request beyond the quota. The Identity Store API returns 402.',
    values: ['400', '402'],
    source: sources.model,
    basis: 'assumed',
  },
  identityStoreStatus: {
    topic: 'aws-apis',
    description:
      'The HTTP status of errors of the Identity Store API and of SSO Admin: always 400, as observed, or the status in the service model.',
    values: ['400', 'modelled'],
    source: sources.model,
    basis: 'observed',
  },
  wrongRegion: {
    topic: 'aws-apis',
    description:
      'A request to the Identity Store API or SSO Admin that is signed for a region other than the server’s: accepted, or handled as in a region without an instance of IAM Identity Center.',
    values: ['accept', 'empty'],
    source: sources.ssosyncRegion,
    basis: 'observed',
  },
  deleteMissing: {
    topic: 'aws-apis',
    description:
      'Deleting a user, group or membership that does not exist, with the Identity Store API: succeeds, because the service model marks the operations as idempotent, or gets `ResourceNotFoundException`.',
    values: ['succeed', 'notFound'],
    source: sources.model,
    basis: 'documented',
  },
  assignmentsOfDeleted: {
    topic: 'aws-apis',
    description:
      'The account assignments of a deleted user or group: they remain, as the page on deleting users and groups says, or are deleted with it, as the considerations for changing the identity source say. Either way, access ends, and a user or group that is created again has none.',
    values: ['keep', 'delete'],
    source: sources.deletion,
    basis: 'documented',
  },
  externalIdPath: {
    topic: 'aws-apis',
    description:
      'GetUserId and GetGroupId by the unique attribute `externalId`: the service model does not have this path, the user guide does.',
    values: ['refuse', 'accept'],
    source: sources.model,
    basis: 'documented',
  },
  resourceTypeByName: {
    topic: 'responses',
    description: 'Whether `/ResourceTypes/User` exists in addition to the list.',
    values: ['offered', 'missing'],
    source: sources.resourceTypes,
    basis: 'assumed',
  },
} as const

export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

export const awsChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)

export const maxMembershipChanges = 100
export const maxFilterClauses = 2

export const limits: Limits = {
  bodyBytes: 1_048_576,
  filterLength: 4096,
  filterDepth: 8,
  filterComparisons: maxFilterClauses,
  idLength: 47,
  resources: 100_000,
  tokens: 2,
  writesPerSecond: 25,
  readsPerSecond: 40,
  membershipChanges: maxMembershipChanges,
  groupsOfUser: 1000,
}

export const awsFeatures = ({ pageSize, totalResults }: Choices): Features => ({
  search: false,
  sort: false,
  etag: false,
  projection: false,
  paging: {
    index: false,
    cursor: { previous: false, total: false, fixedCount: false },
    defaultCount: Number(pageSize),
    maxCount: Number(pageSize),
    invalidCount: 'default',
    total: totalResults,
  },
  requiresIfMatch: false,
  discoveryFilter: 'ignore',
})

export const awsApis = (choices: Choices): AwsApis => ({
  errorStatus: choices.identityStoreStatus,
  otherRegion: choices.wrongRegion,
  deleteMissing: choices.deleteMissing,
  externalIdPath: choices.externalIdPath,
  assignmentsOfDeleted: choices.assignmentsOfDeleted,
})
