import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { groupUrn, type JsonObject } from '../../scim.ts'
import { expectStored, postForCleanup } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import {
  createGroup,
  createGroupWithMember,
  displayNameQuery,
  encodeQuery,
  expectFound,
  expectNoMembers,
  lookUpPath,
  randomId,
  requireGroupFound,
  requireReturnedMembers,
  sentDisplayName,
} from '../steps/users-and-groups.ts'
import { flagged, gallery, groupsCheck, sources } from './areas.ts'
import { groupTwice } from './predictions.ts'

const postGroup = async (context: CheckContext, given: JsonObject): Promise<ScimResponse> => {
  const body = context.sample(context.groups, {
    displayName: context.unique(),
    meta: { resourceType: 'Group' },
    ...given,
  })
  return postForCleanup(context, context.groups, body)
}

export const groupsChangedChecks: readonly Check[] = [
  groupsCheck('rename', 'MUST', sources.tutorial, {
    description: 'Replace of displayName renames a group.',
    rationale: 'Entra ID sends this when a group is renamed.',
    remedy: 'Allow clients to change displayName, with op in any case.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    leadsTo: 'Groups keep their previous name.',
    run: async context => {
      const group = await createGroup(context)
      const displayName = context.unique()
      await expectPatched(context, group.path, patchOperation('Replace', 'displayName', displayName))
      await expectStored(context, group.path, { displayName, id: group.id })
    },
  }),
  groupsCheck('flag-rename', 'practice', sources.compatibility, {
    description: 'replace without a path renames a group.',
    rationale:
      'With the flag aadOptscim062020, Entra ID merges all attributes without a filter into one operation without a path.',
    remedy: 'Accept a replace without a path.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    when: flagged,
    leadsTo: 'Groups keep their previous name.',
    run: async context => {
      const group = await createGroup(context)
      const displayName = context.unique()
      await expectPatched(context, group.path, patchOperation('replace', undefined, { displayName }))
      await expectStored(context, group.path, { displayName })
    },
  }),
  groupsCheck('flag-external-id', 'practice', sources.validator, {
    description: 'replace without a path sets a group’s externalId.',
    rationale: 'Microsoft’s validator updates the attributes of a group this way.',
    remedy: 'Accept a replace without a path, including externalId.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that groups can’t be updated.',
    run: async context => {
      const group = await createGroup(context)
      const externalId = randomId()
      await expectPatched(context, group.path, patchOperation('replace', undefined, { externalId }))
      await expectStored(context, group.path, { externalId })
    },
  }),
  groupsCheck('patch-answers-204', 'SHOULD', sources.tutorial, {
    description: 'PATCH of a group returns 204 without a body.',
    rationale: 'Microsoft’s tutorial requires it, because the body could contain all members.',
    remedy: 'Return 204 for a PATCH of a group.',
    needs: ['write', 'groups', 'patch'],
    effect: 'slower',
    leadsTo:
      'Each response to a membership change contains the group; if it contains all members, requests for large groups may time out.',
    run: async context => {
      const group = await createGroup(context)
      const displayName = context.unique()
      const response = await context.patch(group.path, patchOperation('Replace', 'displayName', displayName))
      await orSkipAsConsequence('The group isn’t renamed', 'entra/groups/rename', () =>
        expectStored(context, group.path, { displayName }),
      )
      expectStatus(response, 204)
      expectThat(response.text === '', 'no body', response.text, response)
    },
  }),
  groupsCheck('twice-is-409', 'MUST', sources.tutorial, {
    description: 'POST /Groups with an existing displayName returns 409.',
    rationale:
      'Entra ID matches groups by displayName, and expects it to be unique. RFC 7643 doesn’t require this: rfc/group/name-twice and rfc/advertised/not-unique-groups require the opposite, so a server can’t pass all of them.',
    remedy: 'Keep displayName of groups unique, and return 409 for a duplicate.',
    effect: 'shown-wrong',
    leadsTo: 'Two groups can have the same name, and Entra matches groups by name.',
    predictConsequence: groupTwice,
    run: async context => {
      const { sent } = await createGroup(context)
      expectStatus(await postGroup(context, { displayName: sent.displayName ?? null }), 409)
    },
  }),
]

const noGroup =
  'No group is created and no memberships are written, because the server rejects the body that Microsoft documents for a new group.'

const adScim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

export const groupsCreatedChecks: readonly Check[] = [
  groupsCheck('documented-body', 'MUST', sources.tutorial, {
    description: 'POST /Groups accepts Microsoft’s own schema in addition to the core one.',
    rationale: 'The body in Microsoft’s tutorial includes the schema …/ADSCIM/2.0/Group.',
    remedy: 'Ignore unknown schemas.',
    effect: 'escrow',
    leadsTo: noGroup,
    gradeAtMost: 'D',
    run: async context => {
      expectStatus(await postGroup(context, { schemas: [groupUrn, adScim], externalId: randomId() }), 201)
    },
  }),
  groupsCheck('empty-members', 'practice', 'https://learn.microsoft.com/en-us/answers/questions/637791', {
    description: 'POST /Groups accepts an empty list of members.',
    rationale: 'Entra ID has been observed to send members: [].',
    remedy: 'Accept an empty list as no value.',
    effect: 'write',
    when: 'Entra sends members: [] with a new group',
    leadsTo: 'The group isn’t created.',
    run: async context => {
      expectStatus(
        await postGroup(context, { schemas: [groupUrn], externalId: randomId(), members: [] }),
        201,
      )
    },
  }),
  groupsCheck('answers-the-id', 'MUST', sources.tutorial, {
    description: 'The response to POST /Groups has an id, and GET with this id returns the group.',
    rationale: 'Entra ID stores the id as its link to the group.',
    remedy: 'Return the whole resource for a POST, including the id.',
    effect: 'escrow',
    leadsTo: 'Entra reports InvalidAnchor for the groups it has created, and writes no memberships.',
    run: async context => {
      const { path, id } = await createGroup(context)
      await expectStored(context, path, { id })
    },
  }),
]

