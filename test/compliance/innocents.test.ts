import t from 'tap'
import type { JsonObject } from '../../scim-compliance/json.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import {
  error,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reply,
  withBody,
} from './mutants/break.ts'
import { answers, asks, eachResource, insteadOf, resources, without } from './mutants/breaks.ts'
import { patient } from './mutants/patient.ts'
import { peerOf } from './peers/index.ts'

/** A server that does what the RFCs allow, and the checks that must not accuse it. */
type Innocent = Pick<Mutant, 'id' | 'says' | 'breaks'> & {
  readonly clears: readonly string[]
  /** One check says what it doesn't have, at a level that breaks nothing. */
  readonly noted?: readonly string[]
}

const declined = reply(400, {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: '400',
  scimType: 'invalidFilter',
  detail: 'This filter isn’t supported.',
})

const declines = (pattern: RegExp): Mutant['breaks'] =>
  insteadOf(asked => {
    const outsideValues = (queryOf(asked).get('filter') ?? '').replace(/"(\\.|[^"\\])*"/g, '""')
    return pattern.test(outsideValues) ? declined : undefined
  })

const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** Changes a schema as `/Schemas` has it. */
const schema = (id: string, change: (schema: JsonObject) => JsonObject): Mutant['breaks'] =>
  answers((answer, asked) => {
    if (pathOf(asked) !== '/Schemas') return {}
    const body = objectIn(answer)
    const changed = objectsIn(body.Resources).map(one => (one.id === id ? change(one) : one))
    return withBody(answer, { ...body, Resources: changed })
  })

