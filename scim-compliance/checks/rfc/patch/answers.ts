import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, shown, skip } from '../../../expect.ts'
import { textOf } from '../../tools/attributes.ts'
import { needEffect } from '../../tools/patch-users.ts'
import { readAgain } from '../../tools/read.ts'
import { isSameState } from '../../tools/same-state.ts'
import { checksOf } from '../checks-of.ts'
import { patchPathsArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(patchPathsArea, [
  {
    id: 'answers-200-or-204',
    level: 'MUST',
    says: 'PATCH is answered with 200 and the resource, or with 204 and no body.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-166', 'R-175'],
    matters: 'Clients take anything else for a failure and send the change again.',
    mend: 'Answer 200 with the whole resource, or 204 without a body.',
    run: async stage => {
      const made = await stage.create(stage.users)
      const change = { op: 'replace', path: textOf(stage.users), value: stage.unique() }
      const answer = await stage.patch(made.path, change)
      expectStatus(answer, 200, 204)
      if (answer.status === 204) expectEqual(answer.text, '', 'body', answer)
      else expectEqual(objectIn(answer).id, made.id, 'id', answer)
      await needEffect(stage, made, textOf(stage.users))
    },
  },
  {
    id: 'answers-as-stored',
    level: 'MUST',
    says: 'What PATCH answers is what GET answers afterwards.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-175'],
    matters: 'Clients keep what they are answered, and see a difference the next time.',
    mend: 'Answer with the resource as it is after the change.',
    run: async stage => {
      const text = textOf(stage.users)
      const made = await stage.create(stage.users)
      const answer = await stage.patch(made.path, { op: 'replace', path: text, value: stage.unique() })
      if (answer.status === 204) skip('PATCH is answered without a body.')
      expectStatus(answer, 200)
      const read = await readAgain(stage, made.path)
      expectThat(
        isSameState(answer.body, read),
        `the resource as GET shows it ${shown(read)}`,
        answer.body,
        answer,
      )
    },
  },
])
