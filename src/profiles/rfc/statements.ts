import { maxDocumentBytes } from '../../scim/document.ts'
import { maxMemberComparisons } from '../../scim/patch/apply.ts'
import { maxInspections } from '../../scim/patch/elements.ts'
import { maxOperations } from '../../scim/patch/parse.ts'
import { maxTextLength, maxValuesPerAttribute } from '../../scim/read-value.ts'
import { maxIndirectGroups } from '../../scim/resource.ts'
import { maxSecretLength } from '../../scim/secrets.ts'
import { maxFilterComparisons } from '../base.ts'
import type { Statement } from '../profile.ts'
import { sources } from './sources.ts'

type RfcStatement = Statement & { readonly requirements: readonly string[] }

/** Description, source, and the requirements that it fulfils. */
type Row = readonly [description: string, source: keyof typeof sources, requirements: string]

const toStatements = (rows: Readonly<Record<`rfc/${string}`, Row>>): readonly RfcStatement[] =>
  Object.entries(rows).map(([id, [description, source, requirements]]) => ({
    id,
    description,
    source: sources[source],
    basis: 'documented',
    requirements: requirements.split(' '),
  }))

type Chapter = { readonly title: string; readonly statements: readonly RfcStatement[] }

const count = (number: number) => number.toLocaleString('en-US')

const transport = toStatements({
  'rfc/media-type': [
    'Responses are `application/scim+json`, or `application/json` for a client that accepts only that. A client that accepts neither gets the first.',
    'mediaTypes',
    'R-002 R-003',
  ],
  'rfc/request-media-type': [
    'A body is `application/scim+json` or `application/json`, with or without a charset. Any other or missing media type, and any `Content-Encoding` other than `identity`, is 415.',
    'mediaTypes',
    'R-004',
  ],
  'rfc/bearer-token': [
    'Only bearer tokens are accepted. Every token failure, and an unknown tenant in the URL, returns the same 401 with `WWW-Authenticate: Bearer`.',
    'authentication',
    'R-005 R-006',
  ],
  'rfc/token-access': [
    'A token belongs to one tenant, is valid for a year, and grants full or read-only access. A write with a read-only token is 403.',
    'authentication',
    'R-007 R-009',
  ],
  'rfc/forwarded': [
    'URIs have the host of the request, or behind a proxy the values of `X-Forwarded-Proto` and `X-Forwarded-Host`.',
    'tls',
    'R-008 R-011',
  ],
  'rfc/version': ['`/v2` may be omitted from the URL. Any other version is 404.', 'versions', 'R-012 R-013'],
  'rfc/query-parameters': [
    'Unknown query parameters are ignored. A repeated parameter is rejected, because it is undefined which value applies.',
    'query',
    'R-014',
  ],
  'rfc/sensitive': [
    'Filters in a URL are always accepted, even with sensitive values: 403 `sensitive` is never returned. A filter on a secret is `invalidFilter`, in a URL or a body.',
    'sensitive',
    'R-015 R-068',
  ],
  'rfc/methods': [
    'HEAD responds like GET. Any other method that a URL does not support, including OPTIONS, is 405 with `Allow`. URL and method are checked before the body, so an unknown URL is 404 and an unsupported method is 405 regardless of the body. GET and DELETE ignore a body.',
    'methods',
    'R-024 R-157',
  ],
  'rfc/endpoints': ['Endpoints are case-sensitive: `/users` is 404.', 'endpoints', 'R-021'],
  'rfc/me': ['`/Me` is not supported: 501.', 'me', 'R-022 R-208 R-209'],
  'rfc/sound-json': [
    'JSON with a duplicate name in an object, with U+0000 or an unpaired surrogate, or with more than 64 levels of nesting, is `invalidSyntax`. A leading byte order mark is ignored.',
    'errors',
    'R-001 R-020',
  ],
})

