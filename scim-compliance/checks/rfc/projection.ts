import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import { enterpriseUrn } from '../../scim.ts'
import {
  extensionValues,
  findAttribute,
  objectsIn,
  requireWritable,
  requireWritableAttribute,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { expectEventually } from '../steps/lists.ts'
import { createWithMembers } from '../steps/patches.ts'
import {
  createWithText,
  expectOnly,
  readWithAttributes,
  readWithNamedAttributes,
  requireProjection,
} from '../steps/projections.ts'
import { projectionArea } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

const sentTooMuch = 'Clients request few attributes to keep responses small. Others cost time and memory.'

export const readAttributeChecks: readonly Check[] = defineChecks(projectionArea, [
  must('get', ['R-138'], {
    description: 'GET with attributes returns only these and the attributes that are always returned.',
    rationale: sentTooMuch,
    remedy: 'Omit attributes that aren’t named and aren’t `returned: always`.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const { response, body } = await readWithAttributes(context, made.path, 'userName')
      expectOnly(body, 'userName', text, response)
    },
  }),
  should('get-schemas', ['R-138'], {
    description: 'The server returns schemas, whatever attributes requests.',
    rationale: 'Without them, clients can’t identify what they read, and reject it.',
    remedy: 'Always return schemas and id.',
    run: async context => {
      const { made } = await createWithText(context)
      const { response, body } = await readWithAttributes(context, made.path, 'userName')
      const { schemas } = body
      expectThat(Array.isArray(schemas) && schemas.length > 0, 'schemas', schemas, response)
    },
  }),
  must('list', ['R-138'], {
    description: 'The attributes parameter applies to each resource of a list.',
    rationale: sentTooMuch,
    remedy: 'Apply attributes to each resource of a list.',
    run: async context => {
      const { text } = await createWithText(context)
      await expectEventually(context, async () => {
        const response = await context.get(`${context.users.endpoint}?attributes=userName&count=10`)
        const resources = listedResources(response)
        expectThat(resources.length > 0, 'users in the list', resources, response)
        for (const one of resources) expectOnly(one, 'userName', text, response)
      })
    },
  }),
  must('create', ['R-138'], {
    description: 'POST with attributes returns only these.',
    rationale: sentTooMuch,
    remedy: 'Apply attributes to responses to POST, too.',
    run: async context => {
      const text = textAttributeName(context.users)
      const body = context.sample(context.users, { [text]: context.unique() })
      const response = await context.post(`${context.users.endpoint}?attributes=userName`, body)
      context.removeAfterwards(context.users, response)
      expectStatus(response, 201)
      if (response.text === '') skip('The response to the create has no body.')
      expectOnly(jsonObject(response), 'userName', text, response)
    },
  }),
  must('replace', ['R-138'], {
    description: 'PUT with attributes returns only these.',
    rationale: sentTooMuch,
    remedy: 'Apply attributes to responses to PUT, too.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const response = await context.put(`${made.path}?attributes=userName`, made.sent)
      if (response.status === 204) skip('PUT returns no body.')
      expectStatus(response, 200)
      expectOnly(jsonObject(response), 'userName', text, response)
    },
  }),
  must('patch-answers-200', ['R-143'], {
    description: 'PATCH with attributes returns 200, never 204.',
    source: 'RFC 7644 §3.5.2',
    needs: ['patch'],
    rationale: 'A client that requests the result of its change doesn’t receive it.',
    remedy: 'Return 200 and the resource for a PATCH that has the attributes parameter.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const change = { op: 'replace', path: text, value: context.unique() }
      expectStatus(await context.patch(`${made.path}?attributes=userName`, change), 200)
    },
  }),
  must('patch', ['R-138', 'R-143'], {
    description: 'PATCH with attributes returns only these.',
    source: 'RFC 7644 §3.5.2',
    needs: ['patch'],
    rationale: sentTooMuch,
    remedy: 'Apply attributes to responses to PATCH, too.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const change = { op: 'replace', path: text, value: context.unique() }
      const response = await context.patch(`${made.path}?attributes=userName`, change)
      if (response.status === 204) skip('PATCH returns no body.')
      expectStatus(response, 200)
      expectOnly(jsonObject(response), 'userName', text, response)
    },
  }),
])

