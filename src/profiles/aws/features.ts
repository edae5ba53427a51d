import type { Features, Limits } from '../profile.ts'
import { type ChoicesFrom, resolveChoices, toSwitches } from '../switches.ts'
import { sources } from './sources.ts'

/** The points on which sources disagree or AWS is silent; the tenant chooses. The first value is the default. */
export const choices = {
  putUserStatus: {
    description: 'The status of a successful PUT on a user. AWS’s sample shows 201; clients have seen both.',
    values: ['200', '201'],
    source: sources.putUser,
    basis: 'observed',
  },
  profileUrl: {
    description: '`profileUrl` is stored and returned, or stored and hidden: AWS’s samples never return it.',
    values: ['return', 'hide'],
    source: sources.createUser,
    basis: 'assumed',
  },
  membersOnRead: {
    description:
      'Reading one group shows `members` as an empty list, as AWS’s prose says, or not at all, as its sample has it.',
    values: ['empty', 'absent'],
    source: sources.getGroup,
    basis: 'documented',
  },
  detail: {
    description:
      'A 400 explains itself, as seen since 2024, or has the one text for all that was sent in 2022 and 2023.',
    values: ['specific', 'generic'],
    source: sources.authentikPathless,
    basis: 'observed',
  },
  pageSize: {
    description:
      'The longest page and the default one. It was 50 until 2025, and ServiceProviderConfig still says so.',
    values: ['100', '50'],
    source: sources.listUsers,
    basis: 'documented',
  },
  totalResults: {
    description: '`totalResults` of a list without cursor counts the page, or every match.',
    values: ['page', 'matches'],
    source: sources.ssosyncPages,
    basis: 'observed',
  },
  legacyMembers: {
    description:
      'Replacing the members of a group, and removing all of them at once: refused; allowed, as until about 2024; or allowed except that a `replace` with an empty list or without a value changes nothing (204), and one with `[{"value": ""}]` is refused (400) and empties the group, as seen in April 2024.',
    values: ['refuse', 'allow', 'ignore'],
    source: sources.lichti,
    basis: 'observed',
  },
  memberFilter: {
    description:
      'The attribute of the filter `id eq "…" and members eq "…"`: AWS’s list writes `member`, its example `members`.',
    values: ['both', 'member', 'members'],
    source: sources.listGroups,
    basis: 'documented',
  },
  spaceInUserName: {
    description:
      'White space in a `userName`: CreateUser’s page and the model leave it out, PutUser’s page has it.',
    values: ['refuse', 'allow'],
    source: sources.createUser,
    basis: 'documented',
  },
  specialCharacters: {
    description:
      'The characters `< > ; : %` in names. Microsoft and the guide of 2022 forbid them, today’s pattern allows them.',
    values: ['allow', 'refuse'],
    source: sources.microsoft,
    basis: 'documented',
  },
  lineBreaks: {
    description:
      'Tabs, line feeds and carriage returns in texts. Microsoft says AWS refuses them, AWS’s pattern allows them.',
    values: ['allow', 'refuse'],
    source: sources.microsoft,
    basis: 'documented',
  },
  email: {
    description: 'A user needs an email address or can do without. No page of AWS demands one.',
    values: ['optional', 'required'],
    source: sources.terraform,
    basis: 'observed',
  },
  unsupportedAttributes: {
    description:
      'An attribute that AWS calls unsupported (`password`, `photos`, `display` of an email address …) is ignored or refused. Okta’s AWS app works; whether it sends `password`, an empty `groups` and `display` or leaves them out is not known.',
    values: ['ignore', 'refuse'],
    source: sources.limitations,
    basis: 'assumed',
  },
  unknownAttributes: {
    description: 'An attribute or a schema URN that no schema has is ignored or refused.',
    values: ['ignore', 'refuse'],
    source: sources.limitations,
    basis: 'assumed',
  },
  unsupportedParameters: {
    description:
      'The query parameters `startIndex`, `attributes` and `excludedAttributes` are ignored or refused. Okta sends `startIndex=1`, Entra `excludedAttributes=members`, and both work with AWS.',
    values: ['ignore', 'refuse'],
    source: sources.listUsers,
    basis: 'inferred',
  },
  countAbovePage: {
    description:
      'A `count` above the longest page returns the longest page, or is refused. AWS documents 100 as the maximum; Pocket ID asks for 1,000 and works with AWS.',
    values: ['clamp', 'refuse'],
    source: sources.pocketId,
    basis: 'inferred',
  },
  countOutOfRange: {
    description: 'A `count` that is below 1 or not a number is refused, or brought into range.',
    values: ['refuse', 'clamp'],
    source: sources.listUsers,
    basis: 'assumed',
  },
  emptyCursorWithFilter: {
    description:
      '`GET /Groups` with a filter and an empty `cursor`: some clients start a filtered walk with it, one states that AWS does not support it.',
    values: ['accept', 'refuse'],
    source: sources.idcSync,
    basis: 'observed',
  },
  idWithMembersValue: {
    description:
      'The filter `id eq "…" and members.value eq "…"` on groups. AWS documents `id` with `members`; one client states that AWS does not support `id` with `members.value`.',
    values: ['accept', 'refuse'],
    source: sources.idcSync,
    basis: 'observed',
  },
  putUserId: {
    description:
      'Whether a PUT on a user has to repeat the `id` in its body. AWS’s sample has it, and one client states that AWS requires it.',
    values: ['optional', 'required'],
    source: sources.idcSync,
    basis: 'observed',
  },
  letterCase: {
    description:
      'Whether `userName`, email address and a group’s `displayName` are compared case-sensitively.',
    values: ['insensitive', 'sensitive'],
    source: sources.elevator,
    basis: 'assumed',
  },
  activeDefault: {
    description: '`active` of a user whose POST or PUT leaves it out.',
    values: ['false', 'true'],
    source: sources.terraform,
    basis: 'inferred',
  },
  retryAfter: {
    description: 'Whether a 429 says `Retry-After: 1`. No sample of one has been published.',
    values: ['off', 'on'],
    source: sources.ssosyncThrottled,
    basis: 'assumed',
  },
  unknownMembers: {
    description: 'A member who doesn’t exist is refused with 404, or kept unseen.',
    values: ['refuse', 'keep'],
    source: sources.patchGroup,
    basis: 'assumed',
  },
  filteredMemberPath: {
    description:
      'The path `members[value eq "…"]`, which Entra sends in its newer mode, is accepted or refused.',
    values: ['accept', 'refuse'],
    source: sources.patchGroup,
    basis: 'assumed',
  },
  putGroupStatus: {
    description: 'The status that refuses PUT on a group. Clients report only that it fails.',
    values: ['400', '404', '405', '501'],
    source: sources.authentikPut,
    basis: 'assumed',
  },
  quotaStatus: {
    description: 'The status of a creation beyond the quota. The Identity Store API says 402.',
    values: ['400', '402'],
    source: sources.model,
    basis: 'assumed',
  },
  resourceTypeByName: {
    description: 'Whether `/ResourceTypes/User` exists besides the list.',
    values: ['offered', 'missing'],
    source: sources.resourceTypes,
    basis: 'assumed',
  },
} as const

/** The value of every switch. */
export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

/** The chosen values, and the defaults of the other switches. */
export const awsChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)

/** Limits of one request. */
export const maxMembershipChanges = 100
export const maxFilterClauses = 2

export const limits: Limits = {
  bodyBytes: 1_048_576,
  filterLength: 4096,
  filterDepth: 8,
  idLength: 47,
  resources: 100_000,
  tokens: 2,
  writesPerSecond: 25,
  readsPerSecond: 40,
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
