import type { Stage } from '../../../stage.ts'
import { list, marked, type Parameters } from '../../tools/lists.ts'

/** Four users, and a way to ask for just them. */
export async function four(stage: Stage) {
  const { made, filter } = await marked(stage, stage.users, ['1', '2', '3', '4'])
  return {
    ids: made.map(({ id }) => id),
    page: (parameters: Parameters) => list(stage, stage.users, { filter, ...parameters }),
  }
}

export const anybody = async (stage: Stage): Promise<void> => {
  for (let number = 0; number < 3; number++) await stage.create(stage.users)
}
