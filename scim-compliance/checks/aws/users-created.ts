import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, objectIn } from '../../expect.ts'
import type { Stage } from '../../stage.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { usersCheck } from './areas.ts'
import { lenient, sources } from './aws-checks.ts'
import { post } from './post-users.ts'

export const checks: readonly Check[] = [
  usersCheck({
    id: 'created-with-201',
    level: 'MUST',
    says: 'A user is created with 201, and the answer is the whole user.',
    source: sources.createUser,
    matters: 'ssosync and idp-scim-sync take the id from the answer.',
    mend: 'Answer POST with 201 and the user.',
    effect: 'not-linked',
    leadsTo: 'Clients can’t go on with the users that they have created.',
    run: async stage => {
      const { sent, body, answer } = await createUser(stage)
      expectEqual(body.userName, sent.userName, 'userName', answer)
    },
  }),
  usersCheck({
    id: 'schemas-optional',
    level: 'MUST',
    says: 'A user is created by a body without schemas.',
    source: sources.createUser,
    matters: 'AWS’s own samples have none, and its Terraform provider sends schemas: null.',
    mend: 'Go by the address, not by schemas.',
    effect: 'escrow',
    leadsTo: 'Clients that follow AWS’s samples create nobody.',
    run: async stage => {
      expectStatus(await post(stage, { schemas: null }), 201)
    },
  }),
  usersCheck({
    id: 'id-and-meta-tolerated',
    level: 'SHOULD',
    says: 'An empty id and a meta in the body of a POST aren’t refused.',
    source: sources.terraform,
    matters: 'The Terraform provider sends its whole record, with fields of no value.',
    mend: 'Pass over id and meta in bodies.',
    effect: 'escrow',
    leadsTo: 'Terraform can’t create users.',
    run: async stage => {
      const created = '0001-01-01T00:00:00Z'
      expectStatus(
        await post(stage, { id: '', meta: { resourceType: '', created, lastModified: created } }),
        201,
      )
    },
  }),
  usersCheck({
    id: 'boolean-as-text',
    level: 'MUST',
    says: 'active is taken as a text in PATCH, and shown as a boolean.',
    source: sources.patchUser,
    matters: 'AWS’s own sample sends "active": "false", and Entra ID sends "False".',
    mend: 'Read "true" and "false" in any case as booleans.',
    needs: ['write', 'users', 'patch'],
    effect: 'data-lost',
    leadsTo: 'People who are disabled by Entra ID stay active.',
    run: async stage => {
      needs(stage.users, 'active')
      const { path } = await createUser(stage)
      await expectPatched(stage, path, { op: 'replace', path: 'active', value: 'false' })
      await expectKept(stage, path, { active: false })
    },
  }),
  usersCheck({
    id: 'without-email',
    level: 'SHOULD',
    says: 'A user is created without an e-mail address.',
    source: sources.terraform,
    matters: 'The Terraform provider’s tests do so.',
    mend: 'Don’t require emails.',
    effect: 'escrow',
    leadsTo: 'Users without a mailbox aren’t created.',
    run: async stage => {
      expectStatus(await post(stage, {}, ['emails']), 201)
    },
  }),
  usersCheck({
    id: 'inactive-by-default',
    level: 'MAY',
    says: 'A user who is created without active is inactive.',
    source: sources.terraform,
    matters: 'The Terraform provider leaves out active where it is false.',
    mend: 'Take a missing active for false.',
    effect: 'shown-wrong',
    leadsTo: 'Users whom Terraform creates as disabled can sign in.',
    run: async stage => {
      needs(stage.users, 'active')
      const answer = await post(stage, {}, ['active'])
      expectStatus(answer, 201)
      expectEqual(objectIn(answer).active ?? false, false, 'active', answer)
    },
  }),
  ...(
    [
      ['user-name', 'userName', (stage: Stage) => `${stage.unique()}@example.com`, 'MUST'],
      ['external-id', 'externalId', (stage: Stage) => stage.unique(), 'MUST'],
    ] as const
  ).map(([name, attribute, value, level]) =>
    usersCheck({
      id: `${name}-is-unique`,
      level,
      says: `A second user with one ${attribute} is answered with 409.`,
      source: sources.troubleshooting,
      matters: 'idp-scim-sync creates first, and looks who it is on 409; ssosync passes over a 409.',
      mend: `Keep ${attribute} unique.`,
      effect: 'shown-wrong',
      leadsTo: `Clients that create first make people twice, because ${attribute} isn’t unique.`,
      run: async stage => {
        const given = { [attribute]: value(stage) }
        await createUser(stage, given)
        expectError(await post(stage, given), 409)
      },
    }),
  ),
  usersCheck({
    id: 'email-is-unique',
    level: 'MUST',
    says: 'A second user with one e-mail address is answered with 409.',
    source: sources.troubleshooting,
    matters: lenient,
    mend: 'Keep the primary address unique.',
    run: async stage => {
      needs(stage.users, 'emails.value')
      const { sent } = await createUser(stage)
      expectError(await post(stage, { emails: sent.emails ?? null }), 409)
    },
  }),
]