const hideMembers = 'excludedAttributes=members&'

export const groupsLookedUpChecks: readonly Check[] = [
  groupsCheck('look-up', 'MUST', sources.tutorial, {
    description:
      'A search by displayName with excludedAttributes=members returns only the matching group and totalResults 1.',
    rationale: 'Entra ID uses this request to find out whether a group already exists.',
    remedy: 'Evaluate displayName eq "…" together with excludedAttributes.',
    effect: 'not-linked',
    leadsTo:
      'Existing groups aren’t found: Entra creates them again, and gets a 409 or creates duplicates, or it reports DuplicateTargetEntries.',
    run: async context => {
      const group = await createGroup(context)
      await createGroup(context)
      await expectFound(context, displayNameQuery(context, group, hideMembers), [group.id])
    },
  }),
  groupsCheck('look-up-in-other-case', 'practice', sources.validator, {
    description: 'A search by displayName ignores case.',
    rationale: 'Microsoft’s validator searches for groups in different case.',
    remedy: 'Ignore case when you compare displayName.',
    effect: 'not-linked',
    when: 'a name in Entra differs in case from the one on the server',
    leadsTo: 'The group isn’t found, and is created a second time.',
    run: async context => {
      const group = await createGroup(context)
      await requireGroupFound(context, group)
      const filter = `displayName eq "${sentDisplayName(group).toUpperCase()}"`
      await expectFound(context, lookUpPath(context.groups, filter, hideMembers), [group.id])
    },
  }),
  groupsCheck('look-up-by-external-id', 'practice', sources.attributes, {
    description: 'A search by externalId returns the group.',
    rationale: 'Entra ID jobs may match groups by the object ID.',
    remedy: 'Store externalId of groups and support it in filters.',
    effect: 'not-linked',
    when: 'your job matches groups by externalId',
    leadsTo: 'No group is found, and existing groups are created again.',
    run: async context => {
      const externalId = randomId()
      const group = await createGroup(context, { externalId })
      await requireGroupFound(context, group)
      await expectFound(context, lookUpPath(context.groups, `externalId eq "${externalId}"`, hideMembers), [
        group.id,
      ])
    },
  }),
  groupsCheck('name-with-blanks-and-brackets', 'practice', sources.nullUpdate, {
    description: 'A group whose name contains spaces, brackets and an ampersand can be created and found.',
    rationale: 'Group names in Entra ID can contain any character. Microsoft’s Logic App tests use brackets.',
    remedy: 'Treat everything between the quotes as the value.',
    effect: 'not-linked',
    when: 'a group’s name has brackets or an ampersand',
    leadsTo: 'The group isn’t found, and is created again.',
    run: async context => {
      await requireGroupFound(context, await createGroup(context))
      const displayName = `LA Group-(${context.unique()}) R&D`
      const group = await createGroup(context, { displayName })
      await expectFound(context, lookUpPath(context.groups, `displayName eq "${displayName}"`, hideMembers), [
        group.id,
      ])
    },
  }),
  groupsCheck('read-without-members', 'MUST', sources.tutorial, {
    description: 'GET of a group with excludedAttributes=members returns no members.',
    rationale: 'Entra ID reads every group with excludedAttributes=members.',
    remedy: 'Omit members if excludedAttributes names them.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'slower',
    leadsTo:
      'Entra receives members that it didn’t request; with large groups its reads time out, and it has reported MultipleEntriesInResponse.',
    run: async context => {
      requireAttributes(context.groups, 'members')
      const { group } = await createGroupWithMember(context)
      await requireReturnedMembers(context, group)
      const response = await context.get(`${group.path}?excludedAttributes=members`)
      expectStatus(response, 200)
      expectNoMembers(jsonObject(response), response)
    },
  }),
  groupsCheck('look-up-without-members', 'MUST', sources.tutorial, {
    description: 'A search for groups with excludedAttributes=members returns no members.',
    rationale: 'Entra ID searches for every group with excludedAttributes=members.',
    remedy: 'Omit members in lists if excludedAttributes names them.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'slower',
    leadsTo: 'Entra receives members that it didn’t request, and its searches for large groups time out.',
    run: async context => {
      requireAttributes(context.groups, 'members')
      const { group } = await createGroupWithMember(context)
      await requireReturnedMembers(context, group)
      await requireGroupFound(context, group)
      const response = await context.get(displayNameQuery(context, group, hideMembers))
      const [found] = listedResources(response)
      expectNoMembers(found, response)
    },
  }),
  groupsCheck('excluded-behind-the-filter', 'practice', sources.referenceCode, {
    description: 'The server accepts query parameters in any order.',
    rationale:
      'The tutorial puts excludedAttributes first. Microsoft’s libraries and validator also put it last.',
    remedy: 'Read query parameters by name, in any order.',
    effect: 'not-linked',
    when: 'Entra sends excludedAttributes after the filter',
    leadsTo: 'Existing groups aren’t found, and are created again.',
    run: async context => {
      const group = await createGroup(context)
      await requireGroupFound(context, group)
      const filter = encodeQuery(`displayName eq "${sentDisplayName(group)}"`)
      await expectFound(context, `${context.groups.endpoint}?filter=${filter}&excludedAttributes=members`, [
        group.id,
      ])
    },
  }),
]
