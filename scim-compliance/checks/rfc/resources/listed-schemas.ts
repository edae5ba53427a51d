import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn } from '../../../expect.ts'
import { listResponseUrn } from '../../../urns.ts'
import { posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { resourceModelArea } from './areas.ts'
import { schemasOf, withSome } from './schemas-of.ts'

export const checks: readonly Check[] = checksOf(resourceModelArea, [
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
])
