import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { listResponseUrn } from '../../urns.ts'
import { at, extended, textOf } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { made, posted } from '../tools/posted.ts'

const schemasOf = (answer: Answer, body: JsonObject = objectIn(answer)): readonly Json[] => {
  const { schemas } = body
  if (Array.isArray(schemas) && schemas.length > 0) return schemas
  expectThat(false, 'schemas with at least one URN', schemas, answer)
  return []
}

const recased = (body: JsonObject, recase: (name: string) => string): JsonObject =>
  Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name.startsWith('urn:') ? name : recase(name), value]),
  )

const textsInExtensions = ({ users }: Stage) =>
  users.extensions.flatMap(({ schema, attributes }) =>
    attributes
      .filter(
        ({ type, multiValued, mutability, canonicalValues }) =>
          type === 'string' && !multiValued && mutability === 'readWrite' && canonicalValues.length === 0,
      )
      .map(({ name }) => ({ schema, name })),
  )

/** A sample with something of an extension in it. */
const withExtension = (stage: Stage): { readonly schema: string; readonly body: JsonObject } => {
  const { schema, name } =
    textsInExtensions(stage)[0] ?? skip('No extension of users has a text that can be written.')
  return { schema, body: extended(stage, stage.users, schema, { [name]: stage.unique() }) }
}

/** With values of an extension, where there is one to be had. */
const withSome = (stage: Stage): JsonObject => {
  const [extension] = textsInExtensions(stage)
  return extension === undefined
    ? {}
    : extended(stage, stage.users, extension.schema, { [extension.name]: stage.unique() })
}

const reversed = (value: Json): Json =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, one]) => [name, reversed(one)]),
      )
    : value

