import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, objectIn } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { awsChecks, expectRefused, lenient, sources } from './aws-checks.ts'

const need = ['write', 'users', 'patch'] as const
const check = awsChecks({ area: 'patch', section: 'PATCH of users', needs: need })

const refused: readonly (readonly [
  string,
  string,
  'MUST' | 'SHOULD' | 'MAY',
  string,
  readonly JsonObject[],
  (string | RegExp)?,
])[] = [
  ['remove-without-path', 'A remove without a path', 'MUST', sources.patchUser, [{ op: 'remove' }]],
  ['add-without-value', 'An add without a value', 'MUST', sources.patchUser, [{ op: 'add', path: 'title' }]],
  ['no-op', 'An operation without op', 'MUST', sources.patchUser, [{ path: 'title', value: 'Dispatcher' }]],
  [
    'remove-user-name',
    'A remove of userName',
    'MUST',
    sources.patchUser,
    [{ op: 'remove', path: 'userName' }],
  ],
  ['remove-active', 'A remove of active', 'MUST', sources.patchUser, [{ op: 'remove', path: 'active' }]],
  [
    'active-twice',
    'More than one operation on active',
    'MUST',
    sources.patchUser,
    [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'active', value: true },
    ],
  ],
  [
    'pathless-several',
    'A replace without a path that changes two attributes',
    'SHOULD',
    sources.pathless,
    [{ op: 'replace', value: { displayName: 'Mira Stone', title: 'Dispatcher' } }],
    /omitting "path"/,
  ],
  [
    'two-emails',
    'An add that makes two e-mail addresses',
    'MUST',
    sources.cloudTrail,
    [{ op: 'add', path: 'emails', value: [{ value: 'second@example.com', type: 'home', primary: false }] }],
  ],
  [
    'remove-family-name',
    'A remove of the family name',
    'MAY',
    sources.createUser,
    [{ op: 'remove', path: 'name.familyName' }],
  ],
  [
    'empty-text',
    'A replace with an empty text',
    'MUST',
    sources.cloudTrail,
    [{ op: 'replace', path: 'name.familyName', value: '' }],
  ],
]

export const checks: readonly Check[] = [
  check({
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
  check({
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
  check({
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
    check({
      id: name,
      level: 'MUST',
      says: `add with the path ${at} sets the value, also where nothing is there.`,
      source: sources.microsoft,
      matters: 'Entra ID’s gallery application for AWS has it in its mapping.',
      mend: 'Take paths with dots, filters and URNs, and make what is missing.',
      needs: at.startsWith('urn:') ? [...need, 'enterprise'] : need,
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
  ...refused.map(([name, says, level, source, operations, detail]) =>
    check({
      id: name,
      level,
      says: `${says} is refused with 400.`,
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
