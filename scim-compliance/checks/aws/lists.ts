import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn } from '../../expect.ts'
import { lookUp } from '../tools/look-ups.ts'
import { createUser, userNameOf } from '../tools/people.ts'
import { followsFrom } from '../tools/prepared.ts'
import { needListed } from './accepted.ts'
import { listsCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  listsCheck({
    id: 'count-0',
    level: 'MAY',
    says: 'count=0 is refused with 400.',
    source: sources.listUsers,
    matters: lenient,
    mend: 'Refuse a count below 1.',
    run: async stage => {
      await needListed(stage)
      expectRefused(await stage.get(`${stage.users.endpoint}?count=0`))
    },
  }),
  listsCheck({
    id: 'count-1000',
    level: 'MAY',
    says: 'count=1000 is accepted, and the page has 100 resources at most.',
    source: sources.pocketId,
    matters: 'Pocket ID asks for 1,000 at once, and ends its synchronization when that fails.',
    mend: 'Bring a count above 100 down to 100.',
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}?count=1000`)
      expectStatus(answer, 200)
      const count = resourcesIn(answer).length
      expectThat(count <= 100, 'at most 100 resources', count, answer)
    },
  }),
  listsCheck({
    id: 'without-cursor',
    level: 'MUST',
    says: 'A list without a cursor has startIndex 1, totalResults that counts its page or all users, and no nextCursor.',
    source: sources.listUsers,
    matters:
      'Clients tell by the shape that there is no second page to ask for. AWS is seen to count the page in totalResults, where RFC 7644 §3.4.2 wants all that match: the checks of rfc/index-paging ask for that.',
    mend: 'Offer nextCursor only to those who send cursor.',
    needs: ['write', 'users'],
    run: async stage => {
      await createUser(stage)
      const answer = await stage.get(`${stage.users.endpoint}?count=1`)
      expectStatus(answer, 200)
      const body = objectIn(answer)
      expectEqual(body.startIndex, 1, 'startIndex', answer)
      const { totalResults = null } = body
      expectThat(
        typeof totalResults === 'number' && totalResults >= resourcesIn(answer).length && totalResults > 0,
        'totalResults',
        totalResults,
        answer,
      )
      expectThat(body.nextCursor === undefined, 'no nextCursor', body.nextCursor ?? null, answer)
    },
  }),
  listsCheck({
    id: 'start-index-ignored',
    level: 'MAY',
    says: 'startIndex is passed over: the first page comes again.',
    source: sources.listUsers,
    matters: 'authentik pages by startIndex; AWS doesn’t support it, and refuses nobody for it.',
    mend: 'Pass over startIndex.',
    run: async stage => {
      await needListed(stage)
      const answer = await stage.get(`${stage.users.endpoint}?startIndex=2&count=1`)
      expectStatus(answer, 200)
      expectEqual(objectIn(answer).startIndex, 1, 'startIndex', answer)
    },
  }),
  listsCheck({
    id: 'excluded-attributes-ignored',
    level: 'MAY',
    says: 'attributes and excludedAttributes aren’t refused.',
    source: sources.listUsers,
    matters: 'Entra ID adds excludedAttributes=members to each look-up of a group.',
    mend: 'Pass over parameters that aren’t supported.',
    needs: ['groups'],
    effect: 'quarantine',
    leadsTo: 'Entra ID’s probe is refused, and its job quarantined.',
    run: async stage => {
      expectStatus(await stage.get(`${stage.groups.endpoint}?excludedAttributes=members&count=1`), 200)
    },
  }),
  ...(['cursor', 'cursor='] as const).map(first =>
    listsCheck({
      id: `first-${first === 'cursor' ? 'bare-cursor' : 'empty-cursor'}`,
      level: first === 'cursor' ? 'MUST' : 'MAY',
      says: `A walk that begins with ?${first} comes to its second page by nextCursor.`,
      source: sources.listUsers,
      matters: 'idp-scim-sync and others walk through all users and groups so.',
      mend: 'Answer nextCursor as long as more follow, without totalResults and startIndex.',
      needs: ['write', 'users'],
      effect: 'data-lost',
      leadsTo: 'Clients see the first page only, and take everybody else for somebody new.',
      run: async stage => {
        await createUser(stage)
        await createUser(stage)
        const one = await stage.get(`${stage.users.endpoint}?${first}&count=1`)
        expectStatus(one, 200)
        const { nextCursor, totalResults } = objectIn(one)
        expectThat(typeof nextCursor === 'string', 'nextCursor', nextCursor ?? null, one)
        expectThat(totalResults === undefined, 'no totalResults', totalResults ?? null, one)
        expectThat(/^[-a-zA-Z0-9+=/:_]*$/.test(nextCursor), 'a cursor of AWS’s characters', nextCursor, one)
        const path = `${stage.users.endpoint}?cursor=${encodeURIComponent(nextCursor)}&count=1`
        const two = await stage.get(path)
        const [before, after] = [resourcesIn(one)[0]?.id, resourcesIn(two)[0]?.id]
        expectThat(after !== undefined && after !== before, 'another user', after ?? null, two)
      },
    }),
  ),
  listsCheck({
    id: 'cursor-keeps-its-filter',
    level: 'MUST',
    says: 'Another filter with the cursor of a walk is refused with 400.',
    source: sources.listUsers,
    matters: lenient,
    mend: 'Bind a cursor to its filter.',
    needs: ['write', 'users'],
    run: async stage => {
      await createUser(stage)
      const user = await createUser(stage)
      const one = await stage.get(`${stage.users.endpoint}?cursor&count=1`)
      const { nextCursor } = objectIn(one)
      expectThat(typeof nextCursor === 'string', 'nextCursor', nextCursor ?? null, one)
      const more = `cursor=${encodeURIComponent(nextCursor)}&count=1&`
      const next = await stage.get(`${stage.users.endpoint}?${more.slice(0, -1)}`)
      if (next.status !== 200)
        followsFrom('A second page can’t be had by its cursor', 'aws/lists/first-bare-cursor')
      expectRefused(await stage.get(lookUp(stage.users, `userName eq "${userNameOf(user)}"`, more)))
    },
  }),
]
