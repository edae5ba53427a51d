import type { Blame, Check, Level } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { dataLost, escrow, notLinked, quarantine } from '../steps/client-areas.ts'
import { readResource } from '../steps/create-and-read.ts'
import {
  createGroupWithMember,
  createUser,
  expectFound,
  findsOnly,
  lookUpPath,
  nameQuery,
  randomId,
} from '../steps/users-and-groups.ts'
import { filtersCheck, listsCheck, matchCheck, rejects, sources } from './areas.ts'

const refuses = (id: string, level: Level, what: string, filter: string): Check =>
  filtersCheck(`no-${id}`, level, sources.listUsers, {
    // AWS documents the operators that it supports, but not the response to some others.
    description: `A filter on users with ${what} returns 400.`,
    remedy:
      'Accept only the operators `eq` and `and`, on the documented attributes, and return 400 for all others.',
    needs: ['users'],
    after: ['aws/filters/nobody'],
    ...rejects(async context => context.get(lookUpPath(context.users, filter))),
  })

/** Of a search that returns other resources, too. */
const excessBlame: Blame = {
  on: 'excess',
  remedy: 'Return only the resources that match the filter.',
  predict: notLinked('Searches return other resources, too, which clients may take for the match.'),
}

const pagesFrom = (id: string, level: Level, first: string): Check =>
  listsCheck(`first-${id}`, level, sources.listUsers, {
    description: `Paging that starts with ?${first} reaches the second page by nextCursor.`,
    rationale: 'idp-scim-sync and others read all users and groups this way.',
    remedy: 'Return nextCursor while more results follow, without totalResults and startIndex.',
    needs: ['write', 'users'],
    leadsTo: dataLost('Clients see only the first page, and treat all other users as new.'),
    after: ['aws/lists/first-bare-cursor'],
    run: async context => {
      for (const _ of [1, 2]) await createUser(context)
      const { endpoint } = context.users
      const { body, response: one } = await readResource(context, `${endpoint}?${first}&count=1`)
      const { nextCursor, totalResults } = body
      expectThat(typeof nextCursor === 'string', 'nextCursor', nextCursor ?? null, one)
      expectThat(totalResults === undefined, 'no totalResults', totalResults ?? null, one)
      const isLikeAws = /^[-a-zA-Z0-9+=/:_]*$/.test(nextCursor)
      expectThat(isLikeAws, 'a cursor with AWS’s characters', nextCursor, one)
      const two = await context.get(`${endpoint}?cursor=${encodeURIComponent(nextCursor)}&count=1`)
      const [before, after] = [listedResources(one)[0]?.id, listedResources(two)[0]?.id]
      expectThat(after !== undefined && after !== before, 'another user', after ?? null, two)
    },
  })