export const checks: readonly Check[] = checksOf(
  { area: 'model', section: 'Resource model', source: 'RFC 7643 §3', needs: ['write', 'users'] },
  [
    {
      id: 'names-ignore-case',
      level: 'MUST',
      source: 'RFC 7643 §2.1',
      says: 'Names of attributes in a body are read whatever their case.',
      requirements: ['R-025'],
      matters:
        'Clients spell names their own way (username, Active); what isn’t recognised is lost without a word.',
      mend: 'Compare names of attributes without case when reading bodies.',
      run: async stage => {
        const { userName, ...sample } = stage.sample(stage.users)
        if (userName === undefined) skip('The sample has no userName.')
        const answer = await made(stage, stage.users, { ...sample, USERNAME: userName ?? null })
        expectEqual(at(answer.body, 'userName'), userName, 'userName', answer)
      },
    },
    {
      id: 'names-own-spelling',
      level: 'MUST',
      source: 'RFC 7643 §2.1',
      says: 'Answers spell names as the schema does, whatever the request’s spelling was.',
      requirements: ['R-025'],
      matters: 'Clients look for the schema’s spelling, and take what they don’t find for missing.',
      mend: 'Write answers from the schema’s names.',
      run: async stage => {
        const text = textOf(stage.users)
        const sample = stage.sample(stage.users, { [text]: stage.unique() })
        const answer = await posted(
          stage,
          stage.users,
          recased(sample, name => name.toUpperCase()),
        )
        if (answer.status !== 201) skip(`Names in upper case are answered with ${answer.status}.`)
        const known = new Set(stage.users.attributes.map(({ name }) => name))
        const strange = Object.keys(objectIn(answer)).filter(
          name => !known.has(name) && [...known].some(one => one.toLowerCase() === name.toLowerCase()),
        )
        expectEqual(strange, [], 'names spelled otherwise than in the schema', answer)
      },
    },
    {
      id: 'urns-ignore-case',
      level: 'MUST',
      source: 'RFC 7643 §2.1, RFC 8141 §3',
      says: 'Schema URNs in a request are compared without case.',
      requirements: ['R-025'],
      matters: 'Attribute mappings in Entra and Okta are typed by people.',
      mend: 'Lower both sides before comparing URNs.',
      run: async stage => {
        const sample = stage.sample(stage.users)
        const upper = (Array.isArray(sample.schemas) ? sample.schemas : [stage.users.schema]).map(urn =>
          String(urn).toUpperCase().replace(/^URN:/, 'urn:'),
        )
        await made(stage, stage.users, { ...sample, schemas: upper })
      },
    },
    {
      id: 'resource-schemas',
      level: 'MUST',
      says: 'Every resource in an answer has schemas with at least one URN.',
      requirements: ['R-026'],
      matters: 'Clients choose how to read an object by its schemas.',
      mend: 'Put schemas into every representation, in lists too.',
      run: async stage => {
        const { path, answer } = await stage.create(stage.users)
        schemasOf(answer)
        schemasOf(await stage.get(path))
        const list = await stage.get(`${stage.users.endpoint}?count=1`)
        for (const one of resourcesIn(list)) schemasOf(list, one)
      },
    },
    {
      id: 'message-schemas',
      level: 'MUST',
      says: 'Every list in an answer has the URN of ListResponse in its schemas.',
      requirements: ['R-026', 'R-091'],
      matters: 'Typed clients tell a list from a resource by it.',
      mend: 'Put urn:ietf:params:scim:api:messages:2.0:ListResponse into the schemas of lists.',
      run: async stage => {
        const answer = await stage.get(`${stage.users.endpoint}?count=1`)
        expectStatus(answer, 200)
        const urn = listResponseUrn
        expectThat(schemasOf(answer).includes(urn), urn, objectIn(answer).schemas, answer)
      },
    },
    {
      id: 'request-without-schemas',
      level: 'SHOULD',
      says: 'A resource without schemas is refused with 400.',
      requirements: ['R-026'],
      matters: 'A client that leaves schemas out works here and fails at every strict server.',
      mend: 'Ask for schemas in requests; if you accept requests without, expect clients to come to rely on it.',
      run: async stage => {
        const { schemas: _, ...body } = stage.sample(stage.users)
        const answer = await posted(stage, stage.users, body)
        expectStatus(answer, 400)
      },
    },
    {
      id: 'base-schema',
      level: 'MUST',
      source: 'RFC 7643 §3.3',
      says: 'The schemas of a resource have its base schema.',
      requirements: ['R-029'],
      matters: 'Without it a client can’t know what kind of object it reads.',
      mend: 'Start the schemas of each representation with the type’s schema.',
      run: async stage => {
        const { answer } = await stage.create(stage.users)
        expectThat(
          schemasOf(answer).includes(stage.users.schema),
          stage.users.schema,
          objectIn(answer).schemas,
          answer,
        )
      },
    },
    {
      id: 'known-schemas',
      level: 'MUST',
      says: 'The schemas of a resource have each URN once, and only those of its type and its extensions.',
      requirements: ['R-027'],
      matters: 'Clients look up each URN, and fail on those that aren’t advertised.',
      mend: 'Work out schemas from what the resource holds instead of storing what was sent.',
      run: async stage => {
        const { answer } = await stage.create(stage.users, withSome(stage))
        const known = [stage.users.schema, ...stage.users.extensions.map(({ schema }) => schema)]
        const schemas = schemasOf(answer)
        expectEqual(
          schemas.filter(urn => !known.includes(String(urn))),
          [],
          'URNs that are none of its type’s',
          answer,
        )
        expectEqual(schemas.length, new Set(schemas).size, 'number of different URNs', answer)
      },
    },
    {
      id: 'repeated-schemas',
      level: 'MUST',
      says: 'A URN that a request names twice is refused, or comes back once.',
      requirements: ['R-027'],
      matters: 'Repeated URNs make clients read an object twice.',
      mend: 'Keep schemas as a set.',
      run: async stage => {
        const sample = stage.sample(stage.users)
        const schemas = Array.isArray(sample.schemas) ? sample.schemas : [stage.users.schema]
        const answer = await posted(stage, stage.users, {
          ...sample,
          schemas: [...schemas, ...schemas],
        })
        expectStatus(answer, 201, 400)
        if (answer.status === 201)
          expectEqual(schemasOf(answer).length, schemas.length, 'number of URNs', answer)
      },
    },
    {
      id: 'unknown-schema',
      level: 'MUST',
      says: 'A resource that names a schema that isn’t its type’s is refused with 400.',
      requirements: ['R-027'],
      matters: 'The client believes that its extension was stored, while it was dropped.',
      mend: 'Compare the schemas of a request with those of the resource type, and answer 400 naming the unknown one.',
      run: async stage => {
        const sample = stage.sample(stage.users)
        const schemas = Array.isArray(sample.schemas) ? sample.schemas : [stage.users.schema]
        const unknown = 'urn:example:params:scim:schemas:scim-check:1.0:Unknown'
        const answer = await posted(stage, stage.users, { ...sample, schemas: [...schemas, unknown] })
        expectStatus(answer, 400)
      },
    },
    {
      id: 'schemas-order',
      level: 'MUST',
      says: 'The order of URNs in schemas makes no difference.',
      requirements: ['R-028'],
      matters: 'Entra lists the extension first for some mappings, Okta the base schema.',
      mend: 'Look for the URNs you know anywhere in schemas.',
      run: async stage => {
        const { schema, body } = withExtension(stage)
        const schemas = Array.isArray(body.schemas) ? body.schemas : []
        const answer = await made(stage, stage.users, { ...body, schemas: [...schemas].reverse() })
        expectThat(at(answer.body, schema) !== undefined, `the values of ${schema}`, answer.text, answer)
      },
    },
    {
      id: 'member-order',
      level: 'MUST',
      source: 'RFC 7643 §2.3.8, RFC 8259 §4',
      says: 'The order of members in an object makes no difference.',
      requirements: ['R-036'],
      matters: 'JSON libraries order members as they like: schemas may come last.',
      mend: 'Read the whole object before looking at its members.',
      run: async stage => {
        const body = reversed(stage.sample(stage.users, withSome(stage)))
        await made(stage, stage.users, body)
      },
    },
  ],
)
