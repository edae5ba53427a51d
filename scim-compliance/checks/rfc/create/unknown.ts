import type { Check } from '../../../check.ts'
import { expectStatus, expectThat } from '../../../expect.ts'
import { at } from '../../tools/attributes.ts'
import { needPut } from '../../tools/controls.ts'
import { made, postedSample } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { createUsersArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(createUsersArea, [
  {
    id: 'put-unknown',
    level: 'SHOULD',
    source: 'RFC 7644 §3.2, §3.5.1',
    says: 'A PUT to an unknown id returns 404.',
    requirements: ['R-088'],
    matters: 'A client that updates somebody who was deleted has to learn that.',
    mend: 'Look the resource up before replacing it.',
    run: async stage => {
      await needPut(stage)
      const answer = await stage.put(`${stage.users.endpoint}/${stage.unique()}`, stage.sample(stage.users))
      stage.willRemove(stage.users, answer)
      expectStatus(answer, 404)
    },
  },
  {
    id: 'put-unknown-makes-nothing',
    level: 'MUST',
    source: 'RFC 7644 §3.2, §3.5.1',
    says: 'A PUT to an unknown id creates nothing.',
    requirements: ['R-088'],
    matters: 'Deleted people come back.',
    mend: 'Don’t make a PUT an upsert; ids are the server’s to give.',
    run: async stage => {
      await needPut(stage)
      const path = `${stage.users.endpoint}/${stage.unique()}`
      const body = stage.sample(stage.users)
      stage.willRemove(stage.users, await stage.put(path, body))
      expectStatus(await stage.get(path), 404)
      // Were somebody made after all, the name would be taken.
      await made(stage, stage.users, body)
    },
  },
  {
    id: 'unknown-attribute',
    level: 'SHOULD',
    source: 'RFC 7644 §3.1',
    says: 'An attribute that the schema doesn’t have is ignored, or the create is refused with 400; it isn’t returned.',
    requirements: ['R-089'],
    matters: 'The client can’t tell whether something was stored that no schema knows.',
    mend: 'Read the attributes of the schema, and pass over or refuse the others.',
    run: async stage => {
      const given = { scimCheckUnknown: stage.unique() }
      const answer = await postedSample(stage, stage.users, given)
      expectStatus(answer, 201, 400)
      const got = at(answer.body, 'scimCheckUnknown')
      expectThat(got === undefined, 'nothing of it in the answer', got, answer)
    },
  },
])
