import type { Answer, Made, Stage } from '../../../stage.ts'
import { list, type Parameters } from '../../tools/lists.ts'
import { narrow } from '../../tools/narrowed.ts'

/** Creates so many users. */
export async function someUsers(stage: Stage, count: number): Promise<readonly Made[]> {
  const made: Made[] = []
  for (let number = 0; number < count; number++) made.push(await stage.create(stage.users))
  return made
}

/** Four users, and a way to request just them. */
export async function four(stage: Stage) {
  const made = await someUsers(stage, 4)
  const filter = await narrow(stage, stage.users, made)
  return {
    ids: made.map(({ id }) => id),
    page: (parameters: Parameters): Promise<Answer> => list(stage, stage.users, { filter, ...parameters }),
  }
}