const resources = toStatements({
  'rfc/ids': ['An `id` is a random UUID, which is never reused.', 'common', 'R-041 R-043 R-047'],
  'rfc/read-only': [
    '`id`, `meta`, `groups` and other read-only attributes are ignored in POST and PUT. As the path of a PATCH they are rejected with `mutability`. A value without a path may contain `id`, `meta` and `schemas`, and the value of an extension may contain `schemas`.',
    'characteristics',
    'R-042 R-048 R-059 R-085 R-163 R-173',
  ],
  'rfc/location': [
    'A response with one resource has its URI, which is `meta.location`, as `Location` and `Content-Location`.',
    'common',
    'R-051 R-083',
  ],
  'rfc/external-id': [
    '`externalId` need not be unique, even within a tenant.',
    'common',
    'R-044 R-045 R-046',
  ],
  'rfc/unknown-attributes': [
    'Attributes that no schema defines are ignored in POST and PUT, and rejected in PATCH with `invalidPath`.',
    'extra',
    'R-089 R-173',
  ],
  'rfc/schemas-stated': [
    'A body must contain `schemas`. A URN that the type does not have is `invalidValue`. The URN of an extension may be omitted, or included without data: the response lists the extensions that have data.',
    'schemas',
    'R-026 R-027 R-029 R-055',
  ],
  'rfc/names': [
    'The case of names is ignored; responses have the spelling of the schema. Two spellings of one name in an object are `invalidSyntax`.',
    'names',
    'R-025',
  ],
  'rfc/unassigned': [
    '`null`, `[]` and `{}` count as absent. An empty string is a value, except for a required attribute.',
    'unassigned',
    'R-040 R-066',
  ],
  'rfc/no-defaults': [
    'The server adds no default values: an `active` that was never set is absent, neither true nor false.',
    'characteristics',
    'R-084 R-111',
  ],
  'rfc/duplicates': [
    'Values with the same `type` and `value`, ignoring case, are merged: the first one gains the sub-attributes that only the later one has.',
    'multiValued',
    'R-039 R-180',
  ],
  'rfc/primary': [
    'Two primary values in one list are `invalidValue`. If a PATCH marks a value as primary, the others are no longer primary.',
    'multiValued',
    'R-037 R-174',
  ],
  'rfc/canonical-values': [
    'A canonical value that is sent in another case is stored in its canonical spelling. Other values are stored as sent.',
    'multiValued',
    'R-038 R-065',
  ],
  'rfc/references': [
    'A reference is any valid absolute or relative URI. It is not resolved.',
    'dataTypes',
    'R-034 R-075',
  ],
  'rfc/binary': [
    'Binary values are base64 in the standard alphabet. Padding may be omitted.',
    'dataTypes',
    'R-033',
  ],
  'rfc/long-values': [
    `A list may have up to ${count(maxValuesPerAttribute)} values, except for members, and a string up to ${count(maxTextLength)} characters. More is \`invalidValue\`. A resource may have up to ${count(maxDocumentBytes)} bytes without its members; a change beyond that is \`tooMany\`.`,
    'multiValued',
    'R-071',
  ],
  'rfc/secrets': [
    `Attributes that are never returned, such as \`password\`, are stored as salted hashes (scrypt) and shown nowhere, including journal and history. Setting a secret to its current value changes nothing; another value creates a new version.`,
    'secrets',
    'R-010 R-057 R-061 R-068',
  ],
  'rfc/secret-texts': [
    `Secrets are compared case-sensitively in NFC, with all space characters treated as equal. An empty secret, a secret with control characters, and a secret of more than ${count(maxSecretLength)} characters are \`invalidValue\`.`,
    'precis',
    'R-067',
  ],
})

