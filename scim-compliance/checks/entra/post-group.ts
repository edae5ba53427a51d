import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { posted } from '../tools/posted.ts'

export const postGroup = async (stage: Stage, given: JsonObject): Promise<Answer> => {
  const body = stage.sample(stage.groups, {
    displayName: stage.unique(),
    meta: { resourceType: 'Group' },
    ...given,
  })
  return posted(stage, stage.groups, body)
}
