import type { Check, CheckContext, ScimResponse, SupportedType } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, formatValue, jsonObject, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { fitting, over } from '../forms.ts'
import { customTypes } from '../steps/attribute-places.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { postCreated, postForCleanup, postSample, userAndGroup } from '../steps/create-and-read.ts'
import { isSameState } from '../steps/same-state.ts'
import { area, created } from './areas.ts'
import { defineChecks, must, should, withFixture } from './define-checks.ts'
import { expectResolves } from './groups.ts'

const withoutMeta = (response: ScimResponse): JsonObject => {
  const { meta: _, ...body } = jsonObject(response)
  return body
}

async function expectSameWhenRead(context: CheckContext, type: SupportedType): Promise<void> {
  const { path, response } = await context.create(type)
  if (!isObject(response.body)) skip('The response to the create has no body.')
  const read = await context.get(path)
  expectStatus(read, 200)
  const [created, got] = [withoutMeta(response), withoutMeta(read)]
  expectThat(isSameState(got, created), `the created resource ${formatValue(created)}`, got, read)
}

/** Whether one value contains the other: objects may have additional members, lists must have the same length. */
const holds = (got: Json | undefined, sent: Json): boolean => {
  if (Array.isArray(sent))
    return Array.isArray(got) && sent.every(one => got.some(other => holds(other, one)))
  if (isObject(sent))
    return isObject(got) && Object.entries(sent).every(([name, value]) => holds(valueIn(got, name), value))
  return got === sent || String(got).toLowerCase() === String(sent).toLowerCase()
}

async function expectWholeBody(context: CheckContext, type: SupportedType): Promise<void> {
  const { sent, body, response } = await context.create(type)
  expectThat(response.text !== '', 'the resource', 'no body', response)
  const shown = type.attributes.filter(
    ({ returned, mutability, type: kind }) =>
      ['default', 'always'].includes(returned) && mutability !== 'readOnly' && kind !== 'dateTime',
  )
  for (const { name } of shown) {
    const value = sent[name]
    if (value === undefined || value === null) continue
    const got = valueIn(body, name)
    expectThat(holds(got, value), `${name} ${JSON.stringify(value)}`, got, response)
  }
}

const accepted = (label: 'user' | 'group', words: string) =>
  should(`accepted-${label}`, [], {
    description: `The server creates ${words} from the attributes that its schemas require, and returns an id.`,
    rationale: 'Clients can’t create anything, and most checks can’t be run.',
    remedy: `Accept these attributes, advertise others as required, or name them in a file: --with ${label === 'user' ? 'User' : 'Group'}=file.json.`,
    gradeAtMost: 'D',
    needs: [userAndGroup[label]],
    blame: [{ on: 'missing', remedy: 'Return the id of the new resource in the body, as a string.' }],
    run: async context => {
      const response = await postSample(context, context[userAndGroup[label]], {})
      if (response.status >= 300) expectStatus(response, 201)
      const id = valueIn(response.body, 'id')
      expectThat(id !== undefined, 'an id of the new resource', id, response)
    },
  })

const otherThan = (sent: string) => fitting('other than the one sent', value => value !== sent)

const whenConflicting = withFixture(async context => {
  const text = textAttributeName(context.users)
  const { path, sent } = await context.create(context.users, { [text]: 'before' })
  const response = await postForCleanup(context, context.users, { ...sent, [text]: 'after' })
  return { response, path, text }
})

const createArea = area('create', 'Create', 'RFC 7644 §3.3', created)

// Without preconditions: these report what is wrong with a create.
const rootChecks = defineChecks({ ...createArea, needs: ['write'], after: [] }, [
  accepted('user', 'a user'),
  accepted('group', 'a group'),
])

const anyChecks = defineChecks({ ...createArea, needs: ['write'] }, [
  must('answers-201', ['R-082'], {
    description: 'Creating a resource returns 201.',
    rationale:
      '201 confirms that a resource was created. With 200, a client can’t tell it from an existing resource.',
    remedy: 'Return 201 for a create.',
    ...over(userAndGroup, (kind, label) => async context => {
      const response = await postSample(context, context[kind], {})
      if (response.status >= 300) skip('The create is rejected.', `rfc/create/accepted-${label}`)
      expectStatus(response, 201)
    }),
  }),
  must('location', ['R-083'], {
    description: 'Creating a resource returns a Location header.',
    rationale: 'Clients that follow HTTP read the address of the new resource from it.',
    remedy: 'Add a Location header with the value of meta.location to every 201.',
    ...over(userAndGroup, kind => async context => {
      const { response } = await context.create(context[kind])
      expectThat(response.headers.location !== undefined, 'a Location header', response.headers, response)
    }),
  }),
  must('location-leads', ['R-083', 'R-034'], {
    description: 'GET of the Location of a new resource returns the resource.',
    rationale: 'The client sends its next request to this address.',
    remedy: 'Build Location from the base URL that the client used, the endpoint and the id.',
    after: ['rfc/create/location', 'rfc/meta/location'],
    ...over(userAndGroup, kind => async context => {
      const { id, response } = await context.create(context[kind])
      await expectResolves(context, response.headers.location, id, response)
    }),
  }),
  should('body', ['R-084'], {
    description: 'Creating a resource returns the whole resource, with the values that were sent.',
    rationale: 'Clients read the id from the body, and compare the other values with their own.',
    remedy: 'Return the same representation as a GET of the new resource.',
    ...over(userAndGroup, kind => context => expectWholeBody(context, context[kind])),
  }),
  must('read-equals', ['R-084', 'R-089'], {
    source: 'RFC 7644 §3.1, §3.3',
    description: 'GET of a resource returns the same as the create, including default values.',
    rationale: 'Clients store the response to the create. Any difference causes an update in the next cycle.',
    remedy: 'Build the representations of a create and of a read in the same place.',
    after: ['rfc/retrieve/by-id', 'rfc/create/body'],
    ...over(userAndGroup, kind => context => expectSameWhenRead(context, context[kind])),
  }),
  must('own-types', ['R-082', 'R-158', 'R-053', 'R-084', 'R-089'], {
    description:
      'Creating a resource of a custom type returns an id and the type in meta, and GET returns the same.',
    rationale: 'Clients learn about custom types from discovery alone, and use them as they use users.',
    remedy: 'Serve every advertised type with the same code.',
    run: async context => {
      for (const type of customTypes(context)) {
        const { body, response } = await context.create(type)
        expectEqual(valueIn(body, 'meta', 'resourceType'), type.name, 'meta.resourceType', response)
        await expectSameWhenRead(context, type)
      }
    },
  }),
])