const people = toStatements({
  'rfc/identifiers-compared': [
    'A `userName` is stored as sent, and compared in NFC and lower case. It is unique among the users of a tenant.',
    'precis',
    'R-063 R-066 R-067',
  ],
  'rfc/group-names': ['Groups of a tenant may have the same `displayName`.', 'group', 'R-078'],
  'rfc/email-domain': [
    'The domain of an email address is stored and returned in lower case, so the response to a POST may differ from its body. A value that is not an address is stored as sent.',
    'userLists',
    'R-070',
  ],
  'rfc/formatted-name': [
    '`name.formatted` is stored as sent. It is neither derived from the other components of the name nor compared with them: consistency is up to the client, because the order of the components differs between cultures.',
    'user',
    'R-069',
  ],
  'rfc/members-exist': [
    'A member is a user or a group of the tenant. An ID that belongs to no resource is kept, or rejected with `invalidValue` (the switch `unknownMembers`). A resource of another type, and a group as a member of itself, are always rejected. The server sets `$ref` and `type`, and ignores the values sent for them. A `display` is kept as sent, and otherwise is the name of the user or group (the switch `memberDisplay`).',
    'group',
    'R-079 R-080',
  ],
  'rfc/nested-groups': [
    `The \`groups\` of a user are the groups with the user as a member, with the type \`direct\`, followed by the groups that contain these, with the type \`indirect\`: the nearest first, up to ${count(maxIndirectGroups)}, unless the tenant hides them (the switch \`nestedGroups\`). A group that is both is direct. Filters on \`groups\` test only direct membership, and the console and past views show only direct membership.`,
    'userLists',
    'R-073 R-106',
  ],
  'rfc/manager': [
    'The `manager` of a user need not exist, because clients write users in any order. `$ref` and `displayName` are returned only while the manager exists.',
    'enterprise',
    'R-081',
  ],
})

const writing = toStatements({
  'rfc/put-clears': [
    'PUT clears omitted attributes, including the members of a group. Omitted secrets stay, because clients cannot read them to send them back; a secret within an omitted complex attribute is cleared with it.',
    'put',
    'R-160 R-161',
  ],
  'rfc/put-creates-nothing': [
    'PUT or PATCH of an unknown ID is 404, even if the body is invalid. Only a body that is not JSON is rejected first.',
    'put',
    'R-021 R-088',
  ],
  'rfc/delete': [
    'After it is deleted, a resource no longer exists for SCIM, even if the directory retains it: its `userName` can be used again, and it is removed as a member of groups and as the manager of users.',
    'delete',
    'R-087 R-196 R-197',
  ],
  'rfc/patch-paths': [
    'The bare URN of an extension is a valid path. A sub-attribute of a list without a filter (`emails.display`) selects every value.',
    'patch',
    'R-170',
  ],
  'rfc/patch-without-path': [
    'Without a path, each name in the value is a path, such as `name.givenName` and `urn:…:User:manager`.',
    'add',
    'R-178 R-188',
  ],
  'rfc/add-creates': [
    '`add` to `emails[type eq "work"].value` creates a missing value if the filter consists of `eq` comparisons; otherwise it is `noTarget`.',
    'add',
    'R-181',
  ],
  'rfc/remove-listed': [
    '`remove` may list values in addition to its path; then only these are removed. Removing a listed value that is missing succeeds, and so does removing a member that the group does not have. A filter in the path that matches no other value is `noTarget` (the switch `unmatchedRemoval`).',
    'remove',
    'R-184 R-186 R-187',
  ],
  'rfc/remove-last-part': [
    'A value that is left with only `type`, `primary` and `display` is removed.',
    'remove',
    'R-183 R-184',
  ],
  'rfc/remove-required': [
    'A PATCH that removes or clears a required attribute, or adds it with an empty value, is `mutability`.',
    'remove',
    'R-185',
  ],
  'rfc/replace-value': [
    'The value that replaces `emails[type eq "work"]` has the type `work`, even if it does not state it. A filter that matches nothing is `noTarget`.',
    'replace',
    'R-192 R-193',
  ],
  'rfc/members-whole': [
    'Members are added and removed as a whole. A path to a sub-attribute of a member is `mutability`.',
    'group',
    'R-060 R-079',
  ],
  'rfc/patch-operations': [
    `A PATCH may have up to ${count(maxOperations)} operations, which together may inspect values of lists up to ${count(maxInspections)} times. Filters on members other than by ID may have up to ${count(maxMemberComparisons)} comparisons. More is \`tooMany\`. The case of \`op\` is ignored.`,
    'patch',
    'R-025 R-169 R-194',
  ],
})

