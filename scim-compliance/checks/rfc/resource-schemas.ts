import type { Check, CheckContext, ScimResponse, SupportedAttribute } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, isSuccess, jsonObject, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject, listResponseUrn } from '../../scim.ts'
import { fitting } from '../forms.ts'
import { extensionValues, objectsIn, textAttributeName, valueIn } from '../steps/attributes.ts'
import { expectSchema, postCreated, postForCleanup, postSample } from '../steps/create-and-read.ts'
import { area, created } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const modelArea = area('model', 'Resource model', 'RFC 7643 §3', created)

const listedSchemas = (response: ScimResponse, body: JsonObject = jsonObject(response)): readonly Json[] => {
  const { schemas } = body
  if (Array.isArray(schemas) && schemas.length > 0) return schemas
  expectThat(false, 'schemas with at least one URN', schemas, response)
  return []
}

const schemasOf = (
  { sample, users }: CheckContext,
  { schemas }: JsonObject = sample(users),
): readonly Json[] => (Array.isArray(schemas) ? schemas : [users.schema])

const isStoredText = ({ type, multiValued, mutability, canonicalValues, stored }: SupportedAttribute) =>
  type === 'string' &&
  !multiValued &&
  mutability === 'readWrite' &&
  canonicalValues.length === 0 &&
  stored !== false

/** A user with a string in the first extension that has one. */
const withExtension = (context: CheckContext) =>
  context.users.extensions.flatMap(({ schema, attributes }) =>
    attributes.filter(isStoredText).map(({ name }) => ({
      schema,
      body: extensionValues(context, context.users, schema, { [name]: context.unique() }),
    })),
  )[0]

const listedSchemaChecks = defineChecks(modelArea, [
  must('resource-schemas', ['R-026'], {
    description: 'Every resource in a response has schemas with at least one URN.',
    rationale: 'Clients decide by schemas how to read an object.',
    remedy: 'Include schemas in every representation, also in lists.',
    run: async context => {
      const { path, response } = await context.create(context.users)
      listedSchemas(response)
      listedSchemas(await context.get(path))
      const list = await context.get(`${context.users.endpoint}?count=1`)
      for (const one of objectsIn(list.body, 'Resources')) listedSchemas(list, one)
    },
  }),
  should('request-without-schemas', ['R-026'], {
    description: 'POST /Users without schemas returns 400.',
    rationale: 'A client that omits schemas works here, but fails with every strict server.',
    remedy:
      'Require schemas in requests. If you accept requests without schemas, clients will come to rely on it.',
    request: ({ context: { sample, users } }) => {
      const { schemas: _, ...raw } = sample(users)
      return { raw }
    },
    expect: { status: [400] },
  }),
  must('base-schema', ['R-029'], {
    source: 'RFC 7643 §3.3',
    description: 'The schemas of a resource contain its base schema.',
    rationale: 'Without it a client can’t know what kind of object it reads.',
    remedy: 'Put the resource type’s schema first in the schemas of each representation.',
    after: ['rfc/model/resource-schemas'],
    run: async context => expectSchema((await context.create(context.users)).response, context.users.schema),
  }),
  must('known-schemas', ['R-027'], {
    description:
      'The schemas of a resource contain each URN once, and only those of its type and its extensions.',
    rationale: 'Clients look up each URN, and fail if one isn’t advertised.',
    remedy: 'Derive schemas from the attributes of the resource instead of storing what was sent.',
    after: ['rfc/model/resource-schemas'],
    run: async context => {
      const { response } = await context.create(context.users, withExtension(context)?.body)
      const known = [context.users.schema, ...context.users.extensions.map(({ schema }) => schema)]
      const schemas = listedSchemas(response)
      const unknown = schemas.filter(urn => !known.includes(String(urn)))
      expectEqual(unknown, [], 'URNs other than those of its type', response)
      expectEqual(schemas.length, new Set(schemas).size, 'number of different URNs', response)
    },
  }),
])

/** A list needs nothing that was created. */
const messageChecks = defineChecks({ ...modelArea, needs: ['users'], after: [] }, [
  must('message-schemas', ['R-026', 'R-091'], {
    description: 'Every list in a response has the URN of ListResponse in its schemas.',
    rationale: 'Typed clients use it to tell a list from a resource.',
    remedy: `Include ${listResponseUrn} in the schemas of lists.`,
    run: async context => {
      const response = await context.get(`${context.users.endpoint}?count=1`)
      expectStatus(response, 200)
      expectSchema(response, listResponseUrn)
    },
  }),
])

const reversed = (value: Json): Json => {
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, one]) => [name, reversed(one)] as const)
  return Object.fromEntries(members.toReversed())
}

