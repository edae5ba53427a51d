import type { JsonObject } from '../../../json.ts'
import type { Made, Stage } from '../../../stage.ts'
import { textOf } from '../../tools/attributes.ts'
import { needFound } from '../../tools/lists.ts'

/** Some users with one text, who differ in what is given, and a filter that finds just them. */
export async function alike(stage: Stage, bodiesWith: (mark: string) => readonly JsonObject[]) {
  const text = textOf(stage.users)
  const mark = stage.unique()
  const made: Made[] = []
  for (const body of bodiesWith(mark))
    made.push(await stage.create(stage.users, { ...body, [text]: `${mark} x` }))
  const filter = `${text} eq "${mark} x"`
  await needFound(stage, stage.users, filter, made)
  return { made, filter }
}

export const picked = (made: readonly Made[], ...order: readonly number[]): readonly Made[] =>
  order.flatMap(index => made[index] ?? [])
