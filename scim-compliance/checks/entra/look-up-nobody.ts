import type { Answer, Headers, Stage } from '../../stage.ts'
import { lookUp } from '../tools/look-ups.ts'
import { nobody } from '../tools/people.ts'

export const lookUpNobody = (stage: Stage, headers?: Headers): Promise<Answer> =>
  stage.get(lookUp(stage.users, `userName eq "${nobody()}"`), headers)
