import { Skip, skip } from '../../../expect.ts'
import type { Answer, Made, Stage } from '../../../stage.ts'
import { idsIn, list, type Parameters } from '../../tools/lists.ts'
import { narrow } from '../../tools/narrowed.ts'
import { followsFrom } from '../../tools/prepared.ts'

/** Creates so many users. */
export async function someUsers(stage: Stage, count: number): Promise<readonly Made[]> {
  const made: Made[] = []
  for (let number = 0; number < count; number++) made.push(await stage.create(stage.users))
  return made
}

/** Four users, and a way to request just them; skips where no filter finds just them. */
export async function four(stage: Stage) {
  const made = await someUsers(stage, 4)
  const filter = await narrow(stage, stage.users, made)
  return {
    ids: made.map(({ id }) => id),
    page: (parameters: Parameters): Promise<Answer> => list(stage, stage.users, { filter, ...parameters }),
  }
}

/** A list of at least four users: just four of them, or the whole directory where no filter finds just them. */
async function fourOrMore(stage: Stage) {
  const made = await someUsers(stage, 4)
  const filter = await narrow(stage, stage.users, made).catch((error: unknown) => {
    if (error instanceof Skip) return undefined
    throw error
  })
  return (parameters: Parameters): Promise<Answer> =>
    list(stage, stage.users, { ...(filter !== undefined && { filter }), ...parameters })
}

/** Skips where pages are larger than count: then the server doesn't page at all, and other rules say nothing of it. */
export async function needCount(stage: Stage): Promise<void> {
  await someUsers(stage, 2)
  if (idsIn(await list(stage, stage.users, { startIndex: 1, count: 1 })).length > 1)
    followsFrom('Pages are larger than count', 'rfc/index-paging/count-limits')
}

const attempts = 3
/** How often a list is requested again before a page counts as wrong: each time it has to begin as it did. */
const lookups = 12
/** How far lists have to agree. */
const compared = 4

/**
 * A page of two, and the id in the whole list that it has to begin with. RFC 7644 leaves the order of a list open, and
 * other checks create and delete meanwhile: a page that begins otherwise counts only where the list keeps its order.
 */
export async function pageInOrder(stage: Stage, startIndex: number, position: number) {
  const page = await fourOrMore(stage)
  const beginning = async () => idsIn(await page({})).slice(0, compared)
  const keeps = async (order: readonly string[]): Promise<boolean> => {
    for (let lookup = 0; lookup < lookups; lookup++)
      if ((await beginning()).join() !== order.join()) return false
    return true
  }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const order = await beginning()
    const wanted =
      order[position] ?? skip('The server returns fewer resources than would be needed to compare pages.')
    const answer = await page({ startIndex, count: 2 })
    if (idsIn(answer)[0] === wanted || (await keeps(order))) return { answer, wanted }
  }
  return skip(
    'The list has another order at each request, which RFC 7644 allows: its pages can’t be compared.',
  )
}
