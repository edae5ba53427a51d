import type { Check, Level } from '../../check.ts'
import { expectEqual, expectStatus, objectIn } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { patchCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'

/** Operations that AWS refuses. */
type Refusal = {
  readonly id: string
  readonly what: string
  readonly level: Level
  readonly source: string
  readonly operations: readonly JsonObject[]
  readonly detail?: RegExp
}

const refused: readonly Refusal[] = [
  {
    id: 'remove-without-path',
    what: 'A remove without a path',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove' }],
  },
  {
    id: 'add-without-value',
    what: 'An add without a value',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'add', path: 'title' }],
  },
  {
    id: 'no-op',
    what: 'An operation without op',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ path: 'title', value: 'Dispatcher' }],
  },
  {
    id: 'remove-user-name',
    what: 'A remove of userName',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove', path: 'userName' }],
  },
  {
    id: 'remove-active',
    what: 'A remove of active',
    level: 'MUST',
    source: sources.patchUser,
    operations: [{ op: 'remove', path: 'active' }],
  },
  {
    id: 'active-twice',
    what: 'More than one operation on active',
    level: 'MUST',
    source: sources.patchUser,
    operations: [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'active', value: true },
    ],
  },
  {
    id: 'pathless-several',
    what: 'A replace without a path that changes two attributes',
    level: 'SHOULD',
    source: sources.pathless,
    operations: [{ op: 'replace', value: { displayName: 'Mira Stone', title: 'Dispatcher' } }],
    detail: /omitting "path"/,
  },
  {
    id: 'two-emails',
    what: 'An add that makes two e-mail addresses',
    level: 'MUST',
    source: sources.cloudTrail,
    operations: [
      { op: 'add', path: 'emails', value: [{ value: 'second@example.com', type: 'home', primary: false }] },
    ],
  },
  {
    id: 'remove-family-name',
    what: 'A remove of the family name',
    level: 'MAY',
    source: sources.createUser,
    operations: [{ op: 'remove', path: 'name.familyName' }],
  },
  {
    id: 'empty-text',
    what: 'A replace with an empty text',
    level: 'MUST',
    source: sources.cloudTrail,
    operations: [{ op: 'replace', path: 'name.familyName', value: '' }],
  },
]

export const checks: readonly Check[] = [
  patchCheck({
    id: 'answers-the-user',
    level: 'MUST',
    says: 'PATCH of a user is answered with 200 and the whole user.',
    source: sources.patchUser,
    matters: 'idp-scim-sync and ssosync read the user from the answer.',
    mend: 'Answer 200 with the user, not 204.',
    effect: 'escrow',
    leadsTo: 'Clients that read the answer to a PATCH fail.',
    run: async stage => {
      const user = await createUser(stage)
      const answer = await stage.patch(user.path, { op: 'replace', path: 'displayName', value: 'Mira Stone' })
      expectStatus(answer, 200)
      const { id, displayName } = objectIn(answer)
      expectEqual(
        { id: id ?? null, displayName: displayName ?? null },
        { id: user.id, displayName: 'Mira Stone' },
        'the user',
        answer,
      )
    },
  }),
  patchCheck({
    id: 'op-in-any-case',
    level: 'MUST',
    says: 'op is taken in any case.',
    source: sources.patchUser,
    matters: 'Entra ID sends Replace and Add; AWS’s log shows REPLACE.',
    mend: 'Compare op without regard to case.',
    effect: 'escrow',
    leadsTo: 'Entra ID’s updates are refused.',
    run: async stage => {
      const { path } = await createUser(stage)
      await expectPatched(stage, path, { op: 'Replace', path: 'displayName', value: 'Mira Stone' })
      await expectKept(stage, path, { displayName: 'Mira Stone' })
    },
  }),
  patchCheck({
    id: 'pathless-one',
    level: 'MUST',
    says: 'A replace without a path that changes one attribute is taken.',
    source: sources.pathless,
    matters: 'Okta and idp-scim-sync send it.',
    mend: 'Take a value without a path.',
    effect: 'escrow',
    leadsTo: 'Okta’s and idp-scim-sync’s updates are refused.',
    run: async stage => {
      const { path } = await createUser(stage)
      await expectPatched(stage, path, { op: 'replace', value: { displayName: 'Mira Stone' } })
      await expectKept(stage, path, { displayName: 'Mira Stone' })
    },
  }),
  ...(
    [
      ['filtered-path', 'addresses[type eq "work"].locality', 'Leith'],
      ['enterprise-path', `${enterpriseUrn}:department`, 'Freight'],
      ['sub-attribute', 'name.givenName', 'Miranda'],
    ] as const
  ).map(([name, at, value]) =>
    patchCheck({
      id: name,
      level: 'MUST',
      says: `add with the path ${at} sets the value, also where nothing is there.`,
      source: sources.microsoft,
      matters: 'Entra ID’s gallery application for AWS has it in its mapping.',
      mend: 'Take paths with dots, filters and URNs, and make what is missing.',
      ...(at.startsWith('urn:') && { needs: ['write', 'users', 'patch', 'enterprise'] as const }),
      effect: 'data-lost',
      leadsTo: `Entra ID’s updates of ${at} are refused.`,
      run: async stage => {
        needs(stage.users, at)
        const { path } = await createUser(stage)
        await expectPatched(stage, path, { op: 'Add', path: at, value })
        await expectKept(stage, path, { [at]: value })
      },
    }),
  ),
  ...refused.map(({ id, what, level, source, operations, detail }) =>
    patchCheck({
      id,
      level,
      says: `${what} is refused with 400.`,
      source,
      matters: lenient,
      mend: 'Refuse what AWS’s page on PatchUser doesn’t allow.',
      run: async stage => {
        const { path } = await createUser(stage)
        expectRefused(await stage.patch(path, ...operations), detail)
      },
    }),
  ),
]