export const readExcludedAttributeChecks: readonly Check[] = defineChecks(projectionArea, [
  must('excluded', ['R-139'], {
    description: 'excludedAttributes omits these attributes and no others.',
    rationale:
      'Entra ID reads groups with excludedAttributes=members. If members are returned all the same, reading a large group takes too long.',
    remedy: 'Omit the attributes that excludedAttributes names.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const response = await context.get(`${made.path}?excludedAttributes=${text}`)
      expectStatus(response, 200)
      expectOnly(jsonObject(response), 'userName', text, response)
    },
  }),
  must('excluded-in-lists', ['R-139'], {
    description: 'excludedAttributes applies to each resource of a list.',
    rationale:
      'Entra ID searches for groups with excludedAttributes=members. If members are returned all the same, a large group takes too long.',
    remedy: 'Apply excludedAttributes to each resource of a list.',
    run: async context => {
      const { text } = await createWithText(context)
      await expectEventually(context, async () => {
        const response = await context.get(`${context.users.endpoint}?excludedAttributes=${text}&count=10`)
        const resources = listedResources(response)
        expectThat(resources.length > 0, 'users in the list', resources, response)
        for (const one of resources) expectOnly(one, 'userName', text, response)
      })
    },
  }),
  must('excluded-members', ['R-139'], {
    description: 'GET of a group with `excludedAttributes=members` returns no members.',
    needs: ['groups'],
    rationale: 'Entra ID reads every group this way. With members, a large group can exceed its timeout.',
    remedy: 'Omit members, and don’t load them, if they are excluded.',
    run: async context => {
      const user = await context.create(context.users)
      const group = await createWithMembers(context, [user.id])
      const response = await context.get(`${group.path}?excludedAttributes=members`)
      expectStatus(response, 200)
      expectOnly(jsonObject(response), 'displayName', 'members', response)
    },
  }),
  must('always-returned', ['R-140'], {
    description: 'excludedAttributes has no effect on attributes that are always returned: id.',
    rationale: 'Without the id, a client can’t update the resource afterwards.',
    remedy: 'Return `returned: always` attributes even if they are excluded.',
    run: async context => {
      const { made } = await createWithText(context)
      const response = await context.get(`${made.path}?excludedAttributes=id,schemas`)
      expectStatus(response, 200)
      expectEqual(jsonObject(response).id, made.id, 'id', response)
    },
  }),
])

export const readProjectionLimitChecks: readonly Check[] = defineChecks(projectionArea, [
  should('unknown-names', ['R-138'], {
    description: 'The server ignores unknown names in attributes.',
    rationale:
      'Clients request every attribute in their mapping, including ones that this server doesn’t have.',
    remedy: 'Ignore unknown attribute names.',
    run: async context => {
      const { made } = await createWithText(context)
      const { response, body } = await readWithAttributes(context, made.path, 'userName,nonsuch')
      expectThat(valueIn(body, 'userName') !== undefined, 'userName', body, response)
    },
  }),
  should('both', ['R-142'], {
    description:
      'The server rejects a request with both attributes and excludedAttributes, or ignores the latter.',
    source: 'RFC 7644 §3.9',
    rationale: 'A client that sends both gets a result that it can’t have intended.',
    remedy: 'Return 400 with scimType invalidValue if both are given.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const response = await context.get(`${made.path}?attributes=userName&excludedAttributes=${text}`)
      expectStatus(response, 400, 200)
      if (response.status === 200) expectOnly(jsonObject(response), 'userName', text, response)
    },
  }),
  must('never-returned', ['R-138'], {
    description: 'The server doesn’t return a password even if attributes names it.',
    source: 'RFC 7643 §7',
    rationale: 'Every client with read access could read all passwords.',
    remedy: 'Never return attributes that are `returned: never`.',
    run: async context => {
      if (findAttribute(context.users, 'password') === undefined) skip('The user schema has no password.')
      const { made } = await createWithText(context, { password: `Aa1!${context.unique()}` })
      const { response, body } = await readWithAttributes(context, made.path, 'userName,password')
      expectEqual(valueIn(body, 'password'), undefined, 'password', response)
    },
  }),
])

const returnedTooMuch = 'Clients request few attributes to keep responses small. Others cost time and memory.'

const returnedTooLittle =
  'Clients that request an attribute and don’t receive it treat it as unassigned, and set it again.'