const sentSchemaChecks = defineChecks(modelArea, [
  must('repeated-schemas', ['R-027'], {
    description: 'A request with a duplicate URN in schemas is rejected, or the server stores it once.',
    rationale: 'Repeated URNs make clients process an object twice.',
    remedy: 'Treat schemas as a set.',
    run: async context => {
      const schemas = schemasOf(context)
      const response = await postSample(context, context.users, { schemas: [...schemas, ...schemas] })
      if (!isSuccess(response)) return expectStatus(response, 400)
      const listed = listedSchemas(response)
      const repeated = listed.filter((urn, index) => listed.indexOf(urn) < index)
      expectEqual(repeated, [], 'repeated URNs', response)
    },
  }),
  should('unknown-schema', ['R-027'], {
    description: 'POST /Users with an unknown schema returns 400.',
    rationale: 'The client assumes that its extension was stored, although it was dropped.',
    remedy:
      'Compare the schemas of a request with those of the resource type, and return 400 with the name of the unknown one.',
    after: ['rfc/model/request-without-schemas'],
    request: ({ context }) => ({
      post: { schemas: [...schemasOf(context), 'urn:example:params:scim:schemas:scim-check:1.0:Unknown'] },
    }),
    expect: { status: [400] },
  }),
  must('schemas-order', ['R-028'], {
    description: 'The order of URNs in schemas has no effect.',
    rationale: 'Clients name the core schema and its extensions in either order.',
    remedy: 'Accept the known URNs at any position in schemas.',
    request: ({ context }) => {
      const { body } = withExtension(context) ?? skip('No extension of users has a writable string.')
      return { raw: { ...body, schemas: schemasOf(context, body).toReversed() } }
    },
    expect: ({ context }) => {
      const { schema = '' } = withExtension(context) ?? {}
      return { body: { [schema]: fitting('not omitted', values => values !== undefined) } }
    },
  }),
  must('member-order', ['R-036'], {
    source: 'RFC 7643 §2.3.8, RFC 8259 §4',
    description: 'The order of members in an object has no effect.',
    rationale: 'JSON libraries write members in any order, so schemas may come last.',
    remedy: 'Parse the whole object before you evaluate its members.',
    request: ({ context, text, mark }) => ({
      raw: reversed(context.sample(context.users, { ...withExtension(context)?.body, [text]: mark })),
    }),
    expect: ({ text, mark }) => ({ body: { [text]: mark } }),
  }),
])

const spellingChecks = defineChecks({ ...modelArea, source: 'RFC 7643 §2.1' }, [
  must('names-ignore-case', ['R-025'], {
    description: 'Attribute names in a body ignore case.',
    rationale:
      'Clients spell attribute names in their own way (username, Active). Values under names that aren’t recognized are lost silently.',
    remedy: 'Ignore case when you compare attribute names in bodies.',
    run: async context => {
      const { userName, ...sample } = context.sample(context.users)
      if (userName === undefined) skip('The sample has no userName.')
      const response = await postCreated(context, context.users, { ...sample, USERNAME: userName ?? null })
      expectEqual(valueIn(response.body, 'userName'), userName, 'userName', response)
    },
  }),
  should('names-own-spelling', ['R-025'], {
    description: 'Responses use the schema’s spelling of names, whatever the request uses.',
    rationale:
      'Clients look for the schema’s spelling, and treat attributes that they don’t find as missing.',
    remedy: 'Write attribute names as the schema spells them.',
    after: ['rfc/model/names-ignore-case'],
    run: async context => {
      const text = textAttributeName(context.users)
      const sample = context.sample(context.users, { [text]: context.unique() })
      const recased = (name: string) => (name.startsWith('urn:') ? name : name.toUpperCase())
      const upper = Object.entries(sample).map(([name, value]) => [recased(name), value])
      const response = await postForCleanup(context, context.users, Object.fromEntries(upper))
      if (!isSuccess(response)) skip(`Names in upper case return ${response.status}.`)
      const known = new Set(context.users.attributes.map(({ name }) => name))
      const strange = Object.keys(jsonObject(response)).filter(
        name => !known.has(name) && [...known].some(one => one.toLowerCase() === name.toLowerCase()),
      )
      expectEqual(strange, [], 'names spelled differently from the schema', response)
    },
  }),
  practice('urns-ignore-case', ['R-025'], {
    source: 'RFC 7644 §3.10, which says it of attribute names only; RFC 7643 §10.2.1',
    description: 'Schema URNs in a request ignore case.',
    rationale: 'Administrators type attribute mappings in Entra and Okta by hand.',
    remedy: 'Convert both URNs to lower case before you compare them.',
    request: ({ context }) => ({
      post: { schemas: schemasOf(context).map(urn => String(urn).toUpperCase().replace(/^URN:/, 'urn:')) },
    }),
    expect: {},
  }),
])

export const modelChecks: readonly Check[] = [
  ...spellingChecks,
  ...listedSchemaChecks,
  ...messageChecks,
  ...sentSchemaChecks,
]
