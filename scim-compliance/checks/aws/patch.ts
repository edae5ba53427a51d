import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, objectIn } from '../../expect.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { needPatched } from './accepted.ts'
import { patchCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'
import { refused } from './refused-patches.ts'

export const checks: readonly Check[] = [
  patchCheck({
    id: 'answers-the-user',
    level: 'MUST',
    says: 'PATCH of a user is answered with 200 and the whole user.',
    source: sources.patchUser,
    matters: 'Clients of AWS read the user from the answer.',
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
        const user = await createUser(stage)
        await needPatched(stage, user)
        expectRefused(await stage.patch(user.path, ...operations), detail)
      },
    }),
  ),
]
