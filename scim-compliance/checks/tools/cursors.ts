import { expectStatus, objectIn, skip } from '../../expect.ts'
import type { Answer, Stage } from '../../stage.ts'
import { list, type Parameters } from './lists.ts'
import { marked } from './narrowed.ts'

/** Five users, and a way to ask for just them. */
export async function five(stage: Stage) {
  const { made, filter, text } = await marked(stage, stage.users, ['1', '2', '3', '4', '5'])
  const page = (parameters: Parameters) => list(stage, stage.users, { filter, ...parameters })
  return { ids: made.map(({ id }) => id), made, filter, text, page }
}

/** The cursor of the next page; undefined on the last one. */
export const nextOf = (answer: Answer): string | undefined => {
  expectStatus(answer, 200)
  const { nextCursor } = objectIn(answer)
  return typeof nextCursor === 'string' ? nextCursor : undefined
}

/** The first page of two, and the cursor in it; skips where there is none. */
export async function begun(stage: Stage) {
  const found = await five(stage)
  const first = await found.page({ cursor: '', count: 2 })
  if (first.status !== 200) skip(`A first page by cursor is answered with ${first.status}.`)
  return { ...found, first, next: nextOf(first) ?? skip('The first of several pages has no nextCursor.') }
}

/** The pages from the first to the last, of two each; ten at most. */
export async function walk(page: (parameters: Parameters) => Promise<Answer>, parameters: Parameters = {}) {
  const pages: Answer[] = []
  let cursor: string | undefined = ''
  while (cursor !== undefined && pages.length < 10) {
    const answer: Answer = await page({ ...parameters, cursor, count: 2 })
    pages.push(answer)
    cursor = nextOf(answer)
  }
  return pages
}
