import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, listedResources, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import { expectScimType, expectUnchanged, over, runOf, type Scene } from '../forms.ts'
import { requireAttributes, valueIn } from '../steps/attributes.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { listedIds, readUntil, requestList } from '../steps/lists.ts'
import { replace } from '../steps/patches.ts'
import {
  externalIdInOtherCase,
  postNamed,
  rejectsNameOfAnother,
  sentUserName,
} from '../steps/users-and-groups.ts'
import { caseCheck, rejectionBlame, undeclaredCheck } from './areas.ts'

const inOtherCase = (text: string): string => {
  const upper = text.toUpperCase()
  return upper === text ? text.toLowerCase() : upper
}

/** Skips if the server doesn't store it: the draft leaves externalId to the server. */
async function requireExternalId(context: CheckContext): Promise<void> {
  const { body } = await context.create(context.users, { externalId: context.unique() })
  if (valueIn(body, 'externalId') === undefined)
    skip('The server doesn’t store externalId.', undefined, 'attribute')
}

const sameNameTwice = 'Two users have the same name, or a client doesn’t find the user whose name is taken.'

const caseChecks: readonly Check[] = [
  caseCheck('consistent', 'IP-06', '5.2', 'MUST', {
    description: 'Filters and uniqueness agree on whether userName in other case is the same.',
    rationale: sameNameTwice,
    remedy: 'Compare userName in filters as in its unique index.',
    after: ['probe/filter', 'probe/conflict'],
    run: async context => {
      const user = await context.create(context.users)
      const other = inOtherCase(sentUserName(user))
      const { status } = await postNamed(context, other)
      const isTaken = status >= 400 && status < 500
      const name = JSON.stringify(other)
      const finds = (response: ScimResponse) => listedIds(response).includes(user.id)
      const response = await readUntil(
        context,
        () => requestList(context, context.users, { filter: `userName eq ${name}` }),
        seen => finds(seen) === isTaken,
      )
      const isFound = finds(response)
      expectThat(
        isFound === isTaken,
        'the same case rule in filters and in uniqueness',
        `${name} ${isFound ? 'is' : 'isn’t'} found by a filter, and a create with it returns ${status}`,
        response,
        'other',
      )
    },
  }),
  caseCheck('id', 'IP-07', '5.2', 'MUST', {
    description: 'An id in other case is another resource: GET returns 404.',
    rationale: 'Two resources whose ids differ only in case look like one.',
    remedy: 'Compare ids with their case.',
    given: { user: true },
    request: ({ context, user: { id } }) => {
      if (inOtherCase(id) === id) skip('The id has no letters.')
      return { get: `${context.users.endpoint}/${encodeURIComponent(inOtherCase(id))}` }
    },
    expect: { status: [404] },
  }),
  caseCheck('external-id', 'IP-08', '5.2', 'MUST', {
    description: 'externalId is case-exact: in other case, no filter finds it, and another user may have it.',
    rationale: 'Base64 values from Active Directory can differ in case only.',
    remedy: 'Compare externalId with its case.',
    after: ['probe/filter'],
    ...over(
      {
        'a filter': externalIdInOtherCase,
        'two users': {
          given: { user: (s: Scene) => ({ externalId: `external-${s.mark}` }) },
          request: (s: Scene) => ({ post: { externalId: `EXTERNAL-${s.mark.toUpperCase()}` } }),
          expect: {},
        },
      },
      form => async context => {
        await requireExternalId(context)
        await runOf(form)(context)
      },
    ),
  }),
  caseCheck('user-name', 'IP-09', '5.2', 'MUST', {
    description: 'userName isn’t case-exact: in other case, a filter finds it, and a create is rejected.',
    rationale: sameNameTwice,
    remedy: 'Ignore case when you compare userName, in filters and in the unique index.',
    after: ['interop/case/consistent'],
    each: {
      'a filter': runOf({
        given: { user: true, other: true },
        request: ({ user }) => ({
          filter: `userName eq ${JSON.stringify(inOtherCase(sentUserName(user)))}`,
        }),
        expect: { status: [200], found: ['user'] },
      }),
      'a create': rejectsNameOfAnother(inOtherCase),
    },
  }),
]

