import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { listedResources } from '../../expect.ts'
import { groupUrn, type JsonObject } from '../../scim.ts'
import type { Form, Scene } from '../forms.ts'
import { escrow, slower, unwritten } from '../steps/client-areas.ts'
import { readResource } from '../steps/create-and-read.ts'
import { patchOperation } from '../steps/patches.ts'
import {
  byName,
  createGroupWithMember,
  expectNoMembers,
  findsOnly,
  lookUpPath,
  nameQuery,
  randomId,
  requireReturnedMembers,
  sentName,
} from '../steps/users-and-groups.ts'
import {
  duplicateBlame,
  flagged,
  gallery,
  groupLookUpCheck,
  groupPatchCheck,
  groupsCheck,
  sources,
} from './areas.ts'
import { answersTheId } from './fixtures.ts'

/** Creates a group as Entra does, with more attributes. */
const creates = (given: (scene: Scene) => JsonObject): Pick<Form, 'request'> => ({
  request: scene => ({
    post: { displayName: scene.mark, meta: { resourceType: 'Group' }, ...given(scene) },
    of: 'groups',
  }),
})

/** Sets one attribute, with a path or without. */
const sets = (op: string, name: string, isMerged: boolean): Form => ({
  given: { group: true },
  request: ({ mark }) => ({
    patch: isMerged ? patchOperation(op, undefined, { [name]: mark }) : patchOperation(op, name, mark),
    of: 'group',
  }),
  expect: ({ mark, group }) => ({ stored: { [name]: mark, id: group.id } }),
})

const returned = 'Return the whole resource for a POST, including the id.'

const unlinked = 'Entra reports InvalidAnchor for the groups it has created, and writes no memberships.'

const adScim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

const hideMembers = 'excludedAttributes=members&'

/** Searches for groups as Entra does. */
const finds = (filterFor = byName, given?: (context: CheckContext) => JsonObject): Check['run'] =>
  findsOnly('groups', (group, { groups }) => lookUpPath(groups, filterFor(group), hideMembers), given)

/** A group with a member that a GET shows. */
async function createWithShownMember(context: CheckContext): Promise<CreatedResource> {
  const { group } = await createGroupWithMember(context)
  await requireReturnedMembers(context, group)
  return group
}

