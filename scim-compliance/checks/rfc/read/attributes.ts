import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../../expect.ts'
import { textOf } from '../../tools/attributes.ts'
import { ask, expectOnly, someone } from '../../tools/projections.ts'
import { checksOf } from '../checks-of.ts'
import { projectionArea } from './areas.ts'

const much = 'Clients ask for few attributes to keep answers small; unasked ones cost them time and room.'

export const checks: readonly Check[] = checksOf(projectionArea, [
  {
    id: 'get',
    level: 'MUST',
    says: 'GET with attributes shows just these and what is always returned.',
    requirements: ['R-138'],
    matters: much,
    mend: 'Leave out what isn’t named and isn’t `returned: always`.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const { answer, body } = await ask(stage, made.path, 'userName')
      expectOnly(body, 'userName', text, answer)
    },
  },
  {
    id: 'get-schemas',
    level: 'SHOULD',
    says: 'schemas is shown whatever attributes asks for.',
    requirements: ['R-138'],
    matters: 'Clients don’t know what they read, and refuse it.',
    mend: 'Always return schemas and id.',
    run: async stage => {
      const { made } = await someone(stage)
      const { answer, body } = await ask(stage, made.path, 'userName')
      const { schemas } = body
      expectThat(Array.isArray(schemas) && schemas.length > 0, 'schemas', schemas, answer)
    },
  },
  {
    id: 'list',
    level: 'MUST',
    says: 'Lists with attributes show just these of each.',
    requirements: ['R-138'],
    matters: much,
    mend: 'Apply attributes to each resource of a list.',
    run: async stage => {
      const { text } = await someone(stage)
      const answer = await stage.get(`${stage.users.endpoint}?attributes=userName&count=10`)
      const resources = resourcesIn(answer)
      expectThat(resources.length > 0, 'users in the list', resources, answer)
      for (const one of resources) expectOnly(one, 'userName', text, answer)
    },
  },
  {
    id: 'create',
    level: 'MUST',
    says: 'POST with attributes answers with just these.',
    requirements: ['R-138'],
    matters: much,
    mend: 'Apply attributes also to the answers of POST.',
    run: async stage => {
      const text = textOf(stage.users)
      const body = stage.sample(stage.users, { [text]: stage.unique() })
      const answer = await stage.post(`${stage.users.endpoint}?attributes=userName`, body)
      stage.willRemove(stage.users, answer)
      expectStatus(answer, 201)
      expectOnly(objectIn(answer), 'userName', text, answer)
    },
  },
  {
    id: 'replace',
    level: 'MUST',
    says: 'PUT with attributes answers with just these.',
    requirements: ['R-138'],
    matters: much,
    mend: 'Apply attributes also to the answers of PUT.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const answer = await stage.put(`${made.path}?attributes=userName`, made.sent)
      if (answer.status === 204) skip('PUT is answered without a body.')
      expectStatus(answer, 200)
      expectOnly(objectIn(answer), 'userName', text, answer)
    },
  },
  {
    id: 'patch-answers-200',
    level: 'MUST',
    says: 'PATCH with attributes answers 200, never 204.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-143'],
    needs: ['patch'],
    matters: 'A client that asks what became of its change is left without an answer.',
    mend: 'Answer PATCH with 200 and the resource whenever attributes is given.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const change = { op: 'replace', path: text, value: stage.unique() }
      expectStatus(await stage.patch(`${made.path}?attributes=userName`, change), 200)
    },
  },
  {
    id: 'patch',
    level: 'MUST',
    says: 'PATCH with attributes answers with just these.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-138', 'R-143'],
    needs: ['patch'],
    matters: much,
    mend: 'Apply attributes also to the answers of PATCH.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const change = { op: 'replace', path: text, value: stage.unique() }
      const answer = await stage.patch(`${made.path}?attributes=userName`, change)
      if (answer.status === 204) skip('PATCH is answered without a body.')
      expectStatus(answer, 200)
      expectOnly(objectIn(answer), 'userName', text, answer)
    },
  },
])
