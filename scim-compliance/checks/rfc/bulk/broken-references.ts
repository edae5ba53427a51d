import type { Check } from '../../../check.ts'
import { expectThat } from '../../../expect.ts'
import { writable } from '../../tools/attributes.ts'
import { bulk, making, makingGroup, statusesOf } from '../../tools/bulk.ts'
import { checksOf } from '../checks-of.ts'
import { bulkReferencesArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(bulkReferencesArea, [
  {
    id: 'circles',
    level: 'MUST',
    says: 'Two groups that are in each other are made, or refused with 409.',
    source: 'RFC 7644 §3.7.1',
    requirements: ['R-204'],
    needs: ['groups'],
    matters: 'The request hangs, or half of it is made.',
    mend: 'Make both first and set the references afterwards, or answer 409 to both.',
    run: async stage => {
      writable(stage.groups, 'members')
      const answer = await bulk(stage, [
        makingGroup(stage, 'one', 'bulkId:two'),
        makingGroup(stage, 'two', 'bulkId:one'),
      ])
      if (answer.status === 409) return
      const statuses = statusesOf(answer)
      expectThat(
        ['201,201', '409,409'].includes(statuses.join()),
        'statuses 201 and 201, or 409 and 409',
        statuses,
        answer,
      )
    },
  },
  {
    id: 'unknown',
    level: 'practice',
    source: 'RFC 7644 §3.7.2, which is silent on it',
    says: 'An operation that refers to a bulkId not in the request fails.',
    requirements: ['R-203'],
    needs: ['groups'],
    matters: 'Members are stored that nobody is.',
    mend: 'Answer such an operation with 400 or 409.',
    run: async stage => {
      writable(stage.groups, 'members')
      const answer = await bulk(stage, [makingGroup(stage, 'team', 'bulkId:nobody')])
      if (answer.status >= 400 && answer.status < 500) return
      const [status = ''] = statusesOf(answer)
      expectThat(/^4\d\d$/.test(status), 'a status of 4xx', status, answer)
    },
  },
  {
    id: 'to-a-failure',
    level: 'practice',
    says: 'What refers to an operation that failed fails too.',
    requirements: ['R-203'],
    needs: ['groups'],
    matters: 'Members are stored that nobody is.',
    mend: 'Answer operations whose references can’t be resolved with 400 or 409.',
    run: async stage => {
      writable(stage.groups, 'members')
      const user = { ...making(stage, 'ann'), data: { schemas: [stage.users.schema] } }
      const answer = await bulk(stage, [user, makingGroup(stage, 'team', 'bulkId:ann')])
      const statuses = statusesOf(answer)
      expectThat(!statuses.includes('201'), 'no 201', statuses, answer)
    },
  },
])
