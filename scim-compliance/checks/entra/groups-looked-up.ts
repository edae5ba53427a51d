import type { Check } from '../../check.ts'
import { expectStatus, objectIn, resourcesIn } from '../../expect.ts'
import { byDisplayName, expectFound, lookUp, needFoundGroup, query } from '../tools/look-ups.ts'
import { expectNoMembers, groupWithMember, needShownMembers } from '../tools/memberships.ts'
import { needs } from '../tools/offered.ts'
import { createGroup, displayNameOf, nobody } from '../tools/people.ts'
import { groupsCheck } from './areas.ts'
import { sources } from './sources.ts'

const hideMembers = 'excludedAttributes=members&'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'look-up',
    level: 'MUST',
    says: 'A group is found by displayName, without members, as the only one, with totalResults 1.',
    source: sources.tutorial,
    matters: 'This is how Entra ID finds out whether a group is there already.',
    mend: 'Apply displayName eq "…" together with excludedAttributes.',
    effect: 'not-linked',
    leadsTo:
      'Groups that exist aren’t found by themselves: Entra creates them again, as doubles or into a 409, or reports DuplicateTargetEntries.',
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
    when: 'a name in Entra differs in case from the server’s',
    leadsTo: 'The group isn’t found, and is created a second time.',
    run: async stage => {
      const group = await createGroup(stage)
      await needFoundGroup(stage, group)
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
    when: 'your job matches groups by externalId',
    leadsTo: 'No group is found, and groups that exist are created again.',
    run: async stage => {
      const externalId = nobody()
      const group = await createGroup(stage, { externalId })
      await needFoundGroup(stage, group)
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
    when: 'a group’s name has brackets or an ampersand',
    leadsTo: 'The group isn’t found, and is created again.',
    run: async stage => {
      await needFoundGroup(stage, await createGroup(stage))
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
      await needShownMembers(stage, group)
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
      await needShownMembers(stage, group)
      await needFoundGroup(stage, group)
      const answer = await stage.get(byDisplayName(stage, group, hideMembers))
      const [found] = resourcesIn(answer)
      expectNoMembers(found, answer)
    },
  }),
  groupsCheck({
    id: 'excluded-behind-the-filter',
    says: 'A look-up is understood whatever the order of its parameters.',
    source: sources.referenceCode,
    matters: 'The tutorial has excludedAttributes first, Microsoft’s libraries and validator also last.',
    mend: 'Read the query by names.',
    effect: 'not-linked',
    when: 'Entra sends excludedAttributes after the filter',
    leadsTo: 'Groups that exist aren’t found, and are created again.',
    run: async stage => {
      const group = await createGroup(stage)
      await needFoundGroup(stage, group)
      const filter = query(`displayName eq "${displayNameOf(group)}"`)
      await expectFound(stage, `${stage.groups.endpoint}?filter=${filter}&excludedAttributes=members`, [
        group.id,
      ])
    },
  }),
]