const reading = toStatements({
  'rfc/too-many': [
    `Lists of any size are paged, so the number of matches is never \`tooMany\`. A filter with more than ${count(maxFilterComparisons)} comparisons that no index answers is: each reads every resource.`,
    'rootQuery',
    'R-095',
  ],
  'rfc/root': [
    'A query on the root covers all types, in order of creation. An attribute that only some types have is absent in the others; one that no type has is rejected.',
    'rootQuery',
    'R-094',
  ],
  'rfc/search': [
    '`.search` is available at the root and at each type, also for read-only tokens. In its body, the case of names is ignored, `null` counts as absent, and unknown names are ignored, as are query parameters in the URL.',
    'search',
    'R-134 R-144 R-145 R-146',
  ],
  'rfc/filter-on-resource': ['A `filter` on a single resource is ignored.', 'rootQuery', 'R-096'],
  'rfc/comparison': [
    'Strings are compared in NFC, and in lower case unless the attribute is case exact. They are ordered by code point.',
    'filter',
    'R-099 R-102 R-110',
  ],
  'rfc/filter-absent': [
    'An attribute without a value equals only null: `ne` and `not (… eq …)` match it.',
    'filter',
    'R-099 R-101',
  ],
  'rfc/filter-names': [
    'A filter on an attribute that the type does not have, that is never returned, or that is computed for each response (`meta.location`, `meta.version`, `$ref`, the name of a manager) is `invalidFilter`.',
    'filter',
    'R-098 R-109',
  ],
  'rfc/filter-values': [
    'A value of a type other than the attribute’s is `invalidFilter`, as is ordering booleans or binary values. A dateTime has a date and a time.',
    'filter',
    'R-099 R-103 R-108',
  ],
  'rfc/filter-members': [
    'Groups can be filtered by `value`, `type` and `display` of their members, and users by those of their groups. IDs are looked up in an index; other filters are evaluated for each membership.',
    'filter',
    'R-106 R-107',
  ],
  'rfc/sorting': [
    'A complex attribute is sorted by its `value`. Resources without a value come last, or first in descending order; equal resources are in order of creation. `sortBy` with an unknown attribute, a secret, or an attribute that is computed for each response is `invalidPath`. An unknown `sortOrder` is `invalidValue`.',
    'sorting',
    'R-114 R-115 R-116 R-117',
  ],
  'rfc/paging': [
    'Without a cursor, lists are paged by index, in order of creation. A `count` or `startIndex` that is not a whole number is `invalidValue`; a number out of range is replaced by the nearest limit.',
    'paging',
    'R-118 R-119 R-120 R-121 R-122 R-123 R-132',
  ],
  'rfc/cursors': [
    'Paging by cursor works forwards and backwards, returns the total, and returns each resource once. A cursor is bound to tenant and token: with another token it is `invalidCursor`, as with another filter, order or endpoint. Another `count` is `invalidCount`, and a cursor older than an hour is `expiredCursor`. The order of a sorted list is kept in memory until 100 newer lists, or 5 million of their keys, replace it; then its cursors are `expiredCursor`, too. `cursor` and `startIndex` together are `invalidValue`.',
    'cursor',
    'R-124 R-125 R-126 R-127 R-128 R-129 R-130 R-131 R-133 R-136 R-137',
  ],
  'rfc/projection': [
    '`attributes` and `excludedAttributes` together are `invalidValue`. An unknown name selects nothing; an empty list counts as absent.',
    'projection',
    'R-138 R-139 R-142',
  ],
})

