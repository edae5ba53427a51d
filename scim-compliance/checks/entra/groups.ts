import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { groupUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { byDisplayName, expectFound, lookUp, query } from '../tools/look-ups.ts'
import { expectNoMembers, groupWithMember } from '../tools/memberships.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createGroup, displayNameOf, nobody } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { groupsCheck } from './areas.ts'
import { sources } from './sources.ts'

const escrow = 'No group is created: each POST fails, all groups stay in escrow, and nobody becomes a member.'
const adScim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

const postGroup = async (stage: Stage, given: JsonObject): Promise<Answer> => {
  const body = stage.sample(stage.groups, {
    displayName: stage.unique(),
    meta: { resourceType: 'Group' },
    ...given,
  })
  const answer = await posted(stage, stage.groups, body)
  return answer
}

const hideMembers = 'excludedAttributes=members&'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'documented-body',
    level: 'MUST',
    says: 'A group is created by a body with Microsoft’s own schema beside the core one.',
    source: sources.tutorial,
    matters: 'The tutorial’s body names the schema …/ADSCIM/2.0/Group.',
    mend: 'Pass over schemas that aren’t known.',
    effect: 'escrow',
    leadsTo: escrow,
    run: async stage => {
      expectStatus(await postGroup(stage, { schemas: [groupUrn, adScim], externalId: nobody() }), 201)
    },
  }),
  groupsCheck({
    id: 'empty-members',
    says: 'A group is created with an empty list of members.',
    source: 'https://learn.microsoft.com/en-us/answers/questions/637791',
    matters: 'Entra ID has been seen to send members: [].',
    mend: 'Take an empty list for none.',
    effect: 'escrow',
    leadsTo: escrow,
    run: async stage => {
      expectStatus(await postGroup(stage, { schemas: [groupUrn], externalId: nobody(), members: [] }), 201)
    },
  }),
  groupsCheck({
    id: 'answers-the-id',
    level: 'MUST',
    says: 'The answer to a group’s POST has an id, and the group is read by it.',
    source: sources.tutorial,
    matters: 'Entra ID keeps the id as its link to the group.',
    mend: 'Answer POST with the whole resource, id included.',
    effect: 'escrow',
    leadsTo: 'Entra reports InvalidAnchor for the groups it has created, and writes no memberships.',
    run: async stage => {
      const { path, id } = await createGroup(stage)
      await expectKept(stage, path, { id })
    },
  }),
  groupsCheck({
    id: 'look-up',
    level: 'MUST',
    says: 'A group is found by displayName, without members, as the only one.',
    source: sources.tutorial,
    matters: 'This is how Entra ID finds out whether a group is there already.',
    mend: 'Apply displayName eq "…" together with excludedAttributes.',
    effect: 'not-linked',
    leadsTo: 'Groups that are there aren’t found: Entra creates them again, as doubles or into a 409.',
    run: async stage => {
      const group = await createGroup(stage)
      await createGroup(stage)
      await expectFound(stage, byDisplayName(stage, group, hideMembers), [group.id])
    },
  }),
  groupsCheck({
    id: 'look-up-in-other-case',
    says: 'A group is found by displayName whatever its case.',
    source: sources.validator,
    matters: 'Microsoft’s validator looks groups up in another case.',
    mend: 'Compare displayName without regard to case.',
    effect: 'not-linked',
    leadsTo: 'Groups whose name is written in another case are created a second time.',
    run: async stage => {
      const group = await createGroup(stage)
      const filter = `displayName eq "${displayNameOf(group).toUpperCase()}"`
      await expectFound(stage, lookUp(stage.groups, filter, hideMembers), [group.id])
    },
  }),
  groupsCheck({
    id: 'look-up-by-external-id',
    says: 'A group is found by externalId.',
    source: sources.attributes,
    matters: 'Jobs of Entra ID may match groups by the object’s id.',
    mend: 'Keep externalId of groups and filter by it.',
    effect: 'not-linked',
    leadsTo: 'Jobs that match groups by externalId find none, and create all of them again.',
    run: async stage => {
      const externalId = nobody()
      const group = await createGroup(stage, { externalId })
      await expectFound(stage, lookUp(stage.groups, `externalId eq "${externalId}"`, hideMembers), [group.id])
    },
  }),
  groupsCheck({
    id: 'name-with-blanks-and-brackets',
    says: 'A group whose name has blanks, brackets and an ampersand is created and found.',
    source: sources.nullUpdate,
    matters: 'Names of groups in Entra ID have any sign; Microsoft’s Logic App tests have brackets.',
    mend: 'Take what stands between the quotes as it is.',
    effect: 'not-linked',
    leadsTo: 'Groups with such names aren’t found, are created again, and end in escrow.',
    run: async stage => {
      const displayName = `LA Group-(${stage.unique()}) R&D`
      const group = await createGroup(stage, { displayName })
      await expectFound(stage, lookUp(stage.groups, `displayName eq "${displayName}"`, hideMembers), [
        group.id,
      ])
    },
  }),
  groupsCheck({
    id: 'read-without-members',
    level: 'MUST',
    says: 'A group is read without members where they are excluded.',
    source: sources.tutorial,
    matters: 'Entra ID reads every group with excludedAttributes=members.',
    mend: 'Leave out members where excludedAttributes names them.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'slower',
    leadsTo:
      'Entra is sent members that it hasn’t asked for; with large groups its reads time out, and it has reported MultipleEntriesInResponse.',
    run: async stage => {
      needs(stage.groups, 'members')
      const { group } = await groupWithMember(stage)
      const answer = await stage.get(`${group.path}?excludedAttributes=members`)
      expectStatus(answer, 200)
      expectNoMembers(objectIn(answer), answer)
    },
  }),
  groupsCheck({
    id: 'look-up-without-members',
    level: 'MUST',
    says: 'A look-up of groups shows no members where they are excluded.',
    source: sources.tutorial,
    matters: 'Entra ID looks up every group with excludedAttributes=members.',
    mend: 'Leave out members in lists where excludedAttributes names them.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'slower',
    leadsTo: 'Entra is sent members that it hasn’t asked for, and its look-ups of large groups time out.',
    run: async stage => {
      needs(stage.groups, 'members')
      const { group } = await groupWithMember(stage)
      const [found] = await expectFound(stage, byDisplayName(stage, group, hideMembers), [group.id])
      expectNoMembers(found)
    },
  }),
  groupsCheck({
    id: 'excluded-behind-the-filter',
    says: 'A look-up is understood whatever the order of its parameters.',
    source: sources.referenceCode,
    matters: 'The tutorial has excludedAttributes first, Microsoft’s libraries and validator also last.',
    mend: 'Read the query by names.',
    effect: 'not-linked',
    leadsTo: 'Groups that are there aren’t found, and are created again.',
    run: async stage => {
      const group = await createGroup(stage)
      const filter = query(`displayName eq "${displayNameOf(group)}"`)
      await expectFound(stage, `${stage.groups.endpoint}?filter=${filter}&excludedAttributes=members`, [
        group.id,
      ])
    },
  }),
  groupsCheck({
    id: 'rename',
    level: 'MUST',
    says: 'Replace of displayName renames a group.',
    source: sources.tutorial,
    matters: 'Entra ID sends this when a group is renamed.',
    mend: 'Let displayName be changed, with op in any case.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Groups keep their old name, and stay in escrow.',
    run: async stage => {
      const group = await createGroup(stage)
      const displayName = stage.unique()
      await expectPatched(stage, group.path, operation('Replace', 'displayName', displayName))
      await expectKept(stage, group.path, { displayName, id: group.id })
    },
  }),
  groupsCheck({
    id: 'flag-rename',
    says: 'replace without a path renames a group.',
    source: sources.compatibility,
    matters: 'With the flag aadOptscim062020, Entra ID leaves out paths.',
    mend: 'Take a replace without a path.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'With the flag, groups keep their old name, and stay in escrow.',
    run: async stage => {
      const group = await createGroup(stage)
      const displayName = stage.unique()
      await expectPatched(stage, group.path, operation('replace', undefined, { displayName }))
      await expectKept(stage, group.path, { displayName })
    },
  }),
  groupsCheck({
    id: 'flag-external-id',
    says: 'replace without a path sets a group’s externalId.',
    source: sources.validator,
    matters: 'Microsoft’s validator updates the attributes of a group so.',
    mend: 'Take a replace without a path, externalId included.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Groups that were there already don’t get Entra’s id, and the validator reports a failure.',
    run: async stage => {
      const group = await createGroup(stage)
      const externalId = nobody()
      await expectPatched(stage, group.path, operation('replace', undefined, { externalId }))
      await expectKept(stage, group.path, { externalId })
    },
  }),
  groupsCheck({
    id: 'patch-answers-204',
    level: 'SHOULD',
    says: 'A group’s PATCH is answered with 204 and no body.',
    source: sources.tutorial,
    matters: 'Microsoft’s tutorial asks for it: the body could hold all members.',
    mend: 'Answer PATCH of groups with 204.',
    needs: ['write', 'groups', 'patch'],
    effect: 'slower',
    leadsTo: 'Each change of a membership brings the whole group back, and large groups time out.',
    run: async stage => {
      const group = await createGroup(stage)
      const answer = await stage.patch(group.path, operation('Replace', 'displayName', stage.unique()))
      expectStatus(answer, 204)
      expectThat(answer.text === '', 'no body', answer.text, answer)
    },
  }),
  groupsCheck({
    id: 'twice-is-409',
    level: 'MUST',
    says: 'A displayName that another group has is answered with 409.',
    source: sources.tutorial,
    matters: 'Entra ID matches groups by displayName, and asks that it is unique.',
    mend: 'Keep displayName of groups unique, and answer 409.',
    effect: 'shown-wrong',
    leadsTo:
      'Two groups come to have one name; look-ups have two hits, and Entra reports DuplicateTargetEntries.',
    run: async stage => {
      const { sent } = await createGroup(stage)
      expectStatus(await postGroup(stage, { displayName: sent.displayName ?? null }), 409)
    },
  }),
]
