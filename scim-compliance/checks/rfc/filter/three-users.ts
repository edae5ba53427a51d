import type { Made, Stage } from '../../../stage.ts'
import { textOf } from '../../tools/attributes.ts'

/** Three users, a, b and c, and what tells them apart. */
type Three = { readonly mark: string; readonly text: string; readonly made: readonly Made[] }

export const three = async (stage: Stage): Promise<Three> => {
  const text = textOf(stage.users)
  const mark = stage.unique()
  const made: Made[] = []
  for (const letter of 'abc') made.push(await stage.create(stage.users, { [text]: `${mark} ${letter}` }))
  return { mark, text, made }
}