export const readProjectionNameChecks: readonly Check[] = defineChecks(projectionArea, [
  must('sub-attributes', ['R-141'], {
    description: '`attributes=name.givenName` returns only this sub-attribute of name.',
    source: 'RFC 7644 §3.10',
    rationale: returnedTooLittle,
    remedy: 'Support names of sub-attributes in attributes.',
    run: async context => {
      requireWritable(context.users, 'name.givenName', 'name.familyName')
      const { made, text } = await createWithText(context, {
        name: { givenName: 'Ann', familyName: 'Check' },
      })
      const { response, body } = await readWithNamedAttributes(context, made.path, text, 'name.givenName')
      expectEqual(valueIn(body, 'name', 'givenName'), 'Ann', 'name.givenName', response)
      expectEqual(valueIn(body, 'name', 'familyName'), undefined, 'name.familyName', response)
    },
  }),
  must('parts-of-values', ['R-141'], {
    description: '`attributes=emails.value` returns only this sub-attribute of each value.',
    source: 'RFC 7644 §3.10',
    rationale: returnedTooLittle,
    remedy: 'Support names of sub-attributes of multi-valued attributes in attributes.',
    run: async context => {
      requireWritable(context.users, 'emails.value', 'emails.type')
      const value = `${context.unique()}@example.com`
      const { made, text } = await createWithText(context, {
        emails: [{ type: 'work', value, primary: true }],
      })
      const { response, body } = await readWithNamedAttributes(context, made.path, text, 'emails.value')
      const [email] = objectsIn(body, 'emails')
      expectEqual(String(email?.value).toLowerCase(), value, 'emails.value', response)
      expectEqual(email?.type, undefined, 'emails.type', response)
    },
  }),
  must('excluded-sub-attributes', ['R-139', 'R-141'], {
    description: '`excludedAttributes=name.givenName` omits only this sub-attribute.',
    source: 'RFC 7644 §3.10',
    rationale: returnedTooMuch,
    remedy: 'Support names of sub-attributes in excludedAttributes.',
    run: async context => {
      requireWritable(context.users, 'name.givenName', 'name.familyName')
      const { made, text } = await createWithText(context, {
        name: { givenName: 'Ann', familyName: 'Check' },
      })
      await requireProjection(context, made.path, text)
      const response = await context.get(`${made.path}?excludedAttributes=name.givenName`)
      const body = jsonObject(response)
      expectEqual(valueIn(body, 'name', 'familyName'), 'Check', 'name.familyName', response)
      expectEqual(valueIn(body, 'name', 'givenName'), undefined, 'name.givenName', response)
    },
  }),
  must('any-case', ['R-141'], {
    description: 'The attributes parameter ignores case: `attributes=USERNAME`.',
    source: 'RFC 7644 §3.10',
    rationale: returnedTooLittle,
    remedy: 'Ignore case when you look up attribute names.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const { response, body } = await readWithNamedAttributes(context, made.path, text, 'USERNAME')
      expectOnly(body, 'userName', text, response)
    },
  }),
  must('several', ['R-141'], {
    description: 'The attributes parameter accepts several names, separated by commas.',
    source: 'RFC 7644 §3.9',
    rationale: returnedTooLittle,
    remedy: 'Split attributes at commas, including encoded ones.',
    run: async context => {
      requireWritable(context.users, 'name.givenName')
      const { made, text } = await createWithText(context, {
        name: { givenName: 'Ann', familyName: 'Check' },
      })
      const { response, body } = await readWithNamedAttributes(context, made.path, text, 'userName,name')
      expectOnly(body, 'userName', text, response)
      expectOnly(body, 'name', text, response)
    },
  }),
  must('full-names', ['R-141'], {
    description:
      'The attributes parameter accepts names with their schema: `attributes=urn:…:User:userName`.',
    source: 'RFC 7644 §3.10',
    rationale: returnedTooLittle,
    remedy: 'Remove the URN of the resource type’s own schema from a name before you look it up.',
    run: async context => {
      const { made, text } = await createWithText(context)
      const { response, body } = await readWithNamedAttributes(
        context,
        made.path,
        text,
        `${context.users.schema}:userName`,
      )
      expectOnly(body, 'userName', text, response)
    },
  }),
  must('extension-attributes', ['R-141'], {
    description: 'The attributes parameter accepts extension attributes by their URN.',
    source: 'RFC 7644 §3.10',
    needs: ['enterprise'],
    rationale:
      'Clients that request a department by its full name and don’t receive it treat it as missing, and set it again.',
    remedy: 'Resolve names that start with the URN of an extension. The URN ends at the last colon.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      requireWritableAttribute(context.users, 'employeeNumber', enterpriseUrn)
      const values = { department: context.unique(), employeeNumber: context.unique() }
      const { made, text } = await createWithText(
        context,
        extensionValues(context, context.users, enterpriseUrn, values),
      )
      const { response, body } = await readWithNamedAttributes(
        context,
        made.path,
        text,
        `${enterpriseUrn}:department`,
      )
      expectEqual(valueIn(body, enterpriseUrn, 'department'), values.department, 'department', response)
      expectEqual(valueIn(body, enterpriseUrn, 'employeeNumber'), undefined, 'employeeNumber', response)
      expectEqual(valueIn(body, text), undefined, text, response)
    },
  }),
])
