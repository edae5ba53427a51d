import type { Check } from '../../check.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { deactivateCheck, sources } from './areas.ts'
import { requireDeactivated, setActive } from './requests.ts'

export const deactivateChecks: readonly Check[] = [
  deactivateCheck('active-false', 'MUST', sources.reference, {
    description: 'A PATCH that replaces active with false, without a path, deactivates a user.',
    rationale: 'Okta sends it when a user is unassigned or deactivated, and never deletes users.',
    remedy: 'Support PATCH operations whose value is an object instead of a path.',
    effect: 'write',
    leadsTo: 'Deactivated users stay active.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const { path } = await createUser(context)
      await expectPatched(context, path, setActive(false))
      await expectStored(context, path, { active: false })
    },
  }),
  deactivateCheck('active-true', 'MUST', sources.reference, {
    description: 'The same PATCH with true activates a user again.',
    rationale: 'Okta sends it when a user is assigned again.',
    remedy: 'Support PATCH operations whose value is an object instead of a path.',
    effect: 'write',
    leadsTo: 'Users that are assigned again stay deactivated.',
    run: async context => {
      const user = await createUser(context)
      await requireDeactivated(context, user)
      await expectPatched(context, user.path, setActive(true))
      await expectStored(context, user.path, { active: true })
    },
  }),
  deactivateCheck('keeps-the-rest', 'practice', sources.reference, {
    description: 'Deactivating a user changes no other attribute.',
    rationale: 'The user is activated again by one attribute, too.',
    remedy: 'Change only the attributes in the value.',
    effect: 'write',
    leadsTo: 'Users lose attributes when they are deactivated.',
    run: async context => {
      requireAttributes(context.users, 'name.givenName', 'name.familyName')
      const user = await createUser(context)
      await requireDeactivated(context, user)
      await expectStored(context, user.path, {
        userName: user.sent.userName,
        'name.givenName': 'Mira',
        'name.familyName': 'Holt',
      })
    },
  }),
]
