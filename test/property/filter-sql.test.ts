import Database from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import { filterToSql, isSingleText } from '../../src/persistence/filter-to-sql.ts'
import {
  type Attribute,
  type AttributePath,
  attribute,
  pathText,
  subAttributesOf,
} from '../../src/scim/attribute.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import type { BoundFilter, CompareOperator } from '../../src/scim/filter/bound-filter.ts'
import { matches, toSearchForm } from '../../src/scim/filter/evaluate.ts'
import { isObject, type Json, type JsonObject } from '../../src/scim/json.ts'
import { resourceType } from '../../src/scim/resource-types.ts'
import { fold } from '../../src/scim/text.ts'
import { sqliteDialect } from '../../src/sqlite/dialect.ts'
import { assertProperty } from '../support/property.ts'

/** The user of the RFC, with an extension of types that the RFC's schemas lack: numbers, dates, simple lists. */
const type = resourceType({
  ...userType,
  extensions: [
    ...userType.extensions,
    {
      required: false,
      schema: {
        id: "urn:example:it's:2.0:Extra",
        name: 'Extra',
        description: 'Extra',
        attributes: [
          attribute('level', 'Level.', { type: 'integer' }),
          attribute('since', 'Since.', { type: 'dateTime' }),
          attribute('tags', 'Tags.', { multiValued: true, lookup: true }),
          attribute('levels', 'Levels.', { type: 'integer', multiValued: true }),
        ],
      },
    },
  ],
})

// Few and short, so that values collide, with characters that are special in SQL.
const texts = [
  '',
  'a',
  'A',
  'ab',
  'b',
  'ba',
  'É',
  'é',
  'ß',
  '%',
  '_',
  "'",
  '"',
  '\\',
  '\uffee',
  '😀',
  'a😀',
  '\ud7ff',
  '\ud7ff\ue000',
  '\u{10ffff}',
  '1',
  '0',
  'null',
]
const numbers = [-5, -1, 0, 1, 2, 1.5, 1e21]
const dates = ['1970-01-01T00:00:00Z', '2026-01-31T08:00:00.5+01:00', '2026-01-31T07:00:00']

const shownTo = (attributes: readonly Attribute[]) =>
  attributes.filter(({ relation, returned, name }) => !relation && returned !== 'never' && name !== 'meta')

const text = fc.constantFrom(...texts)

function jsonOf(of: Attribute): fc.Arbitrary<Json> {
  switch (of.type) {
    case 'complex':
      return objectOf(subAttributesOf(of))
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'decimal':
      return fc.constantFrom(...numbers)
    case 'dateTime':
      return fc.constantFrom(...dates)
    default:
      return text
  }
}

function objectOf(attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> {
  const entries = shownTo(attributes).map(each => [
    each.name,
    each.multiValued ? fc.array(jsonOf(each), { maxLength: 3 }) : jsonOf(each),
  ])
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] }).map(object => object as JsonObject)
}

const pathsOf = (attributes: readonly Attribute[]): readonly AttributePath[] =>
  shownTo(attributes).flatMap(each => [
    [each],
    ...pathsOf(subAttributesOf(each)).map(below => [each, ...below]),
  ])

const operatorsOf = ({ type }: Attribute): readonly CompareOperator[] => {
  if (type === 'boolean' || type === 'binary') return ['eq', 'ne']
  const ordered = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
  return type === 'string' || type === 'reference' ? [...ordered, 'co', 'sw', 'ew'] : ordered
}

function wantedOf(of: Attribute): fc.Arbitrary<string | number | boolean> {
  switch (of.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'decimal':
      return fc.constantFrom(...numbers)
    case 'dateTime':
      return fc.constantFrom(0, Date.UTC(2026, 0, 31, 7), Date.UTC(2026, 0, 31, 7, 0, 0, 500))
    default:
      return of.caseExact ? text : text.map(fold)
  }
}

