import type { Check } from '../../check.ts'
import { expectMembers } from '../tools/memberships.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { membersCheck } from './areas.ts'
import { sources } from './sources.ts'
import { listed, team } from './team.ts'

const many = 20

export const checks: readonly Check[] = [
  membersCheck({
    id: 'parallel-add',
    says: `${many} members who are added by ${many} PATCHes at once are all members.`,
    source: sources.lostMembers,
    matters: 'Entra ID sends memberships of one group in parallel, and never reads them again.',
    mend: 'Change members in one transaction, or one after the other for each group; don’t read, change and write.',
    effect: 'write',
    leadsTo: 'Members are lost when Entra adds several at once.',
    accepted: 'The server reports success, and only a restart of the job adds them again.',
    run: async stage => {
      const { group, ids } = await team(stage, many)
      await Promise.all(
        ids.map(id => expectPatched(stage, group.path, operation('Add', 'members', listed([id])))),
      )
      await expectMembers(stage, group, ids, ids)
    },
  }),
  membersCheck({
    id: 'parallel-remove',
    says: `${many} members who are removed by ${many} PATCHes at once are all gone, and the others are there.`,
    source: sources.lostMembers,
    matters: 'Entra ID sends removals of one group in parallel, and never reads members again.',
    mend: 'Change members in one transaction, or one after the other for each group; don’t read, change and write.',
    effect: 'write',
    leadsTo: 'Users stay in groups that they have left when Entra removes several at once.',
    accepted: 'The server reports success, and Entra doesn’t notice.',
    run: async stage => {
      const { group, ids } = await team(stage, many + 1, many + 1)
      const gone = ids.slice(1)
      await Promise.all(
        gone.map(id => expectPatched(stage, group.path, operation('Remove', 'members', listed([id])))),
      )
      await expectMembers(stage, group, ids, ids.slice(0, 1))
    },
  }),
]
