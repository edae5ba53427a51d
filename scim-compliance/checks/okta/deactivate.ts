import type { Blame, Check } from '../../check.ts'
import type { Scene } from '../forms.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser, sampleUser } from '../steps/users-and-groups.ts'
import { deactivateCheck, sources } from './areas.ts'
import { setActive } from './requests.ts'

const withoutPath = 'Support PATCH operations whose value is an object instead of a path.'

const activeBlame: readonly Blame[] = [
  // A user that is hidden doesn't stay active.
  {
    on: 404,
    if: ({ method }) => method === 'GET',
    remedy: 'Keep disabled users readable. Only DELETE removes one.',
    harmless: true,
  },
  { on: 'without effect', remedy: 'Allow clients to change active, also in a value without a path.' },
]

const aUser = { has: ['active'], user: ({ context }: Scene) => sampleUser(context) } as const

export const deactivateChecks: readonly Check[] = [
  deactivateCheck('active-false', 'MUST', sources.reference, {
    description: 'A PATCH that replaces active with false, without a path, deactivates a user.',
    rationale: 'Okta sends it when a user is unassigned or deactivated, and never deletes users.',
    remedy: withoutPath,
    leadsTo: 'Deactivated users stay active.',
    protects: 'disabling',
    blame: activeBlame,
    given: aUser,
    request: { patch: setActive(false) },
    expect: { stored: { active: false } },
  }),
  deactivateCheck('active-true', 'MUST', sources.reference, {
    description: 'The same PATCH with true activates a user again.',
    rationale: 'Okta sends it when a user is assigned again.',
    remedy: withoutPath,
    leadsTo: 'Users that are assigned again stay deactivated.',
    protects: 'enabling',
    blame: activeBlame,
    run: async context => {
      requireAttributes(context.users, 'active')
      const { path } = await createUser(context)
      await expectPatched(context, path, setActive(false))
      await expectPatched(context, path, setActive(true))
      await expectStored(context, path, { active: true })
    },
  }),
  deactivateCheck('keeps-the-rest', 'practice', sources.reference, {
    description: 'Deactivating a user changes no other attribute.',
    rationale: 'The user is activated again by one attribute, too.',
    remedy: 'Change only the attributes in the value.',
    leadsTo: 'Users lose attributes when they are deactivated.',
    given: { ...aUser, has: ['active', 'name.givenName', 'name.familyName'] },
    request: { patch: setActive(false) },
    expect: ({ user }) => ({
      stored: { userName: user.sent.userName, 'name.givenName': 'Mira', 'name.familyName': 'Holt' },
    }),
  }),
]
