import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../../expect.ts'
import type { Stage, TypeAtHand } from '../../../stage.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { needPutEffect, needReadable } from '../../tools/controls.ts'
import { needEffect } from '../../tools/patch-users.ts'
import { made, posted } from '../../tools/posted.ts'
import { expectReplaced, isReplaced } from '../../tools/puts.ts'
import { checksOf } from '../checks-of.ts'
import { commonAttributesArea } from './areas.ts'

const groupsOrSkip = ({ types, groups }: Stage): TypeAtHand =>
  types.includes(groups) ? groups : skip('There are no groups.')

export const checks: readonly Check[] = checksOf(commonAttributesArea, [
  {
    id: 'id-given',
    level: 'MUST',
    says: 'What is created has an id, a text that isn’t empty.',
    requirements: ['R-041', 'R-047'],
    matters: 'Every later request of the client names the id; without one the object is lost to it.',
    mend: 'Return the id as a string, also where it is a number inside.',
    run: async stage => {
      const answer = await posted(stage, stage.users, stage.sample(stage.users))
      expectStatus(answer, 201)
      const id = at(answer.body, 'id')
      expectThat(typeof id === 'string' && id !== '', 'an id that is a text', id, answer)
    },
  },
  {
    id: 'id-stays',
    level: 'MUST',
    says: 'The id stays the same when the resource is changed, its userName included.',
    requirements: ['R-041'],
    matters:
      'Entra keeps the id for good; when it changes, the next read is 404, and the person stays in escrow with InvalidAnchor.',
    mend: 'Use an id of its own, not the userName or the email address.',
    run: async stage => {
      const { id, path, sent } = await stage.create(stage.users)
      const { userName } = stage.sample(stage.users)
      const changed = await stage.put(path, { ...sent, userName: userName ?? null })
      if (!isReplaced(changed)) skip(`A PUT with another userName is answered with ${changed.status}.`)
      const answer = await stage.get(path)
      expectStatus(answer, 200)
      expectEqual(at(answer.body, 'id'), id, 'id', answer)
    },
  },
  {
    id: 'id-not-reused',
    level: 'MUST',
    says: 'A user that is created again after its deletion has another id.',
    requirements: ['R-041', 'R-087'],
    matters: 'What others keep under the old id (memberships, grants, logs) would fall to the new one.',
    mend: 'Never give an id twice; a random UUID is the simplest.',
    run: async stage => {
      const { id, path, sent } = await stage.create(stage.users)
      expectStatus(await stage.delete(path), 204, 200)
      const answer = await posted(stage, stage.users, sent)
      if (answer.status !== 201) skip(`The second create is answered with ${answer.status}.`)
      expectThat(at(answer.body, 'id') !== id, 'another id', at(answer.body, 'id'), answer)
    },
  },
  {
    id: 'id-of-one-type',
    level: 'MUST',
    says: 'The id of a user is no group’s.',
    requirements: ['R-041'],
    matters: 'Members of groups are named by nothing but their id.',
    mend: 'Take the ids of all types from one source, or prefix them.',
    needs: ['groups'],
    run: async stage => {
      const user = await stage.create(stage.users)
      const group = await stage.create(groupsOrSkip(stage))
      expectThat(user.id !== group.id, 'different ids', group.id, group.answer)
      await needReadable(stage, group)
      expectStatus(await stage.get(`${stage.groups.endpoint}/${user.id}`), 404)
    },
  },
  {
    id: 'id-of-client-ignored',
    level: 'MUST',
    says: 'An id in the body of a create is ignored.',
    requirements: ['R-042', 'R-085'],
    matters:
      'The Terraform provider for AWS sends an empty id; others could take an id that is somebody else’s.',
    mend: 'Pass over id in bodies.',
    run: async stage => {
      const id = stage.unique()
      const answer = await made(stage, stage.users, stage.sample(stage.users, { id }))
      expectThat(at(answer.body, 'id') !== id, 'an id of the server’s own', id, answer)
    },
  },
  {
    id: 'id-of-client-ignored-put',
    level: 'MUST',
    says: 'Another id in the body of a PUT changes nothing of the id.',
    requirements: ['R-042', 'R-059'],
    matters: 'The client would lose the resource by its own update.',
    mend: 'Take the id from the address.',
    run: async stage => {
      await needPutEffect(stage)
      const { id, path, sent } = await stage.create(stage.users)
      const answer = await stage.put(path, { ...sent, id: stage.unique() })
      expectReplaced(answer)
      const read = await stage.get(path)
      expectStatus(read, 200)
      for (const one of answer.status === 204 ? [read] : [answer, read])
        expectEqual(at(one.body, 'id'), id, 'id', one)
    },
  },
  {
    id: 'id-of-client-patched',
    level: 'MUST',
    source: 'RFC 7644 §3.5.2',
    says: 'A PATCH of the id is refused with 400.',
    requirements: ['R-042', 'R-059', 'R-173'],
    matters: 'A client that believes to have changed an id looks for it in vain.',
    mend: 'Refuse operations on readOnly attributes with 400 and scimType mutability.',
    needs: ['patch'],
    run: async stage => {
      const user = await stage.create(stage.users)
      await needEffect(stage, user, textOf(stage.users))
      expectStatus(await stage.patch(user.path, { op: 'replace', path: 'id', value: stage.unique() }), 400)
    },
  },
  {
    id: 'id-without-bulkid',
    level: 'MUST',
    says: 'No id has the word bulkId in it.',
    requirements: ['R-043'],
    matters: 'In bulk requests bulkId: stands for something that is yet to be made.',
    mend: 'Use random ids.',
    run: async stage => {
      const { id, answer } = await stage.create(stage.users)
      expectThat(!/bulkid/i.test(id), 'an id without bulkId', id, answer)
    },
  },
])