export const groupChecks: readonly Check[] = [
  groupsCheck('documented-body', 'MUST', sources.tutorial, {
    description: 'POST /Groups accepts Microsoft’s own schema in addition to the core one.',
    rationale: 'The body in Microsoft’s tutorial includes the schema …/ADSCIM/2.0/Group.',
    remedy: 'Accept the body that Microsoft documents, and ignore schemas that you don’t know.',
    leadsTo: escrow(
      'No group is created and no memberships are written, because the server rejects the body that Microsoft documents for a new group.',
    ),
    gradeAtMost: 'D',
    blame: { on: ['missing', 'other'], remedy: returned, predict: escrow(unlinked) },
    ...creates(() => ({ schemas: [groupUrn, adScim], externalId: randomId() })),
    expect: answersTheId,
  }),
  groupsCheck('empty-members', 'practice', 'https://learn.microsoft.com/en-us/answers/questions/637791', {
    description: 'POST /Groups accepts an empty list of members.',
    rationale: 'Entra ID has been observed to send members: [].',
    remedy: 'Accept an empty list as no value.',
    when: 'Entra sends members: [] with a new group',
    leadsTo: unwritten('The group isn’t created.'),
    ...creates(() => ({ schemas: [groupUrn], externalId: randomId(), members: [] })),
    expect: {},
  }),
  groupsCheck('answers-the-id', 'MUST', sources.tutorial, {
    description: 'The response to POST /Groups has an id, and GET with this id returns the group.',
    rationale: 'Entra ID stores the id as its link to the group.',
    remedy: returned,
    leadsTo: escrow(unlinked),
    ...creates(() => ({})),
    expect: ({ mark }) => ({ ...answersTheId, stored: { displayName: mark } }),
  }),
  groupLookUpCheck('look-up', 'MUST', sources.tutorial, {
    description:
      'A search by displayName with excludedAttributes=members returns only the matching group and totalResults 1.',
    rationale: 'Entra ID uses this request to find out whether a group already exists.',
    remedy: 'Evaluate displayName eq "…" together with excludedAttributes.',
    leadsTo:
      'Existing groups aren’t found: Entra creates them again, and gets a 409 or creates duplicates, or it reports DuplicateTargetEntries.',
    run: finds(),
  }),
  groupLookUpCheck('look-up-in-other-case', 'practice', sources.validator, {
    description: 'A search by displayName ignores case.',
    rationale: 'Microsoft’s validator searches for groups in different case.',
    remedy: 'Ignore case when you compare displayName.',
    when: 'a name in Entra differs in case from the one on the server',
    leadsTo: 'The group isn’t found, and is created a second time.',
    after: ['entra/look-up/user-name-in-other-case'],
    run: finds(group => `displayName eq "${sentName(group).toUpperCase()}"`),
  }),
  groupLookUpCheck('look-up-by-external-id', 'practice', sources.attributes, {
    description: 'A search by externalId returns the group.',
    rationale: 'Entra ID jobs may match groups by the object ID.',
    remedy: 'Store externalId of groups and support it in filters.',
    when: 'your job matches groups by externalId',
    leadsTo: 'No group is found, and existing groups are created again.',
    run: finds(
      ({ sent }) => `externalId eq "${sent.externalId}"`,
      () => ({ externalId: randomId() }),
    ),
  }),
  groupLookUpCheck('name-with-blanks-and-brackets', 'practice', sources.nullUpdate, {
    description: 'A group whose name contains spaces, brackets and an ampersand can be created and found.',
    rationale: 'Group names in Entra ID can contain any character. Microsoft’s Logic App tests use brackets.',
    remedy: 'Treat everything between the quotes as the value.',
    when: 'a group’s name has brackets or an ampersand',
    leadsTo: 'The group isn’t found, and is created again.',
    run: finds(undefined, context => ({ displayName: `LA Group-(${context.unique()}) R&D` })),
  }),
  groupsCheck('read-without-members', 'MUST', sources.tutorial, {
    description: 'GET of a group with excludedAttributes=members returns no members.',
    rationale: 'Entra ID reads every group with excludedAttributes=members.',
    remedy: 'Omit members if excludedAttributes names them.',
    needs: ['write', 'groups', 'users', 'patch'],
    leadsTo: slower(
      'Entra receives members that it didn’t request; with large groups its reads time out, and it has reported MultipleEntriesInResponse.',
    ),
    run: async context => {
      const { path } = await createWithShownMember(context)
      const { body, response } = await readResource(context, `${path}?excludedAttributes=members`)
      expectNoMembers(body, response)
    },
  }),
  groupLookUpCheck('look-up-without-members', 'MUST', sources.tutorial, {
    description: 'A search for groups with excludedAttributes=members returns no members.',
    rationale: 'Entra ID searches for every group with excludedAttributes=members.',
    remedy: 'Omit members in lists if excludedAttributes names them.',
    needs: ['write', 'groups', 'users', 'patch'],
    leadsTo: slower(
      'Entra receives members that it didn’t request, and its searches for large groups time out.',
    ),
    after: ['entra/groups/read-without-members'],
    run: async context => {
      const group = await createWithShownMember(context)
      const response = await context.get(nameQuery(context, group, hideMembers))
      const [found] = listedResources(response)
      expectNoMembers(found, response)
    },
  }),
  groupLookUpCheck('excluded-behind-the-filter', 'practice', sources.referenceCode, {
    description: 'The server accepts query parameters in any order.',
    rationale:
      'The tutorial puts excludedAttributes first. Microsoft’s libraries and validator also put it last.',
    remedy: 'Read query parameters by name, in any order.',
    when: 'Entra sends excludedAttributes after the filter',
    leadsTo: 'Existing groups aren’t found, and are created again.',
    run: findsOnly('groups', (group, context) => `${nameQuery(context, group)}&excludedAttributes=members`),
  }),
  groupPatchCheck('rename', 'MUST', sources.tutorial, {
    description: 'Replace of displayName renames a group.',
    rationale: 'Entra ID sends this when a group is renamed.',
    remedy: 'Allow clients to change displayName, with op in any case.',
    leadsTo: 'Groups keep their previous name.',
    ...sets('Replace', 'displayName', false),
  }),
  groupPatchCheck('flag-rename', 'practice', sources.compatibility, {
    description: 'replace without a path renames a group.',
    rationale:
      'With the flag aadOptscim062020, Entra ID merges all attributes without a filter into one operation without a path.',
    remedy: 'Accept a replace without a path.',
    when: flagged,
    leadsTo: 'Groups keep their previous name.',
    ...sets('replace', 'displayName', true),
  }),
  groupPatchCheck('flag-external-id', 'practice', sources.validator, {
    description: 'replace without a path sets a group’s externalId.',
    rationale: 'Microsoft’s validator updates the attributes of a group this way.',
    remedy: 'Accept a replace without a path, including externalId.',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that groups can’t be updated.',
    after: ['entra/groups/flag-rename', 'entra/groups/look-up-by-external-id'],
    ...sets('replace', 'externalId', true),
  }),
  groupPatchCheck('patch-answers-204', 'SHOULD', sources.tutorial, {
    description: 'PATCH of a group returns 204 without a body.',
    rationale: 'Microsoft’s tutorial requires it, because the body could contain all members.',
    remedy: 'Return 204 for a PATCH of a group.',
    leadsTo: slower(
      'Each response to a membership change contains the group; if it contains all members, requests for large groups may time out.',
    ),
    after: ['entra/groups/rename'],
    ...sets('Replace', 'displayName', false),
    expect: { status: [204], holds: { 'no body': ({ response }) => response.text === '' } },
  }),
  groupsCheck('twice-is-409', 'MUST', sources.tutorial, {
    description: 'POST /Groups with an existing displayName returns 409.',
    rationale:
      'Entra ID matches groups by displayName, and expects it to be unique. RFC 7643 doesn’t require this: rfc/group/name-twice and rfc/advertised/not-unique require the opposite, so a server can’t pass all of them.',
    remedy: 'Keep displayName of groups unique, and return 409 for a duplicate.',
    leadsTo: 'Two groups can have the same name, and Entra matches groups by name.',
    blame: duplicateBlame('group'),
    given: { group: true },
    ...creates(({ group }) => ({ displayName: sentName(group) })),
    expect: { status: [409] },
  }),
]
