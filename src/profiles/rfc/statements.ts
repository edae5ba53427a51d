import { maxDocumentBytes } from '../../scim/document.ts'
import { maxMemberComparisons } from '../../scim/patch/membership.ts'
import { maxOperations } from '../../scim/patch/parse.ts'
import { maxInspections } from '../../scim/patch/work-budget.ts'
import { maxValuesPerAttribute } from '../../scim/read-value.ts'
import { maxIndirectGroups } from '../../scim/resource.ts'
import { maxTextLength } from '../../scim/simple-value.ts'
import { maxSecretLength } from '../../scim/text.ts'
import type { Statement } from '../profile.ts'
import { sources } from './sources.ts'

/** What the profile does where the RFCs leave a choice, with the related requirements. */
type RfcStatement = Statement & { readonly requirements: readonly string[] }

const statement = (
  id: `rfc/${string}`,
  description: string,
  source: keyof typeof sources,
  ...requirements: readonly string[]
): RfcStatement => ({ id, description, source: sources[source], basis: 'documented', requirements })

export type Chapter = { readonly title: string; readonly statements: readonly RfcStatement[] }

const count = (number: number) => number.toLocaleString('en-US')

const transport: readonly RfcStatement[] = [
  statement(
    'rfc/media-type',
    'Answers are `application/scim+json`, and `application/json` for a client that accepts only that. Who accepts neither gets the first all the same.',
    'mediaTypes',
    'R-002',
    'R-003',
  ),
  statement(
    'rfc/request-media-type',
    'A body is `application/scim+json` or `application/json`, with or without charset. Any other media type, none at all, and any `Content-Encoding` but `identity` is 415.',
    'mediaTypes',
    'R-004',
  ),
  statement(
    'rfc/bearer-token',
    'Only bearer tokens let in. Whatever is wrong with one, and also with the tenant in the URL, is the same 401 with `WWW-Authenticate: Bearer`.',
    'authentication',
    'R-005',
    'R-006',
  ),
  statement(
    'rfc/token-access',
    'A token is of one tenant, lives for a year, and may do everything or read only; what it may not is 403.',
    'authentication',
    'R-007',
    'R-009',
  ),
  statement(
    'rfc/forwarded',
    'URIs have the host that the client named, and behind a proxy what `X-Forwarded-Proto` and `X-Forwarded-Host` say.',
    'tls',
    'R-008',
    'R-011',
  ),
  statement(
    'rfc/version',
    '`/v2` may be left out of the address; any other version is 404.',
    'versions',
    'R-012',
    'R-013',
  ),
  statement(
    'rfc/query-parameters',
    'Unknown query parameters are ignored. A repeated one is refused, as it is undefined which value applies.',
    'query',
    'R-014',
  ),
  statement(
    'rfc/sensitive',
    'Filters in a URL are accepted however sensitive they are: 403 `sensitive` is never returned. A filter on a secret is `invalidFilter`, wherever it is sent.',
    'sensitive',
    'R-015',
    'R-068',
  ),
  statement(
    'rfc/methods',
    'HEAD responds like GET. Any other method that an address doesn’t support, OPTIONS included, is 405 with `Allow`. Address and method are checked before the body, so an unknown address is 404 and an unsupported method 405 whatever is sent; GET and DELETE ignore a body.',
    'methods',
    'R-024',
    'R-157',
  ),
  statement('rfc/endpoints', 'The case of an endpoint counts: `/users` is 404.', 'endpoints', 'R-021'),
  statement('rfc/me', '`/Me` isn’t offered: 501.', 'me', 'R-022', 'R-208', 'R-209'),
  statement(
    'rfc/sound-json',
    'JSON with a name twice in an object, with U+0000 or half of a surrogate pair, or nested deeper than 64 levels, is `invalidSyntax`. A byte order mark before it is ignored.',
    'errors',
    'R-001',
    'R-020',
  ),
]

