import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, objectIn, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { createUsersArea } from './areas.ts'

async function conflict(
  stage: Stage,
): Promise<{ readonly answer: Answer; readonly path: string; readonly text: string }> {
  const text = textOf(stage.users)
  const { path, sent } = await stage.create(stage.users, { [text]: 'before' })
  const answer = await posted(stage, stage.users, { ...sent, [text]: 'after' })
  return { answer, path, text }
}

export const checks: readonly Check[] = checksOf(createUsersArea, [
  {
    id: 'conflict',
    level: 'MUST',
    says: 'A create with a userName that another user has is refused with 409.',
    requirements: ['R-086'],
    matters:
      'A client learns from 409 alone that somebody has the name: Entra calls it EntryConflict and tells its administrator. After anything else it only tries again.',
    mend: 'Answer 409 when a unique index is violated.',
    run: async stage => expectStatus((await conflict(stage)).answer, 409),
  },
  {
    id: 'conflict-type',
    level: 'MUST',
    says: 'A conflict over a unique value has scimType uniqueness.',
    requirements: ['R-086', 'R-018'],
    matters: 'Clients tell it from other conflicts by that.',
    mend: 'Put "scimType": "uniqueness" into the body of the 409.',
    run: async stage => {
      const { answer } = await conflict(stage)
      if (answer.status !== 409) skip(`The conflict is answered with ${answer.status}.`)
      expectEqual(objectIn(answer).scimType, 'uniqueness', 'scimType', answer)
    },
  },
  {
    id: 'conflict-changes-nothing',
    level: 'MUST',
    says: 'After a conflict the first user is as before.',
    requirements: ['R-086'],
    matters: 'A create that updates overwrites somebody else.',
    mend: 'Don’t make a POST an upsert.',
    run: async stage => {
      const { path, text } = await conflict(stage)
      const read = await stage.get(path)
      expectEqual(at(read.body, text), 'before', text, read)
    },
  },
])
