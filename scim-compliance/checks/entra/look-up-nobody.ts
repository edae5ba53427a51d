import { expectStatus } from '../../expect.ts'
import type { Answer, Headers, Stage } from '../../stage.ts'
import { lookUp } from '../tools/look-ups.ts'
import { nobody } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'

export const lookUpNobody = (stage: Stage, headers?: Headers): Promise<Answer> =>
  stage.get(lookUp(stage.users, `userName eq "${nobody()}"`), headers)

/** Skips unless the probe is served as every job sends it. */
export const needProbe = (stage: Stage): Promise<void> =>
  reached('The probe isn’t answered with 200', 'entra/probe/user-answers-200', async () =>
    expectStatus(await lookUpNobody(stage), 200),
  )