const resources: readonly RfcStatement[] = [
  statement(
    'rfc/ids',
    'An `id` is a random UUID; it is never used again.',
    'common',
    'R-041',
    'R-043',
    'R-047',
  ),
  statement(
    'rfc/read-only',
    '`id`, `meta`, `groups` and other read-only attributes are ignored in POST and PUT, and refused as the path of a PATCH with `mutability`. A value without path may repeat `id`, `meta` and `schemas`, and the value of an extension `schemas`.',
    'characteristics',
    'R-042',
    'R-048',
    'R-059',
    'R-085',
    'R-163',
    'R-173',
  ),
  statement(
    'rfc/location',
    'An answer with one resource has its URI as `Location` and `Content-Location`, which are `meta.location`.',
    'common',
    'R-051',
    'R-083',
  ),
  statement(
    'rfc/external-id',
    '`externalId` need not be unique, not even in a tenant.',
    'common',
    'R-044',
    'R-045',
    'R-046',
  ),
  statement(
    'rfc/unknown-attributes',
    'Attributes that no schema has are ignored as a whole in POST and PUT, and refused in PATCH with `invalidPath`.',
    'extra',
    'R-089',
    'R-173',
  ),
  statement(
    'rfc/schemas-stated',
    'A body states `schemas`; a URN that the type doesn’t have is `invalidValue`. The URN of an extension may be left out, or included without data: the response lists those that have data.',
    'schemas',
    'R-026',
    'R-027',
    'R-029',
    'R-055',
  ),
  statement(
    'rfc/names',
    'Names are read in any case and returned as the schema spells them. Two spellings of one name in an object are `invalidSyntax`.',
    'names',
    'R-025',
  ),
  statement(
    'rfc/unassigned',
    '`null`, `[]` and `{}` are no value. An empty text is one, but not for a required attribute.',
    'unassigned',
    'R-040',
    'R-066',
  ),
  statement(
    'rfc/no-defaults',
    'The server invents no values: an `active` that was never set is absent, neither true nor false.',
    'characteristics',
    'R-084',
    'R-111',
  ),
  statement(
    'rfc/duplicates',
    'Values of the same `type` and `value`, in whatever case, become one; what only the later one says is added to the first.',
    'multiValued',
    'R-039',
    'R-180',
  ),
  statement(
    'rfc/primary',
    'Two primary values in one list are `invalidValue`. A PATCH that makes a value the primary one takes it from the others.',
    'multiValued',
    'R-037',
    'R-174',
  ),
  statement(
    'rfc/canonical-values',
    'A canonical value in another case is kept in its own spelling, and a value beside them as it was sent.',
    'multiValued',
    'R-038',
    'R-065',
  ),
  statement(
    'rfc/references',
    'A reference is any text that is a valid absolute or relative URI. It is not resolved.',
    'dataTypes',
    'R-034',
    'R-075',
  ),
  statement('rfc/binary', 'Base64 in the plain alphabet; its padding may be left out.', 'dataTypes', 'R-033'),
  statement(
    'rfc/long-values',
    `A list holds up to ${count(maxValuesPerAttribute)} values, members any number; a text up to ${count(maxTextLength)} characters. More is \`invalidValue\`. A resource takes up to ${count(maxDocumentBytes)} bytes, members aside; a change beyond that is \`tooMany\`.`,
    'multiValued',
    'R-071',
  ),
  statement(
    'rfc/secrets',
    `What is never returned, such as \`password\`, is kept as a salted hash (scrypt) and shown nowhere, in journal and history neither. To set a secret that a resource has already changes nothing; another one is a new version.`,
    'secrets',
    'R-010',
    'R-057',
    'R-061',
    'R-068',
  ),
  statement(
    'rfc/secret-texts',
    `Secret texts are compared in NFC, with one kind of blank; their case counts. An empty one, one with control characters and one of more than ${count(maxSecretLength)} characters is \`invalidValue\`.`,
    'precis',
    'R-067',
  ),
]

