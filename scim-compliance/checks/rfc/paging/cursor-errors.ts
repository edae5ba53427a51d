import type { Check } from '../../../check.ts'
import type { Stage } from '../../../stage.ts'
import { begun } from '../../tools/cursors.ts'
import { list } from '../../tools/lists.ts'
import { refusalsOf } from '../checks-of.ts'
import { cursorPagingArea } from './areas.ts'

const noCursor = {
  control: async (stage: Stage) => (await begun(stage)).first,
  matters:
    'A client that goes on with a wrong cursor gets pages that don’t belong together, and takes people for deleted.',
  requirements: ['R-130'],
  source: 'RFC 9865 §2.1',
  level: 'SHOULD',
} as const

export const checks: readonly Check[] = refusalsOf(cursorPagingArea, [
  {
    ...noCursor,
    id: 'refuses-nonsense',
    says: 'A cursor that the server never gave is refused.',
    mend: 'Answer an unknown cursor with 400 and invalidCursor.',
    scimTypes: ['invalidCursor'],
    send: stage => list(stage, stage.users, { cursor: 'nonsense-that-no-server-gave', count: 2 }),
  },
  {
    ...noCursor,
    id: 'refuses-forged',
    says: 'A cursor that was tampered with is refused.',
    requirements: ['R-130', 'R-137'],
    mend: 'Sign or encrypt cursors, or keep them; answer others with 400 and invalidCursor.',
    scimTypes: ['invalidCursor'],
    send: async stage => {
      const { next, page } = await begun(stage)
      const middle = Math.floor(next.length / 2)
      const other = next.charAt(middle) === 'A' ? 'B' : 'A'
      const forged = next.slice(0, middle) + other + next.slice(middle + 1)
      return page({ cursor: forged, count: 2 })
    },
  },
  {
    ...noCursor,
    id: 'refuses-changed-filter',
    level: 'SHOULD',
    says: 'A cursor with another filter than it was given for is refused.',
    requirements: ['R-129'],
    mend: 'Keep the query in the cursor, and refuse another one.',
    scimTypes: ['invalidCursor', 'invalidFilter', 'invalidValue'],
    send: async stage => {
      const { next } = await begun(stage)
      return list(stage, stage.users, { filter: 'id pr', cursor: next, count: 2 })
    },
  },
  {
    ...noCursor,
    id: 'refuses-changed-sort',
    level: 'SHOULD',
    says: 'A cursor with another order than it was given for is refused.',
    requirements: ['R-129'],
    needs: ['sort'],
    mend: 'Keep the order in the cursor, and refuse another one.',
    scimTypes: ['invalidCursor', 'invalidValue'],
    send: async stage => {
      const { next, text, page } = await begun(stage)
      return page({ cursor: next, count: 2, sortBy: text, sortOrder: 'descending' })
    },
  },
  {
    ...noCursor,
    id: 'refuses-bad-count',
    says: 'A count that isn’t a number is refused.',
    mend: 'Answer it with 400 and invalidCount.',
    scimTypes: ['invalidCount'],
    send: stage => list(stage, stage.users, { cursor: '', count: 'many' }),
  },
])