const userChecks = defineChecks(createArea, [
  must('read-only-ignored', ['R-085', 'R-059'], {
    description: 'A create with readOnly attributes succeeds, and the server ignores their values.',
    rationale:
      'Clients send back what they have read, including id and meta. If the request is rejected, the user isn’t provisioned.',
    remedy: 'Ignore readOnly attributes in bodies. Reject them only in PATCH.',
    request: s => ({ post: { id: s.mark, meta: { resourceType: 'User', version: 'W/"x"' } } }),
    expect: s => ({ body: { id: otherThan(s.mark), 'meta.version': otherThan('W/"x"') } }),
  }),
  must('conflict', ['R-086'], {
    description: 'A create with another user’s userName returns 409.',
    rationale:
      'Only a 409 indicates that the name is in use: Entra reports EntryConflict to its administrator. After any other error, it only retries.',
    remedy: 'Return 409 when a unique index is violated.',
    after: ['rfc/user/name-unique'],
    blame: [{ on: '4xx', remedy: 'Return 409, not another status, when a unique index is violated.' }],
    run: whenConflicting(({ response }) => expectStatus(response, 409)),
  }),
  must('conflict-type', ['R-086', 'R-018'], {
    description: 'A 409 for a duplicate has scimType uniqueness.',
    rationale: 'Clients use scimType to distinguish this conflict from others.',
    remedy: 'Add "scimType": "uniqueness" to the body of the 409.',
    after: ['rfc/create/conflict', 'rfc/errors/body'],
    run: whenConflicting(({ response }) =>
      expectEqual(jsonObject(response).scimType, 'uniqueness', 'scimType', response),
    ),
  }),
  must('conflict-changes-nothing', ['R-086'], {
    description: 'A create that conflicts with a user doesn’t change that user.',
    rationale: 'A create that updates an existing resource overwrites another user.',
    remedy: 'Don’t implement POST as an upsert.',
    after: ['rfc/create/conflict'],
    run: whenConflicting(async ({ path, text }, context) => {
      const read = await context.get(path)
      expectEqual(valueIn(read.body, text), 'before', text, read)
    }),
  }),
  should('put-unknown', ['R-088'], {
    source: 'RFC 7644 §3.2, §3.5.1',
    description: 'A PUT to an unknown id returns 404.',
    rationale: 'A client that updates a deleted user needs to know that the user no longer exists.',
    remedy: 'Check that the resource exists before you replace it.',
    after: ['rfc/create/put-unknown-makes-nothing'],
    run: async context => {
      const path = `${context.users.endpoint}/${context.unique()}`
      const response = await context.put(path, context.sample(context.users))
      context.removeAfterwards(context.users, response)
      expectStatus(response, 404)
    },
  }),
  must('put-unknown-makes-nothing', ['R-088'], {
    source: 'RFC 7644 §3.2, §3.5.1',
    description: 'A PUT to an unknown id creates nothing.',
    rationale: 'Deleted users reappear.',
    remedy: 'Don’t implement PUT as an upsert. The server assigns IDs.',
    after: ['rfc/put/replaces', 'rfc/delete/get'],
    run: async context => {
      const path = `${context.users.endpoint}/${context.unique()}`
      const body = context.sample(context.users)
      context.removeAfterwards(context.users, await context.put(path, body))
      expectStatus(await context.get(path), 404)
      // If the PUT had created a user, the name would be taken.
      await postCreated(context, context.users, body)
    },
  }),
  should('unknown-attribute', ['R-089'], {
    source: 'RFC 7644 §3.1',
    description:
      'The server ignores unknown attributes or rejects the create with 400, and never returns them.',
    rationale: 'The client can’t tell whether a value outside every schema was stored.',
    remedy: 'Read the attributes that the schema defines, and ignore or reject all others.',
    run: async context => {
      const response = await postSample(context, context.users, { scimCheckUnknown: context.unique() })
      if (response.status >= 300) expectStatus(response, 201, 400)
      const got = valueIn(response.body, 'scimCheckUnknown')
      expectThat(got === undefined, 'no unknown attribute in the response', got, response)
    },
  }),
])

export const createChecks: readonly Check[] = [...rootChecks, ...anyChecks, ...userChecks]
