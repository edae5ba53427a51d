import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { at, attributeOf, extended, needWritable, textOf, valuesAt, writable } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const much =
  'Entra ID and others ask for few attributes to keep large groups small; unasked ones cost them time and room.'
const little = 'Clients that ask for an attribute and don’t get it take it for unassigned, and set it again.'

/** Somebody with a text, and the name of that text. */
async function someone(stage: Stage, more: JsonObject = {}) {
  const text = textOf(stage.users)
  return { text, made: await stage.create(stage.users, { [text]: stage.unique(), ...more }) }
}

/** Shows what was asked for and id, and not the rest. */
function expectOnly(body: JsonObject | undefined, shown: string, hidden: string, answer: Answer): void {
  expectThat(typeof body?.id === 'string', 'id', body, answer)
  expectThat(at(body, shown) !== undefined, shown, body, answer)
  expectEqual(at(body, hidden), undefined, `${hidden}, which wasn’t asked for,`, answer)
}

const ask = async (stage: Stage, path: string, attributes: string) => {
  const answer = await stage.get(`${path}?attributes=${encodeURIComponent(attributes)}`)
  expectStatus(answer, 200)
  return { answer, body: objectIn(answer) }
}

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
        for (const one of resourcesIn(answer)) expectOnly(one, 'userName', text, answer)
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
        for (const one of resourcesIn(answer)) expectOnly(one, 'userName', text, answer)
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
        const group = await stage.create(stage.groups, { members: [{ value: user.id }] })
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
      id: 'sub-attributes',
      level: 'MUST',
      says: '`attributes=name.givenName` shows just that part of the name.',
      source: 'RFC 7644 §3.10',
      requirements: ['R-141'],
      matters: little,
      mend: 'Take names of sub-attributes in attributes.',
      run: async stage => {
        needWritable(stage.users, 'name.givenName', 'name.familyName')
        const { made } = await someone(stage, { name: { givenName: 'Ann', familyName: 'Check' } })
        const { answer, body } = await ask(stage, made.path, 'name.givenName')
        expectEqual(at(body, 'name', 'givenName'), 'Ann', 'name.givenName', answer)
        expectEqual(at(body, 'name', 'familyName'), undefined, 'name.familyName', answer)
      },
    },
    {
      id: 'parts-of-values',
      level: 'MUST',
      says: '`attributes=emails.value` shows just that of each value.',
      source: 'RFC 7644 §3.10',
      requirements: ['R-141'],
      matters: little,
      mend: 'Take names of sub-attributes of multi-valued attributes in attributes.',
      run: async stage => {
        needWritable(stage.users, 'emails.value', 'emails.type')
        const value = `${stage.unique()}@example.com`
        const { made } = await someone(stage, { emails: [{ type: 'work', value }] })
        const { answer, body } = await ask(stage, made.path, 'emails.value')
        const [email] = valuesAt(body, 'emails')
        expectEqual(String(email?.value).toLowerCase(), value, 'emails.value', answer)
        expectEqual(email?.type, undefined, 'emails.type', answer)
      },
    },
    {
      id: 'excluded-sub-attributes',
      level: 'MUST',
      says: '`excludedAttributes=name.givenName` leaves just that part of the name out.',
      source: 'RFC 7644 §3.10',
      requirements: ['R-139', 'R-141'],
      matters: much,
      mend: 'Take names of sub-attributes in excludedAttributes.',
      run: async stage => {
        needWritable(stage.users, 'name.givenName', 'name.familyName')
        const { made } = await someone(stage, { name: { givenName: 'Ann', familyName: 'Check' } })
        const answer = await stage.get(`${made.path}?excludedAttributes=name.givenName`)
        const body = objectIn(answer)
        expectEqual(at(body, 'name', 'familyName'), 'Check', 'name.familyName', answer)
        expectEqual(at(body, 'name', 'givenName'), undefined, 'name.givenName', answer)
      },
    },
    {
      id: 'any-case',
      level: 'MUST',
      says: 'Names are understood in upper and lower case: `attributes=USERNAME`.',
      source: 'RFC 7644 §3.10',
      requirements: ['R-141'],
      matters: little,
      mend: 'Look names of attributes up without regard to case.',
      run: async stage => {
        const { made, text } = await someone(stage)
        const { answer, body } = await ask(stage, made.path, 'USERNAME')
        expectOnly(body, 'userName', text, answer)
      },
    },
    {
      id: 'several',
      level: 'MUST',
      says: 'Several names are divided by commas.',
      source: 'RFC 7644 §3.9',
      requirements: ['R-141'],
      matters: little,
      mend: 'Split attributes at commas, also encoded ones.',
      run: async stage => {
        needWritable(stage.users, 'name.givenName')
        const { made, text } = await someone(stage, { name: { givenName: 'Ann', familyName: 'Check' } })
        const { answer, body } = await ask(stage, made.path, 'userName,name')
        expectOnly(body, 'userName', text, answer)
        expectOnly(body, 'name', text, answer)
      },
    },
    {
      id: 'full-names',
      level: 'MUST',
      says: 'Names with their schema are understood: `attributes=urn:…:User:userName`.',
      source: 'RFC 7644 §3.10',
      requirements: ['R-141'],
      matters: little,
      mend: 'Cut the URN of the type’s own schema off a name before you look it up.',
      run: async stage => {
        const { made, text } = await someone(stage)
        const { answer, body } = await ask(stage, made.path, `${stage.users.schema}:userName`)
        expectOnly(body, 'userName', text, answer)
      },
    },
    {
      id: 'extension-attributes',
      level: 'MUST',
      says: 'Attributes of extensions are asked for by their URN.',
      source: 'RFC 7644 §3.10',
      requirements: ['R-141'],
      needs: ['enterprise'],
      matters: 'Entra ID asks for managers like this, and sets them again when they aren’t shown.',
      mend: 'Resolve names that begin with the URN of an extension; the last colon ends it.',
      run: async stage => {
        writable(stage.users, 'department', enterprise)
        writable(stage.users, 'employeeNumber', enterprise)
        const values = { department: stage.unique(), employeeNumber: stage.unique() }
        const made = await stage.create(stage.users, extended(stage, stage.users, enterprise, values))
        const { answer, body } = await ask(stage, made.path, `${enterprise}:department`)
        expectEqual(at(body, enterprise, 'department'), values.department, 'department', answer)
        expectEqual(at(body, enterprise, 'employeeNumber'), undefined, 'employeeNumber', answer)
        expectEqual(at(body, 'userName'), undefined, 'userName', answer)
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