const unknownName = 'scimCheckUnknown'
const unknownUrn = 'urn:example:params:scim:schemas:scim-check:1.0:Unknown'

function expectRejected(response: ScimResponse): void {
  expectStatus(response, 400)
  expectScimType(response, ['invalidSyntax'])
}

type Undeclared = (context: CheckContext, body: JsonObject) => JsonObject

/** Some servers store what they reject. */
async function expectNoUser(context: CheckContext, body: JsonObject): Promise<void> {
  const userName = sentUserName({ sent: body })
  const response = await requestList(context, context.users, {
    filter: `userName eq ${JSON.stringify(userName)}`,
  })
  if (response.status !== 200) return
  const stored = listedResources(response).filter(one => one.userName === userName)
  expectEqual(stored.length, 0, 'number of users that were rejected and stored', response)
}

/** Sends a user with an undeclared part in a POST and in a PUT; a server without PUT passes the latter. */
const rejectedInBodies = (undeclared: Undeclared) => ({
  POST: async (context: CheckContext) => {
    const body = undeclared(context, context.sample(context.users))
    expectRejected(await postForCleanup(context, context.users, body))
    await expectNoUser(context, body)
  },
  PUT: async (context: CheckContext) => {
    const { path, sent } = await context.create(context.users)
    const before = await context.get(path)
    const response = await context.put(path, undeclared(context, sent))
    if ([404, 405, 501].includes(response.status)) skip(`PUT returns ${response.status}.`)
    expectRejected(response)
    await expectUnchanged(context, { path }, before)
  },
})

const rejectedPath = (path: string, ...has: readonly string[]) => ({
  given: { has, user: true as const },
  request: { patch: replace(path, 'Unknown') },
  expect: { status: [400], scimType: ['invalidSyntax'], unchanged: 'user' as const },
})

const withSchema = ({ schemas }: JsonObject) => [...(Array.isArray(schemas) ? schemas : []), unknownUrn]

const undeclaredRationale =
  'A client that misspells an attribute, or maps one that the server lacks, believes that it was stored.'

const undeclaredParts: Readonly<Record<string, readonly [what: string, Undeclared]>> = {
  attribute: ['an attribute that no schema declares', (_, body) => ({ ...body, [unknownName]: 'Unknown' })],
  'sub-attribute': [
    'a sub-attribute that no schema declares',
    (context, body) => {
      requireAttributes(context.users, 'name.familyName')
      const name = isObject(body.name) ? body.name : {}
      return { ...body, name: { familyName: 'Check', ...name, [unknownName]: 'Unknown' } }
    },
  ],
  extension: [
    'values of an extension that the resource type lacks',
    (_, body) => ({ ...body, [unknownUrn]: { name: 'Unknown' } }),
  ],
  schema: [
    'an entry in schemas that the resource type lacks',
    (_, body) => ({ ...body, schemas: withSchema(body) }),
  ],
}

const undeclaredChecks: readonly Check[] = [
  ...Object.entries(undeclaredParts).map(([name, [what, undeclared]]) =>
    undeclaredCheck(name, 'IP-10', '5.3', 'MUST', {
      description: `POST and PUT with ${what} return 400 with scimType invalidSyntax, and store nothing.`,
      rationale: undeclaredRationale,
      remedy: `Reject requests with ${what}, instead of ignoring it.`,
      blame: rejectionBlame('invalidSyntax'),
      each: rejectedInBodies(undeclared),
    }),
  ),
  undeclaredCheck('patch-path', 'IP-10', '5.3', 'MUST', {
    description:
      'PATCH of a path that no schema declares returns 400 with scimType invalidSyntax, and changes nothing.',
    rationale: undeclaredRationale,
    remedy: 'Reject operations on paths that no schema declares, instead of ignoring them.',
    needs: ['write', 'users', 'patch'],
    after: ['probe/patch'],
    blame: rejectionBlame('invalidSyntax'),
    each: {
      'an attribute': rejectedPath(unknownName),
      'a sub-attribute': rejectedPath(`name.${unknownName}`, 'name.familyName'),
      'an attribute of an extension': rejectedPath(`${unknownUrn}:name`),
    },
  }),
]

export const valueChecks: readonly Check[] = [...caseChecks, ...undeclaredChecks]
