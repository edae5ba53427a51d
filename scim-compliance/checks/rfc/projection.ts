import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { type Expect, type Form, type Given, over, type Scene } from '../forms.ts'
import { extensionValues, findAttribute, textAttributeName, valueIn } from '../steps/attributes.ts'
import { expectEventually, type QueryParameters, queryString } from '../steps/lists.ts'
import { onlyEmail } from '../steps/patches.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, should, withFixture } from './define-checks.ts'

type Shown = (scene: Scene) => NonNullable<Expect['body']>

const withFullName: Given = {
  has: ['name.givenName', 'name.familyName'],
  user: ({ text, mark }) => ({ [text]: mark, name: { givenName: 'Ann', familyName: 'Check' } }),
}

const withExtension: Given = {
  has: [`${enterpriseUrn}:department`, `${enterpriseUrn}:employeeNumber`],
  user: ({ context, text, mark }) => {
    const values = { department: mark, employeeNumber: mark }
    return { ...extensionValues(context, context.users, enterpriseUrn, values), [text]: mark }
  },
}

const withPassword: Given = {
  user: ({ context, mark }) =>
    findAttribute(context.users, 'password')
      ? { password: `Aa1!${mark}` }
      : skip('The user schema has no password.'),
}

const onlyUserName: Shown = ({ user, text }) => ({ userName: user.body.userName, [text]: undefined })

/** Reads a user with a query, and expects its ID and these attributes. */
const reading = (
  query: QueryParameters | ((scene: Scene) => QueryParameters),
  shown: Shown = onlyUserName,
  given: Given = { user: ({ text, mark }) => ({ [text]: mark }) },
): Form => ({
  given,
  request: scene => ({
    get: `${scene.user.path}?${queryString(typeof query === 'function' ? query(scene) : query)}`,
  }),
  expect: scene => ({ body: { id: scene.user.id, ...shown(scene) } }),
})

/** Expects the ID and the first attribute, and not the second. */
function expectOnly(body: JsonObject, shown: string, hidden: string, response: ScimResponse): void {
  expectThat(typeof body.id === 'string', 'id', body, response)
  expectThat(valueIn(body, shown) !== undefined, shown, body, response)
  // Null is no value (RFC 7643 §2.5).
  const value = valueIn(body, hidden) ?? undefined
  expectEqual(value, undefined, `${hidden}, which wasn’t requested,`, response)
}

const whenCreated = withFixture(async context => {
  const text = textAttributeName(context.users)
  return { text, made: await context.create(context.users, { [text]: context.unique() }) }
})

/** Expects each user of a list without the text. */
const expectListed = (parametersFor: (text: string) => string) =>
  whenCreated(({ text }, context) =>
    expectEventually(context, async () => {
      const response = await context.get(`${context.users.endpoint}?${parametersFor(text)}&count=10`)
      const resources = listedResources(response)
      expectThat(resources.length > 0, 'users in the list', resources, response)
      for (const one of resources) expectOnly(one, 'userName', text, response)
    }),
  )

type Write = (context: CheckContext, made: CreatedResource, text: string) => Promise<ScimResponse>

const onlyName = '?attributes=userName'

const patchText: Write = (context, { path }, text) =>
  context.patch(`${path}${onlyName}`, { op: 'replace', path: text, value: context.unique() })

/** Change the text, or create a user with one. */
const writes: Readonly<Record<string, Write>> = {
  POST: async (context, _, text) => {
    const body = context.sample(context.users, { [text]: context.unique() })
    const response = await context.post(`${context.users.endpoint}${onlyName}`, body)
    context.removeAfterwards(context.users, response)
    return response
  },
  PUT: (context, { path, sent }) => context.put(`${path}${onlyName}`, sent),
  PATCH: (context, made, text) => {
    if (!context.service.offers.patch) skip('The server doesn’t advertise PATCH.')
    return patchText(context, made, text)
  },
}

const returnedTooLittle =
  'Clients that request an attribute and don’t receive it treat it as unassigned, and set it again.'

const projectionArea = area('projection', 'Projection', 'RFC 7644 §3.4.2.5, §3.9', {
  needs: userNeeds,
  after: ['probe/create', 'rfc/projection/get'],
  rationale: 'Clients request few attributes to keep responses small. Others cost time and memory.',
})

