import type { Check } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectMembers, groupWithMember } from '../tools/memberships.ts'
import { expectPatched } from '../tools/patches.ts'
import { createGroup, createUser, nobody } from '../tools/people.ts'
import { needPatchedGroup } from './accepted.ts'
import { groupsCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'
import { expectTooMany } from './too-many-members.ts'

export const checks: readonly Check[] = [
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
      await needPatchedGroup(stage, { path })
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
      const { group, user } = await groupWithMember(stage, 'aws')
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
        const { group, user } = await groupWithMember(stage, 'aws')
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
      await needPatchedGroup(stage, { path })
      await expectTooMany(value => stage.patch(path, { op: 'add', path: 'members', value }))
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
      await needPatchedGroup(stage, { path })
      const value = { displayName: stage.unique(), externalId: nobody() }
      expectRefused(await stage.patch(path, { op: 'replace', value }), /omitting "path"/)
    },
  }),
]
