import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, skip } from '../../../expect.ts'
import { at, attributeOf } from '../../tools/attributes.ts'
import { ask, expectOnly, someone } from '../../tools/projections.ts'
import { checksOf } from '../checks-of.ts'
import { projectionArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(projectionArea, [
  {
    id: 'unknown-names',
    level: 'SHOULD',
    says: 'An unknown name in attributes is ignored, and is no error.',
    requirements: ['R-138'],
    matters: 'Clients ask for everything in their mapping, also for what this server hasn’t got.',
    mend: 'Ignore names of attributes that you don’t know.',
    run: async stage => {
      const { made } = await someone(stage)
      const { answer, body } = await ask(stage, made.path, 'userName,nonsuch')
      expectThat(at(body, 'userName') !== undefined, 'userName', body, answer)
    },
  },
  {
    id: 'both',
    level: 'SHOULD',
    says: 'attributes and excludedAttributes together are refused, or attributes wins.',
    source: 'RFC 7644 §3.9',
    requirements: ['R-142'],
    matters: 'A client that sends both is shown something that it can’t have meant.',
    mend: 'Answer 400 invalidValue when both are given.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const answer = await stage.get(`${made.path}?attributes=userName&excludedAttributes=${text}`)
      expectStatus(answer, 400, 200)
      if (answer.status === 200) expectOnly(objectIn(answer), 'userName', text, answer)
    },
  },
  {
    id: 'never-returned',
    level: 'MUST',
    says: 'A password isn’t shown even when it is asked for.',
    source: 'RFC 7643 §7',
    requirements: ['R-138'],
    matters: 'Every client with read access would get all passwords.',
    mend: 'Never return what is `returned: never`.',
    run: async stage => {
      if (attributeOf(stage.users, 'password') === undefined) skip('Users have no password.')
      const { made } = await someone(stage, { password: `Aa1!${stage.unique()}` })
      const { answer, body } = await ask(stage, made.path, 'userName,password')
      expectEqual(at(body, 'password'), undefined, 'password', answer)
    },
  },
])
