import type { Check } from '../../check.ts'
import { expectStatus, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { patchOpUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser, userNameOf } from '../tools/people.ts'
import { readAgain } from '../tools/read.ts'
import { updateCheck } from './areas.ts'
import { needRenamed } from './needed.ts'
import { sources } from './sources.ts'

/** The operation does no harm to what comes along with it. */
async function expectPassedOver(stage: Stage, unknown: JsonObject): Promise<void> {
  const user = await createUser(stage)
  await needRenamed(stage, user)
  await expectPatched(stage, user.path, operation('Replace', 'displayName', 'Mira Stone'), unknown)
  await expectKept(stage, user.path, { displayName: 'Mira Stone' })
}

export const checks: readonly Check[] = [
  updateCheck({
    id: 'operations-first',
    says: 'A PATCH whose Operations come before schemas is taken, with a charset in its Content-Type.',
    source: sources.tutorial,
    matters: 'The tutorial’s samples and Entra ID’s captured bodies have the keys in different orders.',
    mend: 'Don’t depend on the order of keys, and compare media types without their parameters.',
    effect: 'write',
    when: 'Entra sends Operations before schemas, as in Microsoft’s samples',
    leadsTo: 'Updates aren’t applied.',
    run: async stage => {
      const user = await createUser(stage)
      await needRenamed(stage, user)
      const answer = await stage.send('PATCH', user.path, {
        body: { Operations: [operation('Replace', 'displayName', 'Mira Stone')], schemas: [patchOpUrn] },
        headers: { 'Content-Type': 'application/scim+json; charset=utf-8' },
      })
      expectStatus(answer, 200, 204)
      await expectKept(stage, user.path, { displayName: 'Mira Stone' })
    },
  }),
  updateCheck({
    id: 'all-or-nothing',
    says: 'A PATCH with an operation that fails changes nothing.',
    source: 'RFC 7644 §3.5.2',
    matters: 'Entra ID sends the whole PATCH again.',
    mend: 'Apply the operations of a PATCH in one transaction.',
    effect: 'shown-wrong',
    leadsTo: 'A failed update is stored in part, while Entra reports that nothing was written.',
    run: async stage => {
      const [user, other] = [await createUser(stage), await createUser(stage)]
      await needRenamed(stage, user)
      const { displayName } = await readAgain(stage, user.path)
      const answer = await stage.patch(
        user.path,
        operation('Replace', 'displayName', 'Half Done'),
        operation('Replace', 'userName', userNameOf(other)),
      )
      if (answer.status < 300) skip('The server lets two users have one userName.')
      await expectKept(stage, user.path, { displayName })
    },
  }),
  updateCheck({
    id: 'unknown-attribute',
    says: 'An operation on an attribute that the server doesn’t know isn’t refused.',
    source: sources.attributes,
    matters: 'Entra ID’s mappings often hold attributes that a server has never heard of.',
    mend: 'Pass over what isn’t known, and apply the rest.',
    effect: 'write',
    when: 'your mapping has an attribute that the server doesn’t know',
    leadsTo: 'Changed users aren’t updated.',
    run: stage => expectPassedOver(stage, operation('Add', 'shoeSizeOfSpringfield', '38')),
  }),
  updateCheck({
    id: 'unknown-extension',
    says: 'An operation on an extension that the server doesn’t know isn’t refused.',
    source: sources.attributes,
    matters: 'Custom attributes of Entra ID come as urn:…:CustomExtension:2.0:User:tag.',
    mend: 'Pass over what isn’t known, and apply the rest.',
    effect: 'write',
    when: 'your mapping has an extension that the server doesn’t know',
    leadsTo: 'Changed users aren’t updated.',
    run: stage => {
      const badge = 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User:badge'
      return expectPassedOver(stage, operation('Add', badge, 'B-204'))
    },
  }),
]
