import type { Made, Stage } from '../../../stage.ts'
import { searchedBy } from '../../tools/searched-by.ts'

/** Three users, a, b and c, and what tells them apart. */
type Three = { readonly mark: string; readonly text: string; readonly made: readonly Made[] }

export const three = async (stage: Stage): Promise<Three> => {
  const mark = stage.unique()
  const values = ['a', 'b', 'c'].map(letter => `${mark} ${letter}`)
  const { text, made } = await searchedBy(stage, stage.users, values)
  return { mark, text, made }
}