const includedChecks = defineChecks(projectionArea, [
  must('get', ['R-138'], {
    description: 'GET with attributes returns only these and the attributes that are always returned.',
    remedy: 'Omit attributes that aren’t named and aren’t `returned: always`.',
    ...reading({ attributes: 'userName' }),
    blame: [
      { on: 'missing', impact: returnedTooLittle, remedy: 'Return the attributes that are named, and id.' },
    ],
  }),
  should('get-schemas', ['R-138'], {
    description: 'The server returns schemas, whatever attributes requests.',
    rationale: 'Without them, clients can’t identify what they read, and reject it.',
    remedy: 'Always return schemas and id.',
    ...reading({ attributes: 'userName' }),
    expect: { holds: { schemas: ({ body: { schemas } }) => Array.isArray(schemas) && schemas.length > 0 } },
  }),
  must('list', ['R-138'], {
    description: 'The attributes parameter applies to each resource of a list.',
    remedy: 'Apply attributes to each resource of a list.',
    run: expectListed(() => 'attributes=userName'),
  }),
  must('writes', ['R-138', 'R-143'], {
    description: 'POST, PUT and PATCH with attributes return only these.',
    source: 'RFC 7644 §3.5.2, §3.9',
    remedy: 'Apply attributes to responses to POST, PUT and PATCH, too.',
    ...over(writes, write =>
      whenCreated(async ({ made, text }, context) => {
        const response = await write(context, made, text)
        if (response.status >= 300) skip(`The request is rejected with ${response.status}.`)
        if (response.text === '') skip('The response has no body.')
        expectOnly(jsonObject(response), 'userName', text, response)
      }),
    ),
  }),
  must('patch-answers-200', ['R-143'], {
    description: 'PATCH with attributes returns 200, never 204.',
    source: 'RFC 7644 §3.5.2',
    needs: ['patch'],
    rationale: 'A client that requests the result of its change doesn’t receive it.',
    remedy: 'Return 200 and the resource for a PATCH that has the attributes parameter.',
    after: ['probe/patch', 'rfc/patch-replace/single-value'],
    run: whenCreated(async ({ made, text }, context) =>
      expectStatus(await patchText(context, made, text), 200),
    ),
  }),
  should('unknown-names', ['R-138'], {
    description: 'The server ignores unknown names in attributes.',
    rationale:
      'Clients request every attribute in their mapping, including ones that this server doesn’t have.',
    remedy: 'Ignore unknown attribute names.',
    ...reading({ attributes: 'userName,nonsuch' }, ({ user }) => ({ userName: user.body.userName })),
  }),
  should('both', ['R-142'], {
    description:
      'The server rejects a request with both attributes and excludedAttributes, or ignores the latter.',
    source: 'RFC 7644 §3.9',
    rationale: 'A client that sends both gets a result that it can’t have intended.',
    remedy: 'Return 400 with scimType invalidValue if both are given.',
    run: whenCreated(async ({ made, text }, context) => {
      const response = await context.get(`${made.path}${onlyName}&excludedAttributes=${text}`)
      expectStatus(response, 400, 200)
      if (response.status === 200) expectOnly(jsonObject(response), 'userName', text, response)
    }),
  }),
  must('never-returned', ['R-138'], {
    description: 'The server doesn’t return a password even if attributes names it.',
    source: 'RFC 7643 §7',
    rationale: 'Every client with read access could read all passwords.',
    remedy: 'Never return attributes that are `returned: never`.',
    after: ['rfc/user/password-hidden'],
    ...reading({ attributes: 'userName,password' }, () => ({ password: undefined }), withPassword),
  }),
])

const namedArea = { ...projectionArea, source: 'RFC 7644 §3.10', rationale: returnedTooLittle }

