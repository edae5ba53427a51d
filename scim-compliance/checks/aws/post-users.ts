import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { person } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'

/** A user with something of its own, and without some attributes. */
export const post = async (
  stage: Stage,
  given: JsonObject,
  left: readonly string[] = [],
): Promise<Answer> => {
  const body = stage.sample(stage.users, { ...person(stage), ...given })
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !left.includes(name)))
  return posted(stage, stage.users, sent)
}