export const listChecks: readonly Check[] = [
  matchCheck('user-name', 'MUST', sources.listUsers, {
    description: 'A search by userName returns the user and totalResults 1.',
    rationale:
      'ssosync, idp-scim-sync and Entra ID match users this way. ssosync requires totalResults to be 1.',
    remedy: 'Support the filter userName eq "…".',
    leadsTo: notLinked('Existing users aren’t found, and creating them returns 409.'),
    blame: excessBlame,
    run: findsOnly('users', (user, context) => nameQuery(context, user)),
  }),
  filtersCheck('external-id', 'MUST', sources.listUsers, {
    description: 'A search by externalId returns the user.',
    rationale: 'AWS’s ListUsers page documents it together with userName, and clients may match by either.',
    remedy: 'Support the filter externalId eq "…".',
    needs: ['write', 'users'],
    leadsTo: notLinked('Clients that match by externalId find no users.'),
    blame: excessBlame,
    run: findsOnly(
      'users',
      ({ sent }, { users }) => lookUpPath(users, `externalId eq "${sent.externalId}"`),
      () => ({ externalId: randomId() }),
    ),
  }),
  filtersCheck('nobody', 'SHOULD', sources.ssosync, {
    description: 'A search without a match returns 200, totalResults 0 and an empty list of Resources.',
    rationale: 'ssosync and Terraform evaluate totalResults.',
    remedy: 'Return an empty ListResponse that includes Resources.',
    leadsTo: escrow('Clients treat the response as an error, and create no user.'),
    run: async context => {
      const path = lookUpPath(context.users, `userName eq "${randomId()}"`)
      const { body, response } = await readResource(context, path)
      expectEqual(body.totalResults, 0, 'totalResults', response)
      expectEqual(body.Resources, [], 'Resources', response)
    },
  }),
  filtersCheck('group-name', 'MUST', sources.listGroups, {
    description: 'A search by displayName returns the group.',
    rationale: 'Every client matches groups this way.',
    remedy: 'Support the filter displayName eq "…" for groups.',
    needs: ['write', 'groups'],
    leadsTo: notLinked('Existing groups aren’t found, and creating them returns 409.'),
    blame: excessBlame,
    run: findsOnly('groups', (group, context) => nameQuery(context, group)),
  }),
  filtersCheck('group-members', 'MUST', sources.listGroups, {
    after: ['aws/filters/group-name'],
    description: 'A search by members.value returns the groups of a user.',
    rationale: 'idp-scim-sync reads memberships this way, because AWS never returns members.',
    remedy: 'Support the filter members.value eq "…" for groups.',
    leadsTo: dataLost('Clients can’t read memberships, so they don’t add or remove the right ones.'),
    run: async context => {
      const { user, group } = await createGroupWithMember(context, 'aws')
      await expectFound(context, lookUpPath(context.groups, `members.value eq "${user.id}"`), [group.id])
    },
  }),
  filtersCheck('groups-of-users', 'MUST', sources.listUsers, {
    description: 'A search by groups.value returns the members of a group.',
    rationale: 'Clients read the members of a group this way, because AWS never returns them.',
    remedy: 'Support the filter groups.value eq "…" for users.',
    leadsTo: dataLost('Clients can’t read memberships, so they don’t add or remove the right ones.'),
    run: async context => {
      const { user, group } = await createGroupWithMember(context, 'aws')
      await expectFound(context, lookUpPath(context.users, `groups.value eq "${group.id}"`), [user.id])
    },
  }),
  ...(['members', 'member'] as const).map(name =>
    filtersCheck(`id-and-${name}`, name === 'members' ? 'MUST' : 'MAY', sources.listGroups, {
      after: ['aws/filters/group-name'],
      description: `A filter by id and ${name}, in either order, returns the group if the user is a member.`,
      rationale: 'Terraform and older clients check each membership this way.',
      remedy: `Support the filter id eq "…" and ${name} eq "…" for groups.`,
      leadsTo: dataLost('Clients can’t determine the members of a group.'),
      run: async context => {
        const { user, group } = await createGroupWithMember(context, 'aws')
        const other = await createUser(context)
        const [id, member] = [`id eq "${group.id}"`, `${name} eq "${user.id}"`]
        await expectFound(context, lookUpPath(context.groups, `${id} and ${member}`), [group.id])
        await expectFound(context, lookUpPath(context.groups, `${member} and ${id}`), [group.id])
        await expectFound(context, lookUpPath(context.groups, `${id} and ${name} eq "${other.id}"`), [])
      },
    }),
  ),
  filtersCheck('unknown-member', 'MUST', sources.listGroups, {
    description: 'A filter by a member that doesn’t exist returns 404.',
    rationale: 'Terraform recognizes by the 404 that a user no longer exists.',
    remedy: 'Return 404 if the user in the filter doesn’t exist.',
    after: ['aws/filters/group-members'],
    request: () => ({ filter: `members.value eq "${randomId()}"`, of: 'groups' }),
    expect: { status: [404] },
  }),
  refuses('or', 'MUST', 'two comparisons joined by `or`', 'userName eq "a" or userName eq "b"'),
  refuses('co', 'MUST', 'an operator other than eq', 'userName co "a"'),
  refuses('pr', 'MAY', 'pr', 'userName pr'),
  refuses('not', 'MUST', 'not', 'not (userName eq "a")'),
  refuses('display-name', 'MAY', 'an attribute that AWS doesn’t support', 'displayName eq "a"'),
  refuses('unquoted', 'MAY', 'a value without quotes', 'userName eq a'),
  listsCheck('count-0', 'MAY', sources.listUsers, {
    description: 'A request with count=0 returns 400.',
    remedy: 'Reject a count below 1.',
    after: ['aws/lists/without-cursor'],
    ...rejects(async context => context.get(`${context.users.endpoint}?count=0`)),
  }),
  listsCheck('count-1000', 'MAY', sources.pocketId, {
    description: 'A request with count=1000 succeeds and returns at most 100 resources.',
    rationale: 'Pocket ID requests 1,000 entries at once, and stops its synchronization if that fails.',
    remedy: 'Treat a count above 100 as 100.',
    run: async context => {
      const response = await context.get(`${context.users.endpoint}?count=1000`)
      expectStatus(response, 200)
      const count = listedResources(response).length
      expectThat(count <= 100, 'at most 100 resources', count, response)
    },
  }),
  listsCheck('without-cursor', 'MUST', sources.listUsers, {
    description:
      'A list without a cursor contains startIndex 1, a totalResults that counts the page or all users, and no nextCursor.',
    rationale:
      'The form of the response shows clients that they can’t request a second page. AWS has been observed to return the size of the page in totalResults, although RFC 7644 §3.4.2 requires the number of all matches, which the checks of rfc/index-paging require.',
    remedy: 'Return nextCursor only for requests with cursor.',
    needs: ['write', 'users'],
    run: async context => {
      await createUser(context)
      const { body, response } = await readResource(context, `${context.users.endpoint}?count=1`)
      const { startIndex, totalResults = null, nextCursor } = body
      expectEqual(startIndex, 1, 'startIndex', response)
      const least = Math.max(1, listedResources(response).length)
      const isCounted = typeof totalResults === 'number' && totalResults >= least
      expectThat(isCounted, 'totalResults', totalResults, response)
      expectThat(nextCursor === undefined, 'no nextCursor', nextCursor ?? null, response)
    },
  }),
  listsCheck('start-index-ignored', 'MAY', sources.listUsers, {
    description: 'The server ignores startIndex and returns the first page.',
    rationale: 'authentik pages by startIndex. AWS doesn’t support it, but doesn’t reject it either.',
    remedy: 'Ignore startIndex.',
    after: ['aws/lists/without-cursor'],
    request: ({ context }) => ({ get: `${context.users.endpoint}?startIndex=2&count=1` }),
    expect: { status: [200], body: { startIndex: 1 } },
  }),
  listsCheck('excluded-attributes-ignored', 'MAY', sources.listUsers, {
    description: 'The server accepts attributes and excludedAttributes.',
    rationale: 'Entra ID adds excludedAttributes=members to each search for a group.',
    remedy: 'Ignore unsupported parameters.',
    needs: ['groups'],
    leadsTo: quarantine('Entra ID’s probe is rejected, and its job quarantined.'),
    request: ({ context }) => ({ get: `${context.groups.endpoint}?excludedAttributes=members&count=1` }),
    expect: { status: [200] },
  }),
  pagesFrom('bare-cursor', 'MUST', 'cursor'),
  pagesFrom('empty-cursor', 'MAY', 'cursor='),
  listsCheck('cursor-keeps-its-filter', 'MUST', sources.listUsers, {
    description: 'A cursor with another filter returns 400.',
    remedy: 'Bind a cursor to its filter.',
    after: ['aws/lists/first-bare-cursor', 'aws/filters/user-name'],
    needs: ['write', 'users'],
    ...rejects(async context => {
      await createUser(context)
      const user = await createUser(context)
      const one = await context.get(`${context.users.endpoint}?cursor&count=1`)
      const { nextCursor } = jsonObject(one)
      expectThat(typeof nextCursor === 'string', 'nextCursor', nextCursor ?? null, one)
      const more = `cursor=${encodeURIComponent(nextCursor)}&count=1&`
      return context.get(nameQuery(context, user, more))
    }),
  }),
]
