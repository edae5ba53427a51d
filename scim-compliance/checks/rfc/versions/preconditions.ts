import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus } from '../../../expect.ts'
import type { Answer, Made, Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { needPutEffect } from '../../tools/controls.ts'
import { expectReplaced } from '../../tools/puts.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { overwritten, readEachTime, versionsArea } from './areas.ts'
import { change, outdated, tagged } from './tagged.ts'

async function expectKept(stage: Stage, { path }: Made, text: string, value: string, answer: Answer) {
  expectEqual(at(await readAgain(stage, path), text), value, `${text}, after a refusal,`, answer)
}

export const checks: readonly Check[] = checksOf(versionsArea, [
  {
    id: 'stale-put',
    level: 'MUST',
    says: 'PUT with a stale If-Match is 412 and changes nothing.',
    requirements: ['R-211'],
    matters: overwritten,
    mend: 'Compare If-Match with the current version before you write.',
    run: async stage => {
      const { made, text, tag, value } = await outdated(stage)
      const answer = await stage.put(made.path, made.sent, { 'if-match': tag })
      expectStatus(answer, 412)
      await expectKept(stage, made, text, value, answer)
    },
  },
  {
    id: 'stale-patch',
    level: 'MUST',
    says: 'PATCH with a stale If-Match is 412 and changes nothing.',
    requirements: ['R-211'],
    needs: ['patch'],
    matters: overwritten,
    mend: 'Compare If-Match with the current version before you write.',
    run: async stage => {
      const { made, text, tag, value } = await outdated(stage)
      const answer = await change(stage, made.path, text, { 'if-match': tag })
      expectStatus(answer, 412)
      await expectKept(stage, made, text, value, answer)
    },
  },
  {
    id: 'stale-delete',
    level: 'MUST',
    says: 'DELETE with a stale If-Match is 412 and deletes nothing.',
    requirements: ['R-211'],
    matters: 'Somebody who was just taken on again is deleted.',
    mend: 'Compare If-Match with the current version before you delete.',
    run: async stage => {
      const { made, text, tag, value } = await outdated(stage)
      const answer = await stage.delete(made.path, { 'if-match': tag })
      expectStatus(answer, 412)
      await expectKept(stage, made, text, value, answer)
    },
  },
  {
    id: 'current',
    level: 'SHOULD',
    says: 'PUT with the current tag as If-Match succeeds.',
    requirements: ['R-211'],
    matters: 'Clients that are careful can’t change anything.',
    mend: 'Compare If-Match with the tag as you sent it, weak ones too.',
    run: async stage => {
      const { made, tag } = await tagged(stage)
      await needPutEffect(stage)
      expectReplaced(await stage.put(made.path, made.sent, { 'if-match': tag }))
    },
  },
  {
    id: 'any',
    level: 'SHOULD',
    says: '`If-Match: *` matches whatever there is.',
    source: 'RFC 9110 §13.1.1',
    requirements: ['R-211'],
    matters: 'Clients that only want to change what exists are refused.',
    mend: 'Let * match every resource that exists.',
    run: async stage => {
      const { made } = await tagged(stage)
      await needPutEffect(stage)
      expectReplaced(await stage.put(made.path, made.sent, { 'if-match': '*' }))
    },
  },
  {
    id: 'not-modified',
    level: 'SHOULD',
    says: 'GET with the current tag as If-None-Match is 304 without a body.',
    requirements: ['R-212'],
    matters: 'Clients read again what they have.',
    mend: 'Compare If-None-Match with the current version, and answer 304.',
    run: async stage => {
      const { made, tag } = await tagged(stage)
      const answer = await stage.get(made.path, { 'if-none-match': tag })
      expectStatus(answer, 304)
      expectEqual(answer.text, '', 'body', answer)
    },
  },
  {
    id: 'modified',
    level: 'SHOULD',
    says: 'GET with a stale tag as If-None-Match is 200 with the resource.',
    source: 'RFC 9110 §13.1.2',
    requirements: ['R-212', 'R-213'],
    matters: readEachTime,
    mend: 'Answer 304 only when the tag is the current one.',
    run: async stage => {
      const { made, tag } = await outdated(stage)
      expectStatus(await stage.get(made.path, { 'if-none-match': tag }), 200)
    },
  },
])