const compareAt = (path: AttributePath, leaf: Attribute): fc.Arbitrary<BoundFilter> =>
  fc.oneof(
    fc.record({
      kind: fc.constant('compare' as const),
      path: fc.constant(path),
      operator: fc.constantFrom(...operatorsOf(leaf)),
      value: wantedOf(leaf),
    }),
    fc.record({
      kind: fc.constant('compare' as const),
      path: fc.constant(path),
      operator: fc.constantFrom('eq' as const, 'ne' as const),
      value: fc.constant(null),
    }),
  )

const presentAt = (path: AttributePath) => fc.constant<BoundFilter>({ kind: 'present', path })

function testsAt(path: AttributePath): readonly fc.Arbitrary<BoundFilter>[] {
  const leaf = path.at(-1)
  if (!leaf) return []
  const simple = leaf.type === 'complex' ? [presentAt(path)] : [presentAt(path), compareAt(path, leaf)]
  if (!leaf.multiValued) return simple
  const inner =
    leaf.type === 'complex'
      ? pathsOf(subAttributesOf(leaf)).flatMap(testsAt)
      : [presentAt([]), compareAt([], leaf)]
  const some = combined(fc.oneof(...inner), 1).map((where): BoundFilter => ({ kind: 'some', path, where }))
  return [...simple, some, some]
}

function combined(test: fc.Arbitrary<BoundFilter>, depth: number): fc.Arbitrary<BoundFilter> {
  if (depth === 0) return test
  const below = combined(test, depth - 1)
  return fc.oneof(
    { weight: 3, arbitrary: test },
    { weight: 1, arbitrary: below.map((operand): BoundFilter => ({ kind: 'not', operand })) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(below, { minLength: 2, maxLength: 4 }),
      }),
    },
  )
}

const related = fc.oneof(
  fc.record({
    kind: fc.constant('related' as const),
    relation: fc.constantFrom('members' as const, 'groups' as const),
    id: fc.constantFrom('r0', 'r1', 'r2', 'r3', 'gone'),
  }),
  fc.record({
    kind: fc.constant('any-related' as const),
    relation: fc.constantFrom('members' as const, 'groups' as const),
  }),
)

const filters = combined(fc.oneof(fc.oneof(...pathsOf(type.attributes).flatMap(testsAt)), related), 2)

const resources = fc.array(
  fc.record({
    resource: objectOf(type.attributes),
    members: fc.uniqueArray(fc.constantFrom('r0', 'r1', 'r2', 'gone')),
  }),
  { minLength: 12, maxLength: 12 },
)

const database = new Database(':memory:')
database.exec(`
  create table resources (key integer primary key, tenant integer, type text, id text, search blob, unique (tenant, id)) strict;
  create table keys (tenant integer, type text, attribute text, value text, resource integer, exclusive integer) strict;
  create table indexed_texts (tenant integer, type text, attribute text, value text, resource integer) strict;
  create table memberships (
    key integer primary key, tenant integer, group_key integer, member_id text, member_key integer,
    unique (group_key, member_id)
  ) strict;`)
t.teardown(() => database.close())

const insertResource = database.prepare("insert into resources values (@key, 1, 'User', @id, jsonb(@search))")
const insertKey = database.prepare("insert into keys values (1, 'User', @attribute, @value, @key, 0)")
const insertText = database.prepare("insert into indexed_texts values (1, 'User', @attribute, @value, @key)")
const insertMember = database.prepare('insert into memberships values (null, 1, @group, @id, @member)')

type Row = { readonly search: JsonObject; readonly members: readonly string[] }

const lookups = pathsOf(type.attributes).filter(path => path.at(-1)?.lookup)

/** Every second text without a lookup key, so that filters use the index and the documents. */
const indexedPaths = pathsOf(type.attributes)
  .filter(path => isSingleText(path) && !path.at(-1)?.lookup)
  .filter((_, at) => at % 2 === 0)
