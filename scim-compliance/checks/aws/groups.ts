import type { Check } from '../../check.ts'
import { expectError, expectStatus, expectThat, objectIn } from '../../expect.ts'
import { isObject } from '../../json.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { byDisplayName } from '../tools/look-ups.ts'
import { expectMembers, expectNoMembers, groupWithMember } from '../tools/memberships.ts'
import { expectPatched } from '../tools/patches.ts'
import { createGroup, createUser, nobody } from '../tools/people.ts'
import { posted, postedSample } from '../tools/posted.ts'
import { groupsCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'requires-display-name',
    level: 'MUST',
    says: 'A group without displayName is refused with 400.',
    source: sources.createGroup,
    matters: lenient,
    mend: 'Require displayName.',
    run: async stage => {
      const answer = await posted(stage, stage.groups, { externalId: nobody() })
      expectRefused(answer)
    },
  }),
  groupsCheck({
    id: 'name-is-unique',
    level: 'MUST',
    says: 'A second group with one displayName is answered with 409.',
    source: sources.createGroup,
    matters: 'idp-scim-sync and ssosync create first, and look which it is on 409.',
    mend: 'Keep displayName of groups unique.',
    leadsTo: 'Clients that create first make groups twice.',
    run: async stage => {
      const { sent } = await createGroup(stage)
      const answer = await posted(stage, stage.groups, sent)
      expectError(answer, 409)
    },
  }),
  groupsCheck({
    id: 'empty-members',
    level: 'SHOULD',
    says: 'A group is created with an empty list of members.',
    source: sources.ssosync,
    matters: 'ssosync always sends members: [].',
    mend: 'Take an empty list for none.',
    effect: 'escrow',
    leadsTo: 'ssosync can’t create groups.',
    run: async stage => {
      await createGroup(stage, { members: [] })
    },
  }),
  groupsCheck({
    id: 'create-with-members',
    level: 'MUST',
    says: 'A group is created with a member.',
    source: sources.createGroup,
    matters: 'AWS’s own sample does so.',
    mend: 'Take members on creation.',
    needs: ['write', 'groups', 'users'],
    effect: 'data-lost',
    leadsTo: 'Members who come with a new group are lost.',
    run: async stage => {
      const user = await createUser(stage)
      const group = await createGroup(stage, { members: [{ value: user.id, type: 'User' }] })
      await expectMembers(stage, group, [user.id], [user.id])
    },
  }),
  groupsCheck({
    id: 'no-101-members',
    level: 'MUST',
    says: 'A group with 101 members is refused with 400.',
    source: sources.createGroup,
    matters: lenient,
    mend: 'Take at most 100 members at once.',
    run: async stage => {
      const members = Array.from({ length: 101 }, () => ({ value: nobody() }))
      const answer = await postedSample(stage, stage.groups, { members })
      expectRefused(answer)
    },
  }),
  groupsCheck({
    id: 'no-nested-groups',
    level: 'MUST',
    says: 'A member of type Group is refused with 400.',
    source: sources.limitations,
    matters: lenient,
    mend: 'Take users as members only.',
    run: async stage => {
      const inner = await createGroup(stage)
      const members = [{ value: inner.id, type: 'Group' }]
      const answer = await postedSample(stage, stage.groups, { members })
      expectRefused(answer)
    },
  }),
  groupsCheck({
    id: 'read-without-members',
    level: 'MUST',
    says: 'A group is read without members.',
    source: sources.getGroup,
    matters: 'A client that relies on members sees an empty group at AWS, and empties it or fills it again.',
    mend: 'Never show members.',
    needs: ['write', 'groups', 'users', 'patch'],
    run: async stage => {
      const { group } = await groupWithMember(stage)
      const answer = await stage.get(group.path)
      expectStatus(answer, 200)
      expectNoMembers(objectIn(answer), answer)
    },
  }),
  groupsCheck({
    id: 'listed-without-members',
    level: 'MUST',
    says: 'A list shows groups with an empty list of members.',
    source: sources.listGroups,
    matters: 'A client that relies on members sees empty groups at AWS.',
    mend: 'Show members: [] in lists.',
    needs: ['write', 'groups', 'users', 'patch'],
    run: async stage => {
      const { group } = await groupWithMember(stage)
      const answer = await stage.get(byDisplayName(stage, group))
      const { Resources } = objectIn(answer)
      const [found] = Array.isArray(Resources) ? Resources.filter(isObject) : []
      expectThat(
        Array.isArray(found?.members) && found.members.length === 0,
        'members []',
        found?.members ?? null,
        answer,
      )
    },
  }),
  groupsCheck({
    id: 'patch-answers-204',
    level: 'MUST',
    says: 'PATCH of a group is answered with 204 and no body.',
    source: sources.patchGroup,
    matters: 'ssosync and idp-scim-sync take 204 for done.',
    mend: 'Answer 204.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Clients that take nothing but 204 report each change of a group as failed.',
    run: async stage => {
      const { path } = await createGroup(stage)
      const answer = await stage.patch(path, { op: 'replace', path: 'displayName', value: stage.unique() })
      expectStatus(answer, 204)
      expectThat(answer.text === '', 'no body', answer.text, answer)
    },
  }),
  groupsCheck({
    id: 'name-and-external-id',
    level: 'SHOULD',
    says: 'displayName and externalId are replaced by two operations of one PATCH.',
    source: sources.ssosync,
    matters: 'ssosync and authentik update groups so.',
    mend: 'Apply all operations.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'ssosync and authentik can’t update groups.',
    run: async stage => {
      const { path } = await createGroup(stage)
      const wanted = { displayName: stage.unique(), externalId: nobody() }
      const operations = Object.entries(wanted).map(([at, value]) => ({ op: 'replace', path: at, value }))
      await expectPatched(stage, path, ...operations)
      await expectKept(stage, path, wanted)
    },
  }),
  groupsCheck({
    id: 'pathless-with-id',
    level: 'SHOULD',
    says: 'A replace without a path that has an id beside one attribute is taken.',
    source: sources.patchGroup,
    matters: 'Okta and idp-scim-sync send {"id": …, "displayName": …}.',
    mend: 'Don’t count id among what is changed.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Okta and idp-scim-sync can’t rename groups.',
    run: async stage => {
      const { path, id } = await createGroup(stage)
      const displayName = stage.unique()
      await expectPatched(stage, path, { op: 'replace', value: { id, displayName } })
      await expectKept(stage, path, { displayName })
    },
  }),
  groupsCheck({
    id: 'remove-listed',
    level: 'MUST',
    says: 'A member is removed by a list in the value, and nobody else.',
    source: sources.patchGroup,
    matters: 'All clients of AWS remove members so.',
    mend: 'Where remove of members has a value, take away only those ids.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'data-lost',
    leadsTo: 'Removing one member empties the group, or removes nobody.',
    run: async stage => {
      const { group, user } = await groupWithMember(stage)
      const other = await createUser(stage)
      const change = (op: string, id: string) =>
        stage.patch(group.path, { op, path: 'members', value: [{ value: id }] })
      expectStatus(await change('add', other.id), 200, 204)
      expectStatus(await change('remove', user.id), 200, 204)
      await expectMembers(stage, group, [user.id, other.id], [other.id])
    },
  }),
  ...(
    [
      ['no-replacing-members', 'SHOULD', 'A replace of members is refused, with AWS’s text.', 'replace'],
      ['no-removing-nobody', 'MUST', 'A remove of members with an empty list is refused.', 'remove'],
    ] as const
  ).map(([name, level, says, op]) =>
    groupsCheck({
      id: name,
      level,
      says,
      source: op === 'replace' ? sources.replacing : sources.patchGroup,
      matters: lenient,
      mend: 'Refuse it with 400: members are added and removed by their ids.',
      needs: ['write', 'groups', 'users', 'patch'],
      run: async stage => {
        const { group, user } = await groupWithMember(stage)
        const value = op === 'replace' ? [{ value: user.id }] : []
        const answer = await stage.patch(group.path, { op, path: 'members', value })
        expectRefused(answer, op === 'replace' ? 'Replacing group memberships is not supported.' : undefined)
      },
    }),
  ),
  groupsCheck({
    id: 'no-101-changes',
    level: 'MUST',
    says: 'A PATCH with 101 changes of memberships is refused with 400.',
    source: sources.patchGroup,
    matters: lenient,
    mend: 'Take at most 100 changes of memberships at once.',
    needs: ['write', 'groups', 'patch'],
    run: async stage => {
      const { path } = await createGroup(stage)
      const value = Array.from({ length: 101 }, () => ({ value: nobody() }))
      expectRefused(await stage.patch(path, { op: 'add', path: 'members', value }))
    },
  }),
  groupsCheck({
    id: 'pathless-several',
    level: 'SHOULD',
    says: 'A replace without a path that changes two attributes is refused with AWS’s text.',
    source: sources.pathless,
    matters: lenient,
    mend: 'Refuse it: "Current PATCH support allows omitting "path" attribute only for …".',
    needs: ['write', 'groups', 'patch'],
    run: async stage => {
      const { path } = await createGroup(stage)
      const value = { displayName: stage.unique(), externalId: nobody() }
      expectRefused(await stage.patch(path, { op: 'replace', value }), /omitting "path"/)
    },
  }),
  groupsCheck({
    id: 'no-put',
    level: 'MUST',
    says: 'PUT of a group isn’t offered.',
    source: sources.operations,
    matters: lenient,
    mend: 'Refuse PUT of groups.',
    run: async stage => {
      const { path, sent } = await createGroup(stage)
      expectStatus(await stage.put(path, sent), 400, 404, 405, 501)
    },
  }),
  groupsCheck({
    id: 'deleted-with-204',
    level: 'MUST',
    says: 'DELETE of a group is answered with 204, the second with 404, and its members stay.',
    source: sources.deleteGroup,
    matters: 'idp-scim-sync takes 404 for done, and nothing else.',
    mend: 'Answer 204, and 404 for what is gone.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'escrow',
    leadsTo: 'Groups aren’t deleted, or take their members along.',
    run: async stage => {
      const { group, user } = await groupWithMember(stage)
      expectStatus(await stage.delete(group.path), 204)
      expectStatus(await stage.delete(group.path), 404)
      expectStatus(await stage.get(user.path), 200)
    },
  }),
]
