import type { Check, Level } from '../../check.ts'
import { expectEqual, expectStatus, jsonObject } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { expectRejected, patchCheck, sources, tooLenient } from './areas.ts'
import { requirePatched } from './prerequisites.ts'

type PatchRejection = {
  readonly id: string
  readonly title: string
  readonly level: Level
  readonly source: string
  readonly operations: readonly JsonObject[]
  readonly detail?: RegExp
}

const rejectedPatches: readonly PatchRejection[] = [
  {
    id: 'remove-without-path',
    title: 'A remove without a path',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove' }],
  },
  {
    id: 'add-without-value',
    title: 'An add without a value',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'add', path: 'title' }],
  },
  {
    id: 'no-op',
    title: 'An operation without op',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ path: 'title', value: 'Dispatcher' }],
  },
  {
    id: 'remove-user-name',
    title: 'A remove of userName',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove', path: 'userName' }],
  },
  {
    id: 'remove-active',
    title: 'A remove of active',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove', path: 'active' }],
  },
  {
    id: 'active-twice',
    title: 'More than one operation on active',
    level: 'MUST',
    source: sources.patchUser,
    operations: [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'active', value: true },
    ],
  },
  {
    id: 'pathless-several',
    title: 'A replace without a path that changes two attributes',
    level: 'SHOULD',
    source: sources.pathless,
    operations: [{ op: 'replace', value: { displayName: 'Mira Stone', title: 'Dispatcher' } }],
    detail: /omitting "path"/,
  },
  {
    id: 'two-emails',
    title: 'An add that results in two email addresses',
    level: 'MUST',
    source: sources.cloudTrail,
    operations: [
      { op: 'add', path: 'emails', value: [{ value: 'second@example.com', type: 'home', primary: false }] },
    ],
  },
  {
    id: 'remove-family-name',
    title: 'A remove of the family name',
    level: 'MAY',
    source: sources.createUser,
    operations: [{ op: 'remove', path: 'name.familyName' }],
  },
  {
    id: 'empty-text',
    title: 'A replace with an empty string',
    level: 'MUST',
    source: sources.cloudTrail,
    operations: [{ op: 'replace', path: 'name.familyName', value: '' }],
  },
]

export const patchChecks: readonly Check[] = [
  patchCheck('answers-the-user', 'MUST', sources.patchUser, {
    description: 'PATCH of a user returns 200 and the whole user.',
    rationale: 'Clients of AWS read the user from the response.',
    remedy: 'Return 200 with the user, not 204.',
    effect: 'escrow',
    leadsTo: 'Clients that read the response to a PATCH fail.',
    run: async context => {
      const user = await createUser(context)
      const response = await context.patch(user.path, {
        op: 'replace',
        path: 'displayName',
        value: 'Mira Stone',
      })
      expectStatus(response, 200)
      const { id, displayName } = jsonObject(response)
      expectEqual(
        { id: id ?? null, displayName: displayName ?? null },
        { id: user.id, displayName: 'Mira Stone' },
        'the user',
        response,
      )
    },
  }),
  patchCheck('op-in-any-case', 'MUST', sources.patchUser, {
    description: 'PATCH accepts op in any case.',
    rationale: 'Entra ID sends Replace and Add; AWS’s log contains REPLACE.',
    remedy: 'Ignore case when you compare op.',
    effect: 'escrow',
    leadsTo: 'Entra ID’s updates are rejected.',
    run: async context => {
      const { path } = await createUser(context)
      await expectPatched(context, path, { op: 'Replace', path: 'displayName', value: 'Mira Stone' })
      await expectStored(context, path, { displayName: 'Mira Stone' })
    },
  }),
  patchCheck('pathless-one', 'MUST', sources.pathless, {
    description: 'PATCH accepts a replace without a path that changes one attribute.',
    rationale: 'Okta and idp-scim-sync send it.',
    remedy: 'Accept a value without a path.',
    effect: 'escrow',
    leadsTo: 'Okta’s and idp-scim-sync’s updates are rejected.',
    run: async context => {
      const { path } = await createUser(context)
      await expectPatched(context, path, { op: 'replace', value: { displayName: 'Mira Stone' } })
      await expectStored(context, path, { displayName: 'Mira Stone' })
    },
  }),
  ...(
    [
      ['filtered-path', 'addresses[type eq "work"].locality', 'Leith'],
      ['enterprise-path', `${enterpriseUrn}:department`, 'Freight'],
      ['sub-attribute', 'name.givenName', 'Miranda'],
    ] as const
  ).map(([name, at, value]) =>
    patchCheck(name, 'MUST', sources.microsoft, {
      description: `add with the path ${at} sets the value, even if the element doesn’t exist.`,
      rationale: 'Entra ID’s gallery application for AWS has this path in its mapping.',
      remedy: 'Accept paths with dots, filters and URNs, and create missing elements.',
      ...(at.startsWith('urn:') && { needs: ['write', 'users', 'patch', 'enterprise'] as const }),
      effect: 'data-lost',
      leadsTo: `Entra ID’s updates of ${at} are rejected or lost.`,
      run: async context => {
        requireAttributes(context.users, at)
        const { path } = await createUser(context)
        await expectPatched(context, path, { op: 'Add', path: at, value })
        await expectStored(context, path, { [at]: value })
      },
    }),
  ),
  ...rejectedPatches.map(({ id, title, level, source, operations, detail }) =>
    patchCheck(id, level, source, {
      description: `${title} returns 400.`,
      rationale: tooLenient,
      remedy: `Return 400 for ${title.charAt(0).toLowerCase()}${title.slice(1)}.`,
      run: async context => {
        const user = await createUser(context)
        await requirePatched(context, user)
        expectRejected(await context.patch(user.path, ...operations), detail)
      },
    }),
  ),
]