const indexedNames = new Set(indexedPaths.map(pathText))
const indexOf = (path: AttributePath) => {
  if (indexedNames.has(pathText(path))) return 'indexed_texts'
  return isSingleText(path) && path.at(-1)?.lookup ? 'keys' : undefined
}

const leavesAt = (value: Json | undefined, [next, ...rest]: AttributePath): readonly (Json | undefined)[] => {
  if (Array.isArray(value)) return value.flatMap(each => leavesAt(each, next ? [next, ...rest] : []))
  if (!next) return [value]
  return isObject(value) ? leavesAt(value[next.name], rest) : []
}

const store = database.transaction((rows: readonly Row[]) => {
  database.exec('delete from resources; delete from keys; delete from indexed_texts; delete from memberships')
  for (const [key, { search, members }] of rows.entries()) {
    insertResource.run({ key, id: `r${key}`, search: JSON.stringify(search) })
    for (const id of members) {
      insertMember.run({ group: key, id, member: id === 'gone' ? null : Number(id.slice(1)) })
    }
    for (const path of lookups) {
      for (const value of leavesAt(search, path)) {
        if (typeof value === 'string') insertKey.run({ attribute: pathText(path), value, key })
      }
    }
    for (const path of indexedPaths) {
      const [value] = leavesAt(search, path)
      if (typeof value === 'string') insertText.run({ attribute: pathText(path), value, key })
    }
  }
})

const foundBySql = (filter: BoundFilter) => {
  const { sql, params } = filterToSql(filter, sqliteDialect, indexOf)
  const query = database.prepare<[object], string>(
    `select r.id from resources r where r.tenant = @tenant and ${sql} order by r.key`,
  )
  return query.pluck().all({ tenant: 1, type: 'User', ...params })
}

const foundByMatches = (filter: BoundFilter, rows: readonly Row[]) =>
  rows.flatMap(({ search, members }, key) => {
    const id = `r${key}`
    const groups = rows.flatMap((row, group) => (row.members.includes(id) ? [`r${group}`] : []))
    const related = { members: new Set(members), groups: new Set(groups) }
    return matches(filter, search, related) ? [id] : []
  })

t.test('SQL and the evaluation in memory return the same results', async t => {
  let pairs = 0
  let hits = 0
  const sets = fc.record({ resources, filters: fc.array(filters, { minLength: 25, maxLength: 25 }) })
  assertProperty(
    fc.property(sets, ({ resources, filters }) => {
      const rows = resources.map(({ resource, members }, key) => ({
        search: toSearchForm(type, { ...resource, id: `r${key}` }),
        members,
      }))
      store(rows)
      for (const filter of filters) {
        const expected = foundByMatches(filter, rows)
        const actual = foundBySql(filter)
        pairs += rows.length
        hits += expected.length
        if (actual.join() !== expected.join()) {
          throw new Error(
            `SQL found ${actual}, matches ${expected}: ${filterToSql(filter, sqliteDialect, indexOf).sql}`,
          )
        }
      }
    }),
    { numRuns: 150 },
  )
  t.comment(`${pairs} pairs of a document and a filter, ${hits} of them matching`)
  t.ok(hits > pairs / 10 && hits < (pairs * 9) / 10, 'the filters distinguish documents')
})

t.test(
  'a filter with a thousand comparisons, or of maximum depth, stays within the limits of SQLite',
  async t => {
    const [path] = lookups
    const one: BoundFilter = { kind: 'not', operand: { kind: 'present', path: path ?? [] } }
    store([{ search: {}, members: [] }])
    t.same(foundBySql({ kind: 'and', operands: Array.from({ length: 2000 }, () => one) }), ['r0'])
    let deep: BoundFilter = one
    for (let depth = 0; depth < 100; depth++)
      deep = { kind: depth % 2 ? 'and' : 'or', operands: [{ kind: 'not', operand: deep }, one] }
    t.same(foundBySql(deep), foundByMatches(deep, [{ search: {}, members: [] }]))
  },
)
