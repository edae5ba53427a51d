import type { Check } from '../../check.ts'
import { expectCreated, expectStatus, expectThat, isSuccess, jsonObject, skip } from '../../expect.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { expectGone } from '../steps/lists.ts'
import { acceptedBlame, expectPatched, patchActive, replace } from '../steps/patches.ts'
import { createUser, sentName } from '../steps/users-and-groups.ts'
import { byOwn, deprovisioningCheck, finds, quoted } from './areas.ts'

const byId = 'ipsie/deprovisioning/by-id'

const userNotFound = 'The identity provider can’t find users that exist, so it can’t deprovision them.'

export const deprovisioningChecks: readonly Check[] = [
  deprovisioningCheck('by-id', 'AL-103', '5.3', 'MUST', {
    description: 'GET /Users/{id} returns the user.',
    rationale: 'The identity provider reads a user before it changes it.',
    remedy: 'Support GET by id, also right after the creation.',
    given: { user: true },
    request: ({ user }) => ({ get: user.path }),
    expect: ({ user }) => ({ status: [200], body: { id: user.id } }),
  }),
  deprovisioningCheck('deactivate', 'AL-101', '5.1', 'MUST', {
    description: 'A PATCH with the path active and the value false deactivates a user.',
    rationale: 'People who have left keep their access.',
    remedy: 'Support replace of active by PATCH, and return false afterwards.',
    protects: 'disabling',
    after: [byId, 'probe/patch'],
    blame: acceptedBlame,
    run: async context =>
      patchActive(context, await context.create(context.users), false, replace('active', false)),
  }),
  deprovisioningCheck('reactivate', 'AL-101', '5.1', 'MUST', {
    description: 'A PATCH with the value true activates a deactivated user again.',
    rationale: 'People who return stay locked out.',
    remedy: 'Accept active true for a user that is inactive.',
    protects: 'enabling',
    after: [byId, 'ipsie/deprovisioning/deactivate'],
    blame: acceptedBlame,
    run: async context => {
      const made = await context.create(context.users)
      await expectPatched(context, made.path, replace('active', false))
      await patchActive(context, made, true, replace('active', true))
    },
  }),
  deprovisioningCheck('name-is-free', 'AL-102', '5.2', 'MUST', {
    description: 'Where users can be deleted, a new user can have the userName of a deleted one.',
    rationale: 'People who return can’t be provisioned, since their name conflicts with a deleted user.',
    remedy: 'Ignore deleted users when you check whether a userName is unique.',
    after: [byId],
    run: async context => {
      const { path, sent, id } = await context.create(context.users)
      const deleted = await context.delete(path)
      const { status } = deleted
      if (status === 405 || status === 501)
        skip(
          `DELETE returns ${status}: the draft leaves it to the server in §5.2, and requires it in §10.`,
          undefined,
          'operation',
        )
      if (!isSuccess(deleted)) expectStatus(deleted, 204)
      await expectGone(context, path)
      const response = await postForCleanup(context, context.users, sent)
      expectCreated(response)
      const { id: now } = jsonObject(response)
      expectThat(now !== id, 'another id than before', now, response)
    },
  }),
  deprovisioningCheck('find-by-name', 'AL-104', '5.4', 'MUST', {
    description: 'A filter by userName with eq finds only the user with this name.',
    rationale: userNotFound,
    remedy: 'Support userName eq in filters of users.',
    after: ['probe/filter'],
    ...finds('users', context => createUser(context), { userName: byOwn('userName') }),
  }),
  deprovisioningCheck('find-by-external-id', 'AL-104', '5.4', 'MUST', {
    description: 'A filter by externalId with eq finds only the user with this value.',
    rationale: userNotFound,
    remedy: 'Store externalId of users, and support externalId eq in filters.',
    after: ['probe/filter'],
    ...finds('users', context => createUser(context, { externalId: context.unique() }), {
      externalId: byOwn('externalId'),
    }),
  }),
  deprovisioningCheck('find-by-email', 'AL-104', '5.4', 'MUST', {
    description: 'Filters with a value path find only the user with this email address, also by its type.',
    rationale: userNotFound,
    remedy:
      'Support emails[value eq "…"] and emails[type eq "work" and value eq "…"], both conditions of which apply to one element.',
    after: ['probe/filter'],
    ...finds('users', context => createUser(context), {
      'emails[value]': [
        made => `emails[value eq ${quoted(sentName(made))}]`,
        (_, unused) => `emails[value eq ${quoted(unused)}]`,
      ],
      'emails[type and value]': [
        made => `emails[type eq "work" and value eq ${quoted(sentName(made))}]`,
        made => `emails[type eq "home" and value eq ${quoted(sentName(made))}]`,
      ],
    }),
  }),
]