const namedChecks = defineChecks(namedArea, [
  must('sub-attributes', ['R-141'], {
    description:
      '`attributes=name.givenName` and `attributes=emails.value` return only this sub-attribute of the value or of each value.',
    remedy: 'Support names of sub-attributes in attributes, also those of multi-valued attributes.',
    each: {
      'name.givenName': reading(
        { attributes: 'name.givenName' },
        () => ({ 'name.givenName': 'Ann', 'name.familyName': undefined }),
        withFullName,
      ),
      'emails.value': reading(
        { attributes: 'emails.value' },
        ({ mark }) => {
          const email = `emails[value eq "${mark}@example.com"]`
          return { [`${email}.value`]: `${mark}@example.com`, [`${email}.type`]: undefined }
        },
        { has: ['emails.value', 'emails.type'], user: ({ mark }) => ({ emails: onlyEmail(mark) }) },
      ),
    },
  }),
  must('names', ['R-141'], {
    description:
      'The attributes parameter accepts several names, separated by commas, ignores case, and accepts names with their schema: `attributes=urn:…:User:userName`.',
    source: 'RFC 7644 §3.9, §3.10',
    remedy:
      'Split attributes at commas, including encoded ones. Remove the URN of the resource type’s own schema from a name, and ignore case when you look it up.',
    each: {
      several: reading(
        { attributes: 'userName,name' },
        scene => ({ ...onlyUserName(scene), 'name.givenName': 'Ann' }),
        withFullName,
      ),
      'in upper case': reading({ attributes: 'USERNAME' }),
      'with the schema': reading(({ context }) => ({ attributes: `${context.users.schema}:userName` })),
    },
  }),
  must('extension-attributes', ['R-141'], {
    description: 'The attributes parameter accepts extension attributes by their URN.',
    needs: ['enterprise'],
    rationale:
      'Clients that request a department by its full name and don’t receive it treat it as missing, and set it again.',
    remedy: 'Resolve names that start with the URN of an extension. The URN ends at the last colon.',
    ...reading(
      { attributes: `${enterpriseUrn}:department` },
      ({ mark, text }) => ({
        [`${enterpriseUrn}:department`]: mark,
        [`${enterpriseUrn}:employeeNumber`]: undefined,
        [text]: undefined,
      }),
      withExtension,
    ),
  }),
])

const excludedArea = { ...projectionArea, after: ['probe/create', 'rfc/projection/excluded'] }

const excludedChecks = defineChecks(excludedArea, [
  must('excluded', ['R-139'], {
    description: 'excludedAttributes omits these attributes and no others.',
    rationale:
      'Entra ID reads groups with excludedAttributes=members. If members are returned all the same, reading a large group takes too long.',
    remedy: 'Omit the attributes that excludedAttributes names.',
    ...reading(({ text }) => ({ excludedAttributes: text })),
  }),
  must('excluded-in-lists', ['R-139'], {
    description: 'excludedAttributes applies to each resource of a list.',
    rationale:
      'Entra ID searches for groups with excludedAttributes=members. If members are returned all the same, a large group takes too long.',
    remedy: 'Apply excludedAttributes to each resource of a list.',
    run: expectListed(text => `excludedAttributes=${text}`),
  }),
  must('excluded-members', ['R-139'], {
    description: 'GET of a group with `excludedAttributes=members` returns no members.',
    needs: ['groups'],
    rationale: 'Entra ID reads every group this way. With members, a large group can exceed its timeout.',
    remedy: 'Omit members, and don’t load them, if they are excluded.',
    after: ['probe/members'],
    given: { user: true, group: ({ user }) => ({ members: [{ value: user.id }] }) },
    request: ({ group }) => ({ get: `${group.path}?excludedAttributes=members` }),
    expect: ({ group: { id, body } }) => ({
      body: { id, displayName: body.displayName, members: undefined },
    }),
  }),
  must('always-returned', ['R-140'], {
    description: 'excludedAttributes has no effect on attributes that are always returned: id.',
    rationale: 'Without the id, a client can’t update the resource afterwards.',
    remedy: 'Return `returned: always` attributes even if they are excluded.',
    ...reading({ excludedAttributes: 'id' }, () => ({})),
  }),
  must('excluded-sub-attributes', ['R-139', 'R-141'], {
    description: '`excludedAttributes=name.givenName` omits only this sub-attribute.',
    source: 'RFC 7644 §3.10',
    remedy: 'Support names of sub-attributes in excludedAttributes.',
    ...reading(
      { excludedAttributes: 'name.givenName' },
      () => ({ 'name.familyName': 'Check', 'name.givenName': undefined }),
      withFullName,
    ),
  }),
])

export const projectionChecks: readonly Check[] = [...includedChecks, ...namedChecks, ...excludedChecks]
