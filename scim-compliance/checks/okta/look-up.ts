import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectError, expectThat, listedResources } from '../../expect.ts'
import { expectPatched } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser, expectFound, sentUserName, uniqueAddress } from '../steps/users-and-groups.ts'
import { excessBlame, lookUpCheck, notLinked, sources } from './areas.ts'
import { oktaHeaders, oktaSearch, setActive, userSearch } from './requests.ts'

/** Expects an empty list, or 404 with a SCIM error. */
export async function expectNothing(context: CheckContext, path: string): Promise<void> {
  const response = await context.get(path, oktaHeaders)
  if (response.status === 404) return expectError(response, 404)
  const { length } = listedResources(response)
  expectThat(length === 0, 'no resources', `${length} resources`, response, 'excess')
}

export const lookUpChecks: readonly Check[] = [
  lookUpCheck('by-user-name', 'MUST', sources.reference, {
    description: 'A search by userName with startIndex=1 and count=100 returns only that user.',
    rationale: 'Okta searches before each create, and links the user that it finds.',
    remedy: 'Decode %20, %22 and %40 in the filter, apply the filter first, and then startIndex and count.',
    leadsTo: notLinked,
    blame: excessBlame('users'),
    run: async context => {
      await createUser(context)
      const user = await createUser(context)
      await expectFound(context, userSearch(context, user), [user.id], oktaHeaders)
    },
  }),
  lookUpCheck('nobody', 'MUST', sources.reference, {
    description: 'A search for an unknown userName returns an empty list, or 404 with a SCIM error.',
    rationale: 'Okta creates a user if the search finds none, and accepts both responses.',
    remedy: 'Return 200 with totalResults 0.',
    effect: 'not-provisioned',
    leadsTo: 'No user is created, because the search before the create fails.',
    blame: excessBlame('users'),
    run: async context => {
      await createUser(context)
      await expectNothing(context, oktaSearch(context.users, 'userName', uniqueAddress(context)))
    },
  }),
  lookUpCheck('keeps-case', 'practice', sources.userNameCase, {
    description: 'A search returns userName in the case in which it was sent.',
    rationale: 'Okta compares the userName that it gets with its own.',
    remedy: 'Store userName as sent, and ignore case only for comparisons.',
    after: ['okta/look-up/by-user-name', 'okta/create/keeps-user-name-case'],
    effect: 'shown-wrong',
    leadsTo: 'Users whose name has capital letters look different from those in Okta.',
    run: async context => {
      const user = await createUser(context, { userName: `Nell.${uniqueAddress(context)}` })
      const [found] = await expectFound(context, userSearch(context, user), [user.id], oktaHeaders)
      expectEqual(found?.userName, sentUserName(user), 'userName')
    },
  }),
  lookUpCheck('deactivated', 'MUST', sources.reference, {
    description: 'A search by userName returns deactivated users, with active false.',
    rationale: 'Okta searches for a user that is assigned again before it activates the user.',
    remedy: 'Return deactivated users in searches.',
    after: ['okta/look-up/by-user-name', 'okta/deactivate/active-false'],
    needs: ['write', 'users', 'patch'],
    leadsTo: 'Users that are assigned again aren’t found: Okta creates them, and gets a 409 or a duplicate.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context)
      await expectPatched(context, user.path, setActive(false))
      const [found] = await expectFound(context, userSearch(context, user), [user.id], oktaHeaders)
      expectEqual(found?.active, false, 'active')
    },
  }),
]
