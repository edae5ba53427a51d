import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../expect.ts'
import { at, attributeOf, textOf } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { withMembers } from '../tools/patches.ts'
import { ask, expectOnly, someone } from '../tools/projections.ts'

const much =
  'Entra ID and others ask for few attributes to keep large groups small; unasked ones cost them time and room.'

export const checks: readonly Check[] = checksOf(
  {
    area: 'projection',
    section: 'Projection',
    source: 'RFC 7644 §3.4.2.5, §3.9',
    needs: ['write', 'users'],
  },
  [
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
      level: 'MUST',
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
    {
      id: 'excluded',
      level: 'MUST',
      says: 'excludedAttributes leaves these out and shows the rest.',
      requirements: ['R-139'],
      matters:
        'Entra ID reads groups with excludedAttributes=members; with them, a large group takes too long.',
      mend: 'Leave out what excludedAttributes names.',
      run: async stage => {
        const { made, text } = await someone(stage)
        const answer = await stage.get(`${made.path}?excludedAttributes=${text}`)
        expectStatus(answer, 200)
        expectOnly(objectIn(answer), 'userName', text, answer)
      },
    },
    {
      id: 'excluded-in-lists',
      level: 'MUST',
      says: 'excludedAttributes is applied to each resource of a list.',
      requirements: ['R-139'],
      matters:
        'Entra ID looks groups up with excludedAttributes=members; with them, a large group takes too long.',
      mend: 'Apply excludedAttributes to each resource of a list.',
      run: async stage => {
        const { text } = await someone(stage)
        const answer = await stage.get(`${stage.users.endpoint}?excludedAttributes=${text}&count=10`)
        const resources = resourcesIn(answer)
        expectThat(resources.length > 0, 'users in the list', resources, answer)
        for (const one of resources) expectOnly(one, 'userName', text, answer)
      },
    },
    {
      id: 'excluded-members',
      level: 'MUST',
      says: '`excludedAttributes=members` reads a group without its members.',
      requirements: ['R-139'],
      needs: ['groups'],
      matters: 'Entra ID reads every group so; with members, a large one takes longer than it waits.',
      mend: 'Leave members out, and don’t read them, when they are excluded.',
      run: async stage => {
        const user = await stage.create(stage.users)
        const group = await withMembers(stage, [user.id])
        const answer = await stage.get(`${group.path}?excludedAttributes=members`)
        expectStatus(answer, 200)
        expectOnly(objectIn(answer), 'displayName', 'members', answer)
      },
    },
    {
      id: 'always-returned',
      level: 'MUST',
      says: 'excludedAttributes has no effect on what is always returned: id.',
      requirements: ['R-140'],
      matters: 'A resource without an id can’t be changed afterwards.',
      mend: 'Keep `returned: always` attributes whatever is excluded.',
      run: async stage => {
        const { made } = await someone(stage)
        const answer = await stage.get(`${made.path}?excludedAttributes=id,schemas`)
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).id, made.id, 'id', answer)
      },
    },
    {
      id: 'unknown-names',
      level: 'SHOULD',
      says: 'An attribute that there isn’t is no error, just nothing to show.',
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
      level: 'MUST',
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
      matters: 'Whoever has a token that reads would have everybody’s password.',
      mend: 'Never return what is `returned: never`.',
      run: async stage => {
        if (attributeOf(stage.users, 'password') === undefined) skip('Users have no password.')
        const { made } = await someone(stage, { password: `Aa1!${stage.unique()}` })
        const { answer, body } = await ask(stage, made.path, 'userName,password')
        expectEqual(at(body, 'password'), undefined, 'password', answer)
      },
    },
  ],
)