const people: readonly RfcStatement[] = [
  statement(
    'rfc/identifiers-compared',
    'A `userName` is kept as it was sent, and compared in NFC and lower case. It is unique among the users of a tenant.',
    'precis',
    'R-063',
    'R-066',
    'R-067',
  ),
  statement('rfc/group-names', 'Groups of a tenant may have the same `displayName`.', 'group', 'R-078'),
  statement(
    'rfc/email-domain',
    'The domain of an email address is kept in lower case. A value that is no address is kept as it was sent.',
    'userLists',
    'R-070',
  ),
  statement(
    'rfc/formatted-name',
    '`name.formatted` is kept as it was sent: it is neither made of the other parts of the name nor held against them. Whether they agree is up to the client, for the order of the parts differs by culture.',
    'user',
    'R-069',
  ),
  statement(
    'rfc/members-exist',
    'A member is a user or a group of the tenant. An id that belongs to no resource is kept, or refused with `invalidValue` (the switch `unknownMembers`); one of another type, and a group within itself, is always refused. `$ref`, `type` and `display` are the server’s, whatever is sent for them.',
    'group',
    'R-079',
    'R-080',
  ),
  statement(
    'rfc/nested-groups',
    `The \`groups\` of a user are those that have the user as a member, with the type \`direct\`, and then those that contain these groups, with \`indirect\`: the nearest first, up to ${count(maxIndirectGroups)}, unless the tenant hides them (the switch \`nestedGroups\`). A group that is both is direct. Filters on \`groups\` test direct membership, and the console and past views show it alone.`,
    'userLists',
    'R-073',
    'R-106',
  ),
  statement(
    'rfc/manager',
    'Whether the `manager` exists isn’t held against a user, for clients write people in any order. `$ref` and `displayName` are shown while there is such a user.',
    'enterprise',
    'R-081',
  ),
]

const writing: readonly RfcStatement[] = [
  statement(
    'rfc/put-clears',
    'PUT clears what it leaves out, the members of a group included, for it says what the resource is to be. Secrets that it leaves out stay, for no client has them to send back; one within a complex attribute goes with it.',
    'put',
    'R-160',
    'R-161',
  ),
  statement(
    'rfc/put-creates-nothing',
    'PUT or PATCH of an id that doesn’t exist is 404, also if the body is invalid. Only a body that isn’t JSON at all is refused first.',
    'put',
    'R-021',
    'R-088',
  ),
  statement(
    'rfc/delete',
    'Once deleted, a resource no longer exists for SCIM, even if the directory retains it: its `userName` is free, groups lose the member, and users lose the manager.',
    'delete',
    'R-087',
    'R-196',
    'R-197',
  ),
  statement(
    'rfc/patch-paths',
    'The bare URN of an extension is a path, too. A list without a filter before a sub-attribute (`emails.display`) means every value.',
    'patch',
    'R-170',
  ),
  statement(
    'rfc/patch-without-path',
    'Without a path each name in the value is one, also `name.givenName` and `urn:…:User:manager`.',
    'add',
    'R-178',
    'R-188',
  ),
  statement(
    'rfc/add-creates',
    'add to `emails[type eq "work"].value` makes the value when there is none, as far as its filter says by `eq` what it is to be; otherwise `noTarget`.',
    'add',
    'R-181',
  ),
  statement(
    'rfc/remove-listed',
    'remove may list values besides its path; then only these go. What isn’t there is removed without complaint.',
    'remove',
    'R-184',
    'R-186',
    'R-187',
  ),
  statement(
    'rfc/remove-last-part',
    'A value that loses all but `type`, `primary` and `display` goes as a whole.',
    'remove',
    'R-183',
    'R-184',
  ),
  statement(
    'rfc/remove-required',
    'A required attribute can’t be removed or cleared by PATCH, nor be added with an empty value: `mutability`.',
    'remove',
    'R-185',
  ),
  statement(
    'rfc/replace-value',
    'What replaces `emails[type eq "work"]` is the work address, whether it says so or not. A filter that matches nothing is `noTarget`.',
    'replace',
    'R-192',
    'R-193',
  ),
  statement(
    'rfc/members-whole',
    'Members come and go as a whole; a path into a member is `mutability`.',
    'group',
    'R-060',
    'R-079',
  ),
  statement(
    'rfc/patch-operations',
    `A PATCH has up to ${count(maxOperations)} operations, which together look at values of lists up to ${count(maxInspections)} times, and filters on members that don’t name ids with up to ${count(maxMemberComparisons)} comparisons; beyond that it is \`tooMany\`. \`op\` counts in any case.`,
    'patch',
    'R-025',
    'R-169',
    'R-194',
  ),
]