const innocents: readonly Innocent[] = [
  {
    id: 'title-not-filtered',
    says: 'filters by names and ids, and not by title, nickName or displayName',
    breaks: declines(/\b(title|nickName|displayName)\b/),
    clears: ['rfc/filter/', 'rfc/index-paging/', 'rfc/search/filter'],
    noted: ['rfc/filter/takes-title'],
  },
  {
    id: 'eq-only',
    says: 'knows no operator but eq, and no brackets',
    breaks: declines(/ (ne|co|sw|ew|gt|ge|lt|le|pr)\b|\[|\bnot \(/i),
    clears: ['rfc/filter/', 'rfc/index-paging/', 'rfc/sort/', 'rfc/search/'],
    noted: ['ne', 'substrings', 'order', 'presence', 'logic', 'value-paths'].map(
      one => `rfc/filter/takes-${one}`,
    ),
  },
  {
    id: 'empty-body-415',
    says: 'answers a body without a media type with 415',
    breaks: insteadOf(asked =>
      asked.method === 'POST' && !('content-type' in asked.headers) ? error(415) : undefined,
    ),
    clears: ['rfc/errors/unreadable-empty', 'rfc/errors/unreadable-named'],
  },
  {
    ...peerOf('offers-me'),
    clears: ['rfc/me/'],
  },
  {
    id: 'root-too-many',
    says: 'declines queries over all types with 400 tooMany',
    breaks: insteadOf(asked =>
      ['/', '', '/.search'].includes(pathOf(asked))
        ? reply(400, { ...objectIn(declined), scimType: 'tooMany' })
        : undefined,
    ),
    clears: ['rfc/retrieve/root-query', 'rfc/search/everywhere'],
  },
  {
    id: 'no-scim-types',
    says: 'names no scimType, which is optional',
    breaks: answers(answer => {
      const body = objectIn(answer)
      return answer.status === 400 && 'scimType' in body ? withBody(answer, without(body, 'scimType')) : {}
    }),
    clears: ['rfc/errors/unreadable-named'],
  },
  {
    id: 'schema-of-schemas',
    says: 'lists the schema of schemas, whose subAttributes are complex',
    breaks: answers((answer, asked) => {
      if (pathOf(asked) !== '/Schemas') return {}
      const of = (name: string, type: string, more: JsonObject = {}): JsonObject => ({
        name,
        type,
        multiValued: true,
        required: true,
        description: name,
        mutability: 'readOnly',
        returned: 'default',
        ...more,
      })
      const own = {
        id: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
        name: 'Schema',
        description: 'Schemas',
        attributes: [
          of('attributes', 'complex', {
            subAttributes: [of('subAttributes', 'complex', { subAttributes: [of('name', 'string')] })],
          }),
        ],
      }
      const all = objectsIn(objectIn(answer).Resources)
      return withBody(answer, listOf(...all, own))
    }),
    clears: ['rfc/schemas/no-deeper-complex'],
  },
  {
    id: 'group-name-optional',
    says: 'advertises that groups need no name, as RFC 7643 §8.7.1 does, and takes groups without one',
    breaks: () => {
      const optional = schema(groupSchema, one => ({
        ...one,
        attributes: objectsIn(one.attributes).map(attribute =>
          attribute.name === 'displayName' ? { ...attribute, required: false } : attribute,
        ),
      }))()
      const unnamed = /^unnamed /
      return async (asked, next) => {
        const body = objectIn(asked)
        const isNameless = asked.method === 'POST' && pathOf(asked) === '/Groups' && !body.displayName
        const named = isNameless
          ? withBody(asked, { ...body, displayName: `unnamed ${Math.random()}` })
          : asked
        const answer = await optional(named, next)
        const shown = eachResource(objectIn(answer), one =>
          unnamed.test(String(one.displayName)) ? without(one, 'displayName') : one,
        )
        return Object.keys(shown).length === 0 ? answer : withBody(answer, shown)
      }
    },
    clears: ['rfc/filter/eq-group-name', 'rfc/search/groups', 'rfc/projection/excluded-members'],
  },
  {
    ...peerOf('null-for-no-resources'),
    clears: ['rfc/filter/', 'rfc/retrieve/nothing-found', 'rfc/delete/out-of-lists'],
    noted: ['rfc/retrieve/resources-not-null'],
  },
  {
    ...peerOf('no-filter-on-title'),
    clears: ['rfc/filter/', 'rfc/index-paging/', 'rfc/search/'],
    noted: ['rfc/filter/takes-title'],
  },
  {
    id: 'passwords-compared',
    says: 'tests passwords for equality, as RFC 7643 §4.1.1 allows',
    breaks: asks(asked => {
      const filter = queryOf(asked).get('filter')
      return filter === null
        ? asked
        : { ...asked, target: asked.target.replace(/password%20eq%20%22[^%]*%22/i, 'id%20pr') }
    }),
    clears: ['rfc/user/password-not-searched'],
  },
  {
    id: 'bulk-status-object',
    says: 'has the status of bulk operations as an object with a code, as RFC 7644 §3.7.3 says',
    breaks: answers((answer, asked) => {
      const body = objectIn(answer)
      if (!asked.target.startsWith('/Bulk') || !Array.isArray(body.Operations)) return {}
      const Operations = objectsIn(body.Operations).map(one => ({
        ...one,
        status: { code: one.status ?? '' },
      }))
      return withBody(answer, { ...body, Operations })
    }),
    clears: ['rfc/bulk/status-as-string'],
  },
  {
    id: 'members-by-value-only',
    says: 'shows of members their value only',
    breaks: resources(resource =>
      Array.isArray(resource.members)
        ? { ...resource, members: objectsIn(resource.members).map(({ value = '' }) => ({ value })) }
        : resource,
    ),
    clears: ['rfc/group/members-kept', 'rfc/group/members-ref-leads'],
    noted: ['rfc/group/members-type', 'rfc/group/members-ref'],
  },
]

const told = ({ check, verdict, expected, got, reason }: Outcome) =>
  `${check.level} ${check.id} ${verdict}: ${expected ?? reason}; ${got}`

t.test('what the RFCs leave to a server is held against none', async t => {
  const patients = await Promise.all(Array.from({ length: 4 }, () => patient(t, 'rfc')))
  const queue = innocents.values()
  await Promise.all(
    patients.map(async ({ outcomesOf }) => {
      for (const { id, says, breaks, clears, noted = [] } of queue) {
        const outcomes = await outcomesOf([...clears, ...noted], breaks())
        const failed = outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken')
        t.same(failed.filter(({ check }) => !noted.includes(check.id)).map(told), [], `${id}: ${says}`)
        t.same(
          failed.filter(({ check }) => noted.includes(check.id)).map(({ check }) => check.id),
          noted.toSorted((a, b) => order(outcomes, a) - order(outcomes, b)),
          `${id} is noted once`,
        )
      }
    }),
  )
})

const order = (outcomes: readonly Outcome[], id: string): number =>
  outcomes.findIndex(({ check }) => check.id === id)

/** A server that looks right from afar, and the checks that must not pass on it. */
const vacuous: readonly { readonly peer: string; readonly areas: readonly string[] }[] = [
  {
    peer: 'ignores-filters',
    areas: ['rfc/filter/', 'rfc/user/name-found', 'rfc/common/external-id-case', 'rfc/search/filter'],
  },
  { peer: 'totals-of-the-page', areas: ['rfc/index-paging/', 'rfc/retrieve/total-results'] },
  { peer: 'writes-without-effect', areas: ['rfc/patch', 'rfc/put/', 'rfc/delete/', 'rfc/versions/stale'] },
]

t.test('no check passes on a server that does nothing of what it looks at', async t => {
  for (const { peer, areas } of vacuous) {
    const { outcomesOf } = await patient(t, 'rfc')
    const outcomes = await outcomesOf(areas, peerOf(peer).breaks(), 12)
    t.ok(
      outcomes.some(({ verdict }) => verdict === 'failed'),
      `the peer ${peer} fails`,
    )
    t.same(
      outcomes.filter(({ verdict }) => verdict === 'passed').map(({ check }) => check.id),
      [],
      peer,
    )
  }
})
