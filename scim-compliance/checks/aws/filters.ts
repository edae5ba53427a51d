import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, objectIn } from '../../expect.ts'
import {
  byDisplayName,
  byUserName,
  expectFound,
  lookUp,
  needFoundGroup,
  needFoundUser,
} from '../tools/look-ups.ts'
import { groupWithMember } from '../tools/memberships.ts'
import { createGroup, createUser, nobody } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { needFiltered } from './accepted.ts'
import { filtersCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'

const refused = [
  { id: 'or', what: 'two comparisons joined by or', filter: 'userName eq "a" or userName eq "b"' },
  { id: 'co', what: 'another operator than eq', filter: 'userName co "a"' },
  { id: 'pr', what: 'pr', filter: 'userName pr' },
  { id: 'not', what: 'not', filter: 'not (userName eq "a")' },
  { id: 'display-name', what: 'an attribute that isn’t among AWS’s', filter: 'displayName eq "a"' },
  { id: 'unquoted', what: 'a value without quotes', filter: 'userName eq a' },
] as const

export const checks: readonly Check[] = [
  filtersCheck({
    id: 'user-name',
    level: 'MUST',
    says: 'A user is found by userName, with totalResults 1.',
    source: sources.listUsers,
    matters: 'ssosync, idp-scim-sync and Entra ID match users so; ssosync wants totalResults 1.',
    mend: 'Filter by userName eq "…".',
    needs: ['write', 'users'],
    effect: 'not-linked',
    leadsTo: 'Users who are there aren’t found, and end in 409.',
    run: async stage => {
      await createUser(stage)
      const user = await createUser(stage)
      await expectFound(stage, byUserName(stage, user), [user.id])
    },
  }),
  filtersCheck({
    id: 'external-id',
    level: 'MUST',
    says: 'A user is found by externalId.',
    source: sources.listUsers,
    matters: 'AWS’s page on ListUsers has it beside userName, and clients may match by either.',
    mend: 'Filter by externalId eq "…".',
    needs: ['write', 'users'],
    effect: 'not-linked',
    leadsTo: 'Clients that match by externalId find nobody.',
    run: async stage => {
      const externalId = nobody()
      const user = await createUser(stage, { externalId })
      await createUser(stage)
      await needFoundUser(stage, user, 'aws')
      await expectFound(stage, lookUp(stage.users, `externalId eq "${externalId}"`), [user.id])
    },
  }),
  filtersCheck({
    id: 'nobody',
    level: 'SHOULD',
    says: 'A filter that matches nobody is answered with 200, totalResults 0 and an empty list of Resources.',
    source: sources.ssosync,
    matters: 'ssosync and Terraform branch on totalResults.',
    mend: 'Answer an empty ListResponse, Resources included.',
    effect: 'escrow',
    leadsTo: 'Clients take the answer for a fault, and create nobody.',
    run: async stage => {
      await needFoundUser(stage, await createUser(stage), 'aws')
      const answer = await stage.get(lookUp(stage.users, `userName eq "${nobody()}"`))
      expectStatus(answer, 200)
      const { totalResults, Resources } = objectIn(answer)
      expectEqual(totalResults, 0, 'totalResults', answer)
      expectEqual(Resources, [], 'Resources', answer)
    },
  }),
  filtersCheck({
    id: 'group-name',
    level: 'MUST',
    says: 'A group is found by displayName.',
    source: sources.listGroups,
    matters: 'Every client matches groups so.',
    mend: 'Filter groups by displayName eq "…".',
    needs: ['write', 'groups'],
    effect: 'not-linked',
    leadsTo: 'Groups that are there aren’t found, and end in 409.',
    run: async stage => {
      await createGroup(stage)
      const group = await createGroup(stage)
      await expectFound(stage, byDisplayName(stage, group), [group.id])
    },
  }),
  filtersCheck({
    id: 'group-members',
    level: 'MUST',
    says: 'Groups are found by members.value.',
    source: sources.listGroups,
    matters: 'idp-scim-sync reads memberships so, since AWS never shows members.',
    mend: 'Filter groups by members.value eq "…".',
    effect: 'data-lost',
    leadsTo: 'Clients can’t read memberships, and neither add nor remove the right ones.',
    run: async stage => {
      const { user, group } = await groupWithMember(stage, 'aws')
      await needFoundGroup(stage, group, 'aws')
      await expectFound(stage, lookUp(stage.groups, `members.value eq "${user.id}"`), [group.id])
    },
  }),
  filtersCheck({
    id: 'groups-of-users',
    level: 'MUST',
    says: 'Users are found by groups.value.',
    source: sources.listUsers,
    matters: 'Clients read the members of a group so, since AWS never shows them.',
    mend: 'Filter users by groups.value eq "…".',
    effect: 'data-lost',
    leadsTo: 'Clients can’t read memberships, and neither add nor remove the right ones.',
    run: async stage => {
      const { user, group } = await groupWithMember(stage, 'aws')
      await needFoundUser(stage, user, 'aws')
      await expectFound(stage, lookUp(stage.users, `groups.value eq "${group.id}"`), [user.id])
    },
  }),
  ...(['members', 'member'] as const).map(name =>
    filtersCheck({
      id: `id-and-${name}`,
      level: name === 'members' ? 'MUST' : 'MAY',
      says: `Whether somebody is in a group is found by id and ${name}, in either order.`,
      source: sources.listGroups,
      matters: 'Terraform and older clients test each pair so.',
      mend: `Filter groups by id eq "…" and ${name} eq "…".`,
      effect: 'data-lost',
      leadsTo: 'Clients can’t tell who is in a group.',
      run: async stage => {
        const { user, group } = await groupWithMember(stage, 'aws')
        await needFoundGroup(stage, group, 'aws')
        const other = await createUser(stage)
        const [id, member] = [`id eq "${group.id}"`, `${name} eq "${user.id}"`]
        await expectFound(stage, lookUp(stage.groups, `${id} and ${member}`), [group.id])
        await expectFound(stage, lookUp(stage.groups, `${member} and ${id}`), [group.id])
        await expectFound(stage, lookUp(stage.groups, `${id} and ${name} eq "${other.id}"`), [])
      },
    }),
  ),
  filtersCheck({
    id: 'unknown-member',
    level: 'MUST',
    says: 'A filter by a member who doesn’t exist is answered with 404.',
    source: sources.listGroups,
    matters: 'Terraform tells by it that a user has vanished.',
    mend: 'Answer 404 where the user of a filter isn’t there.',
    run: async stage => {
      const { user, group } = await groupWithMember(stage, 'aws')
      await reached('Groups aren’t found by members.value', 'aws/filters/group-members', () =>
        expectFound(stage, lookUp(stage.groups, `members.value eq "${user.id}"`), [group.id]),
      )
      const filter = `members.value eq "${nobody()}"`
      expectStatus(await stage.get(lookUp(stage.groups, filter)), 404)
    },
  }),
  ...refused.map(({ id, what, filter }) =>
    filtersCheck({
      id: `no-${id}`,
      // AWS documents which operators it takes, and leaves unsaid what becomes of some others.
      level: id === 'unquoted' || id === 'display-name' || id === 'pr' ? 'MAY' : 'MUST',
      says: `A filter of users with ${what} is refused with 400.`,
      source: sources.listUsers,
      matters: lenient,
      mend: 'Take eq and and on the documented attributes only.',
      needs: ['users'],
      run: async stage => {
        await needFiltered(stage)
        expectRefused(await stage.get(lookUp(stage.users, filter)))
      },
    }),
  ),
]