const reading: readonly RfcStatement[] = [
  statement(
    'rfc/too-many',
    'Lists are paged however many resources match: no query returns `tooMany`.',
    'rootQuery',
    'R-095',
  ),
  statement(
    'rfc/root',
    'A query on the root is over all types in order of creation. An attribute that only one of them has is absent in the others; one that none has is refused.',
    'rootQuery',
    'R-094',
  ),
  statement(
    'rfc/search',
    '`.search` is offered at the root and at each type, also to tokens that read only. Its body takes the names of the RFC in any case, `null` as left out, and ignores other names; what stands in the URL besides counts for nothing.',
    'search',
    'R-134',
    'R-144',
    'R-145',
    'R-146',
  ),
  statement('rfc/filter-on-resource', 'A `filter` on a single resource is ignored.', 'rootQuery', 'R-096'),
  statement(
    'rfc/comparison',
    'Texts are compared in NFC, and in lower case where the schema doesn’t call them case exact; their order is that of code points.',
    'filter',
    'R-099',
    'R-102',
    'R-110',
  ),
  statement(
    'rfc/filter-absent',
    'What has no value equals nothing but null: `ne` and `not (… eq …)` hold for it.',
    'filter',
    'R-099',
    'R-101',
  ),
  statement(
    'rfc/filter-names',
    'A filter on an attribute that the type doesn’t have, that is never shown, or that is made when an answer is written (`meta.location`, `meta.version`, `$ref`, the name of a manager) is `invalidFilter`.',
    'filter',
    'R-098',
    'R-109',
  ),
  statement(
    'rfc/filter-values',
    'A value of another type than the attribute’s is `invalidFilter`; so is an order of booleans or binary values. A dateTime has a date and a time.',
    'filter',
    'R-099',
    'R-103',
    'R-108',
  ),
  statement(
    'rfc/filter-members',
    'Groups can be asked for by `value`, `type` and `display` of their members, users by those of their groups. The id of one is looked up; for anything else each membership is looked at.',
    'filter',
    'R-106',
    'R-107',
  ),
  statement(
    'rfc/sorting',
    'A complex attribute is sorted by its `value`. Who has no value comes last, and first when descending; equals stay in order of creation. `sortBy` of what no type has, of a secret, or of what is made when an answer is written is `invalidPath`, another `sortOrder` `invalidValue`.',
    'sorting',
    'R-114',
    'R-115',
    'R-116',
    'R-117',
  ),
  statement(
    'rfc/paging',
    'Without a cursor pages go by index, in order of creation. A `count` or `startIndex` that is no whole number is `invalidValue`; one out of range is brought into it.',
    'paging',
    'R-118',
    'R-119',
    'R-120',
    'R-121',
    'R-122',
    'R-123',
    'R-132',
  ),
  statement(
    'rfc/cursors',
    'A walk by cursor leads forwards and back, tells the total, and shows each resource once. A cursor is sealed for tenant and token: anybody else’s is `invalidCursor`, as is one with another filter, order or endpoint; another `count` is `invalidCount`, one older than an hour `expiredCursor`. The order of a sorted walk is kept in memory: when 100 newer walks, or 5 million keys of them, have pushed it out, its cursors are `expiredCursor` too. `cursor` and `startIndex` together are `invalidValue`.',
    'cursor',
    'R-124',
    'R-125',
    'R-126',
    'R-127',
    'R-128',
    'R-129',
    'R-130',
    'R-131',
    'R-133',
    'R-136',
    'R-137',
  ),
  statement(
    'rfc/projection',
    '`attributes` and `excludedAttributes` together are `invalidValue`. A name that no schema has selects nothing; an empty list counts as left out.',
    'projection',
    'R-138',
    'R-139',
    'R-142',
  ),
]