const discovery = toStatements({
  'rfc/open-discovery': [
    'Discovery requires no token if the URL contains the tenant. If a token is sent, it is checked.',
    'config',
    'R-149',
  ],
  'rfc/schemas-listed': [
    '`/Schemas` returns the schemas of resource types and their extensions, but not those of discovery resources and messages.',
    'discovery',
    'R-150 R-151',
  ],
  'rfc/declared-types': [
    'A tenant may declare its own types and schemas, which are discovered and served like those of the RFC.',
    'endpoints',
    'R-158',
  ],
  'rfc/complex-characteristics': [
    'A complex attribute is listed without `caseExact` and `uniqueness`, which apply to its sub-attributes.',
    'characteristics',
    'R-152',
  ],
  'rfc/discovery-queries': [
    'Sorting and paging are ignored on discovery endpoints. So is a filter, unless the tenant rejects it (the switch `discoveryFilter`).',
    'discovery',
    'R-155 R-156',
  ],
})

const bulk = toStatements({
  'rfc/bulk-order': [
    'Operations run in the given order, except that a referenced POST runs before the operation that refers to it. The results are in the given order. Each operation is recorded as a request of its own.',
    'bulk',
    'R-200 R-203 R-207',
  ],
  'rfc/bulk-circles': [
    'Resources that refer to each other are created as if all of them existed. If one of them cannot be created, the resources that refer to it are rolled back.',
    'bulk',
    'R-204',
  ],
  'rfc/bulk-answers': [
    'A successful operation has no `response`, only location, version and status. An error in the message itself rejects the whole request.',
    'bulk',
    'R-202 R-205',
  ],
  'rfc/bulk-patch': [
    'The data of a PATCH may be only its operations, as in a figure of the RFC.',
    'bulk',
    'R-206',
  ],
  'rfc/bulk-limits': [
    'More operations than `maxOperations`, a body larger than `maxPayloadSize`, or more than 100 secrets such as passwords, which are slow to hash, are 413. After `failOnErrors` errors, no further operation is carried out; 0 counts as absent.',
    'bulk',
    'R-198 R-199 R-201',
  ],
})

const versions = toStatements({
  'rfc/weak-versions': [
    'A version is a weak entity tag, initially `W/"1"`, and increases with every effective change. `If-Match` and `If-None-Match` compare weakly, because RFC 7644 sends weak tags in both.',
    'versioning',
    'R-052 R-210 R-211 R-212 R-213',
  ],
  'rfc/versions-and-others': [
    'A resource with values from other resources (the groups of a user, the names of members and managers) has a hash of them in its tag, `W/"1.aB3dE6gH"`, so a 304 never hides a new group or name. `If-Match` compares only the version: a change of another resource does not prevent an update. A group that is read without its members has a tag without their names.',
    'versioning',
    'R-210 R-211 R-212 R-213',
  ],
  'rfc/versions-after-a-restore': [
    'After a snapshot is restored, its resources have new tags. A version that was read before is 412 in `If-Match` and 200 in `If-None-Match`.',
    'versioning',
    'R-211 R-212 R-213',
  ],
  'rfc/last-modified-of-others': [
    '`meta.lastModified` changes only with the resource’s own version. It does not change when a user is added to or removed from a group, or when a member, group or manager is renamed, so a search for `meta.lastModified gt …` does not find such changes.',
    'versioning',
    'R-050 R-113',
  ],
})

export const chapters: readonly Chapter[] = [
  { title: 'Transport', statements: transport },
  { title: 'Resources', statements: resources },
  { title: 'Users and groups', statements: people },
  { title: 'POST, PUT, PATCH and DELETE', statements: writing },
  { title: 'Lists, filters and projection', statements: reading },
  { title: 'Bulk', statements: bulk },
  { title: 'Discovery', statements: discovery },
  { title: 'Versions', statements: versions },
]

export const statements: readonly RfcStatement[] = chapters.flatMap(({ statements }) => statements)
