import type { Check, Level } from '../../check.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import type { Form, Scene } from '../forms.ts'
import { escrow, unwritten } from '../steps/client-areas.ts'
import { acceptedBlame, add, remove, replace, setsText } from '../steps/patches.ts'
import { createUser, sampleUser } from '../steps/users-and-groups.ts'
import { patchCheck, rejects, sources } from './areas.ts'

const aUser = { user: ({ context }: Scene) => sampleUser(context) }

const sets = (operation: (scene: Scene) => JsonObject): Form => ({ ...setsText(operation), given: aUser })

const addsAt = (id: string, at: string, value: string): Check =>
  patchCheck(id, 'MUST', sources.microsoft, {
    description: `add with the path ${at} sets the value, even if the element doesn’t exist.`,
    rationale: 'Entra ID’s gallery application for AWS has this path in its mapping.',
    remedy: 'Accept paths with dots, filters and URNs, and create missing elements.',
    ...(at.startsWith('urn:') && { needs: ['write', 'users', 'patch', 'enterprise'] as const }),
    leadsTo: unwritten(`Entra ID’s updates of ${at} aren’t applied.`),
    given: { ...aUser, has: [at] },
    request: { patch: { op: 'Add', path: at, value } },
    expect: { stored: { [at]: value } },
  })

type Rejection = { readonly source?: string; readonly level?: Level; readonly detail?: RegExp }

const rejected = (
  id: string,
  title: string,
  operations: JsonObject | readonly JsonObject[],
  { source = sources.patchUser, level = 'MUST', detail }: Rejection = {},
): Check =>
  patchCheck(id, level, source, {
    description: `${title} returns 400.`,
    remedy: `Return 400 for ${title.charAt(0).toLowerCase()}${title.slice(1)}.`,
    ...rejects(
      async context => context.patch((await createUser(context)).path, ...[operations].flat()),
      detail,
    ),
  })

export const patchChecks: readonly Check[] = [
  patchCheck('answers-the-user', 'MUST', sources.patchUser, {
    description: 'PATCH of a user returns 200 and the whole user.',
    rationale: 'Clients of AWS read the user from the response.',
    remedy: 'Return 200 with the user, not 204.',
    leadsTo: escrow('Clients that read the response to a PATCH fail.'),
    given: aUser,
    request: ({ text, mark }) => ({ patch: replace(text, mark) }),
    expect: ({ user, text, mark }) => ({ status: [200], body: { id: user.id, [text]: mark } }),
  }),
  patchCheck('op-in-any-case', 'MUST', sources.patchUser, {
    description: 'PATCH accepts op in any case.',
    rationale: 'Entra ID sends Replace and Add; AWS’s log contains REPLACE.',
    remedy: 'Ignore case when you compare op.',
    leadsTo: unwritten('Entra ID’s updates aren’t applied.'),
    blame: acceptedBlame,
    ...sets(({ text, mark }) => ({ op: 'Replace', path: text, value: mark })),
  }),
  patchCheck('pathless-one', 'MUST', sources.pathless, {
    description: 'PATCH accepts a replace without a path that changes one attribute.',
    rationale: 'Okta and idp-scim-sync send it.',
    remedy: 'Accept a value without a path.',
    leadsTo: unwritten('Okta’s and idp-scim-sync’s updates aren’t applied.'),
    ...sets(({ text, mark }) => ({ op: 'replace', value: { [text]: mark } })),
  }),
  addsAt('filtered-path', 'addresses[type eq "work"].locality', 'Leith'),
  addsAt('enterprise-path', `${enterpriseUrn}:department`, 'Freight'),
  addsAt('sub-attribute', 'name.givenName', 'Miranda'),
  rejected('remove-without-path', 'A remove without a path', { op: 'remove' }),
  rejected('add-without-value', 'An add without a value', { op: 'add', path: 'title' }),
  rejected('no-op', 'An operation without op', { path: 'title', value: 'Dispatcher' }),
  rejected('remove-user-name', 'A remove of userName', remove('userName')),
  rejected('remove-active', 'A remove of active', remove('active')),
  rejected('active-twice', 'More than one operation on active', [
    replace('active', false),
    replace('active', true),
  ]),
  rejected(
    'pathless-several',
    'A replace without a path that changes two attributes',
    { op: 'replace', value: { displayName: 'Mira Stone', title: 'Dispatcher' } },
    { source: sources.pathless, level: 'SHOULD', detail: /omitting "path"/ },
  ),
  rejected(
    'two-emails',
    'An add that results in two email addresses',
    add('emails', [{ value: 'second@example.com', type: 'home', primary: false }]),
    { source: sources.cloudTrail },
  ),
  rejected('remove-family-name', 'A remove of the family name', remove('name.familyName'), {
    source: sources.createUser,
    level: 'MAY',
  }),
  rejected('empty-text', 'A replace with an empty string', replace('name.familyName', ''), {
    source: sources.cloudTrail,
  }),
]