const discovery: readonly RfcStatement[] = [
  statement(
    'rfc/open-discovery',
    'Discovery needs no token where the URL names the tenant. A token that is sent is checked.',
    'config',
    'R-149',
  ),
  statement(
    'rfc/schemas-listed',
    '`/Schemas` has the schemas of resource types and their extensions, not those of discovery itself nor of messages.',
    'discovery',
    'R-150',
    'R-151',
  ),
  statement(
    'rfc/declared-types',
    'A tenant may declare types and schemas of its own; they are discovered and served like those of the RFC.',
    'endpoints',
    'R-158',
  ),
  statement(
    'rfc/complex-characteristics',
    'A complex attribute is listed without `caseExact` and `uniqueness`, which its sub-attributes have.',
    'characteristics',
    'R-152',
  ),
  statement(
    'rfc/discovery-queries',
    'Sorting and paging mean nothing on discovery; a filter neither, unless the tenant wants it refused.',
    'discovery',
    'R-155',
    'R-156',
  ),
]

const bulk: readonly RfcStatement[] = [
  statement(
    'rfc/bulk-order',
    'Operations run in the given order, except that a POST which another refers to is drawn forward; the results stand in the given order. Each is journalled as a request of its own.',
    'bulk',
    'R-200',
    'R-203',
    'R-207',
  ),
  statement(
    'rfc/bulk-circles',
    'Resources that refer to each other are created as if all were there. When one of them can’t be, those that refer to it are taken back.',
    'bulk',
    'R-204',
  ),
  statement(
    'rfc/bulk-answers',
    'What went well has no `response`, only location, version and status. A mistake of the message itself refuses the whole of it.',
    'bulk',
    'R-202',
    'R-205',
  ),
  statement(
    'rfc/bulk-patch',
    'The data of a PATCH may be its operations alone, as a figure of the RFC has them.',
    'bulk',
    'R-206',
  ),
  statement(
    'rfc/bulk-limits',
    'More operations than `maxOperations`, a body larger than `maxPayloadSize`, or more than 100 secrets such as passwords, which take long to hash, is 413. After `failOnErrors` errors nothing further is done.',
    'bulk',
    'R-198',
    'R-199',
    'R-201',
  ),
]

const versions: readonly RfcStatement[] = [
  statement(
    'rfc/weak-versions',
    'A version is a weak entity tag, `W/"1"` at first, and grows with every change that is one. `If-Match` and `If-None-Match` compare weakly, as RFC 7644 sends weak tags in both.',
    'versioning',
    'R-052',
    'R-210',
    'R-211',
    'R-212',
    'R-213',
  ),
  statement(
    'rfc/versions-and-others',
    'A resource that shows values of other resources (the groups of a user, the names of members and managers) has a hash of them in its tag, `W/"1.aB3dE6gH"`, so a 304 never hides a new group or name. `If-Match` compares the version alone: a change of another resource prevents no update. A group read without its members has a tag without their names.',
    'versioning',
    'R-210',
    'R-211',
    'R-212',
    'R-213',
  ),
  statement(
    'rfc/versions-after-a-restore',
    'After a snapshot is restored, its resources have tags that were never used before. A version read earlier is 412 in `If-Match` and 200 in `If-None-Match`.',
    'versioning',
    'R-211',
    'R-212',
    'R-213',
  ),
  statement(
    'rfc/last-modified-of-others',
    '`meta.lastModified` moves with the resource’s own version: it does not change when a group takes a user in or out, or when a member, group or manager is renamed. A search for `meta.lastModified gt …` does not find such changes.',
    'versioning',
    'R-050',
    'R-113',
  ),
]

/** What the RFC profile does where the RFCs leave it a choice, under the heading of its subject. */
export const chapters: readonly Chapter[] = [
  { title: 'Transport', statements: transport },
  { title: 'Resources', statements: resources },
  { title: 'Users and groups', statements: people },
  { title: 'POST, PUT, PATCH and DELETE', statements: writing },
  { title: 'Lists, filters and what is shown', statements: reading },
  { title: 'Bulk', statements: bulk },
  { title: 'Discovery', statements: discovery },
  { title: 'Versions', statements: versions },
]

export const statements: readonly RfcStatement[] = chapters.flatMap(({ statements }) => statements)
