import type { JsonObject } from '../../../json.ts'
import type { Made, Stage } from '../../../stage.ts'
import { textOf } from '../../tools/attributes.ts'
import { narrow } from '../../tools/narrowed.ts'

/** Some users with one text, who differ in what is given, and a filter that finds just them. */
export async function alike(stage: Stage, bodiesWith: (mark: string) => readonly JsonObject[]) {
  const text = textOf(stage.users)
  const mark = stage.unique()
  const made: Made[] = []
  for (const body of bodiesWith(mark))
    made.push(await stage.create(stage.users, { ...body, [text]: `${mark} x` }))
  const filter = await narrow(stage, stage.users, made, `${text} eq "${mark} x"`)
  return { made, filter }
}

export const picked = (made: readonly Made[], ...order: readonly number[]): readonly Made[] =>
  order.flatMap(index => made[index] ?? [])
