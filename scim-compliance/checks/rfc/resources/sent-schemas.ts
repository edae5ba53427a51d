import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at, extended, textOf } from '../../tools/attributes.ts'
import { made, posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { resourceModelArea } from './areas.ts'
import { schemasOf, textsInExtensions, withSome } from './schemas-of.ts'

/** A sample with something of an extension in it. */
const withExtension = (stage: Stage): { readonly schema: string; readonly body: JsonObject } => {
  const { schema, name } =
    textsInExtensions(stage)[0] ?? skip('No extension of users has a text that can be written.')
  return { schema, body: extended(stage, stage.users, schema, { [name]: stage.unique() }) }
}

const reversed = (value: Json): Json =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, one]) => [name, reversed(one)]),
      )
    : value

export const checks: readonly Check[] = checksOf(resourceModelArea, [
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
    level: 'SHOULD',
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
    matters: 'Clients name the core schema and its extensions in either order.',
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
      const text = textOf(stage.users)
      const value = stage.unique()
      const body = reversed(stage.sample(stage.users, { ...withSome(stage), [text]: value }))
      const answer = await made(stage, stage.users, body)
      expectEqual(at(answer.body, text), value, text, answer)
    },
  },
])
