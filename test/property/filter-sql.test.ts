import assert from 'node:assert/strict'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t, { type Test } from 'tap'
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
import type { Dialect } from '../../src/storage/common/dialect.ts'
import { filterToSql, isSingleText } from '../../src/storage/common/filter-to-sql.ts'
import { openConnection } from '../../src/storage/postgres/connection.ts'
import { postgresDialect } from '../../src/storage/postgres/dialect.ts'
import { migrate } from '../../src/storage/postgres/migrations.ts'
import { withNames } from '../../src/storage/postgres/statement.ts'
import { sqliteDialect } from '../../src/storage/sqlite/dialect.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
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
// Around and far above the length at which an index entry is cut, with starts in common.
const longTexts = [
  'x'.repeat(256),
  `${'x'.repeat(256)}a`,
  'x'.repeat(3000),
  `${'é'.repeat(3000)}a`,
  '😀'.repeat(300),
]
/** Texts that the parser of filters rejects: no document has them. */
const unstorable = ['\0', 'a\0', '\ud800', 'a\udc00b']
const numbers = [-5, -1, 0, 1, 2, 1.5, 1e21]
const dates = ['1970-01-01T00:00:00Z', '2026-01-31T08:00:00.5+01:00', '2026-01-31T07:00:00']

const shownTo = (attributes: readonly Attribute[]) =>
  attributes.filter(({ relation, returned, name }) => !relation && returned !== 'never' && name !== 'meta')

const text = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.constantFrom(...longTexts) },
)

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

const compareAt = (path: AttributePath, leaf: Attribute): fc.Arbitrary<BoundFilter> => {
  const compareWith = (
    operators: readonly CompareOperator[],
    value: fc.Arbitrary<string | number | boolean | null>,
  ): fc.Arbitrary<BoundFilter> =>
    fc.record({
      kind: fc.constant('compare' as const),
      path: fc.constant(path),
      operator: fc.constantFrom(...operators),
      value,
    })
  const operators = operatorsOf(leaf)
  const unordered = operators.filter(operator => !['gt', 'ge', 'lt', 'le'].includes(operator))
  return fc.oneof(
    { weight: 8, arbitrary: compareWith(operators, wantedOf(leaf)) },
    { weight: 8, arbitrary: compareWith(['eq', 'ne'], fc.constant(null)) },
    ...(leaf.type === 'string'
      ? [{ weight: 1, arbitrary: compareWith(unordered, fc.constantFrom(...unstorable)) }]
      : []),
  )
}

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
    form: fc.constant('sub-attribute' as const),
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

/** Rows of the tables, keys being the places of resources. */
function toTables(rows: readonly Row[]) {
  const textsAt = (paths: readonly AttributePath[]) =>
    rows.flatMap(({ search }, key) =>
      paths.flatMap(path =>
        leavesAt(search, path).flatMap(value =>
          typeof value === 'string' ? [{ attribute: pathText(path), value, key }] : [],
        ),
      ),
    )
  return {
    resources: rows.map(({ search }, key) => ({ key, id: `r${key}`, search: JSON.stringify(search) })),
    keys: textsAt(lookups),
    texts: textsAt(indexedPaths),
    members: rows.flatMap(({ members }, group) =>
      members.map(id => ({ group, id, member: id === 'gone' ? null : Number(id.slice(1)) })),
    ),
  }
}

/** The engine under test. */
type Engine = {
  readonly dialect: Dialect
  readonly store: (rows: readonly Row[]) => void | Promise<void>
  /** Runs all of them on the stored rows. */
  readonly find: (filters: readonly BoundFilter[]) => Promise<readonly (readonly string[])[]>
}

const selectIds = (filter: BoundFilter, dialect: Dialect) => {
  const { sql, params } = filterToSql(filter, dialect, indexOf)
  return {
    text: `select r.id from resources r where r.tenant = @tenant and ${sql} order by r.key`,
    params: { tenant: 1, type: 'User', ...params },
  }
}

async function openSqliteEngine(t: Test): Promise<Engine> {
  const database = new Database(':memory:')
  t.teardown(() => database.close())
  database.exec(`
    create table resources (key integer primary key, tenant integer, type text, id text, search blob, unique (tenant, id)) strict;
    create table keys (tenant integer, type text, attribute text, value text, resource integer, exclusive integer) strict;
    create table indexed_texts (tenant integer, type text, attribute text, value text, resource integer) strict;
    create table memberships (
      key integer primary key, tenant integer, group_key integer, member_id text, member_key integer,
      unique (group_key, member_id)
    ) strict;`)
  const insertResource = database.prepare(
    "insert into resources values (@key, 1, 'User', @id, jsonb(@search))",
  )
  const insertKey = database.prepare("insert into keys values (1, 'User', @attribute, @value, @key, 0)")
  const insertText = database.prepare(
    "insert into indexed_texts values (1, 'User', @attribute, @value, @key)",
  )
  const insertMember = database.prepare('insert into memberships values (null, 1, @group, @id, @member)')
  return {
    dialect: sqliteDialect,
    store: database.transaction((rows: readonly Row[]) => {
      database.exec(
        'delete from resources; delete from keys; delete from indexed_texts; delete from memberships',
      )
      const { resources, keys, texts, members } = toTables(rows)
      for (const row of resources) insertResource.run(row)
      for (const row of keys) insertKey.run(row)
      for (const row of texts) insertText.run(row)
      for (const row of members) insertMember.run(row)
    }),
    find: async filters =>
      filters.map(filter => {
        const { text, params } = selectIds(filter, sqliteDialect)
        return database.prepare<[object], string>(text).pluck().all(params)
      }),
  }
}

async function openPostgresEngine(t: Test): Promise<Engine> {
  const location = await createSchema(t)
  await migrate(location)
  const connection = await openConnection(location)
  t.teardown(() => connection.close())
  const insert = (text: string, rows: readonly object[]) => connection.query({ text }, [JSON.stringify(rows)])
  const withEntries = (rows: ReturnType<typeof toTables>['keys']) =>
    rows.map(({ value: text, ...row }) => {
      const value = postgresDialect.indexEntry(text)
      return { ...row, value, whole: value === text ? null : text }
    })
  return {
    dialect: postgresDialect,
    store: async rows => {
      const { resources, keys, texts, members } = toTables(rows)
      await Promise.all([
        connection.execute(
          'delete from resources; delete from keys; delete from indexed_texts; delete from memberships',
        ),
        insert(
          `insert into resources (tenant, key, type, id, document, search, keys, version, created, last_modified, label,
              display, folded_display, names, enabled)
            select 1, key, 'User', id, '', search::jsonb, '[]', 1, 0, 0, '', '', '', '', true
            from jsonb_to_recordset($1) as (key bigint, id text, search text)`,
          resources,
        ),
        insert(
          `insert into keys select 1, 'User', attribute, value, key, key, whole
            from jsonb_to_recordset($1) as (attribute text, value text, key bigint, whole text) on conflict do nothing`,
          withEntries(keys),
        ),
        insert(
          `insert into indexed_texts select 1, 'User', attribute, value, key, whole
            from jsonb_to_recordset($1) as (attribute text, value text, key bigint, whole text)`,
          withEntries(texts),
        ),
        insert(
          `insert into memberships (tenant, key, group_key, member_id, member_key, at)
            select 1, nextval('membership_key'), "group", id, member, 0 from jsonb_to_recordset($1) as ("group" bigint, id text, member bigint)`,
          members,
        ),
      ])
    },
    find: filters =>
      Promise.all(
        filters.map(async filter => {
          const { text, params } = selectIds(filter, postgresDialect)
          const { values, ...statement } = withNames(text, params)
          const rows = await connection.query<{ readonly id: string }>(statement, values)
          return rows.map(({ id }) => id)
        }),
      ),
  }
}

const foundByMatches = (filter: BoundFilter, rows: readonly Row[]) =>
  rows.flatMap(({ search, members }, key) => {
    const id = `r${key}`
    const groups = rows.flatMap((row, group) => (row.members.includes(id) ? [`r${group}`] : []))
    const related = { members: new Set(members), groups: new Set(groups) }
    return matches(filter, search, related) ? [id] : []
  })

function describeFilters(t: Test, openEngine: (t: Test) => Promise<Engine>, numRuns: number): void {
  t.test('SQL and the evaluation in memory return the same results', async t => {
    const engine = await openEngine(t)
    let pairs = 0
    let hits = 0
    const sets = fc.record({ resources, filters: fc.array(filters, { minLength: 25, maxLength: 25 }) })
    await assertProperty(
      fc.asyncProperty(sets, async ({ resources, filters }) => {
        const rows = resources.map(({ resource, members }, key) => ({
          search: toSearchForm(type, { ...resource, id: `r${key}` }),
          members,
        }))
        await engine.store(rows)
        const found = await engine.find(filters)
        for (const [at, filter] of filters.entries()) {
          const expected = foundByMatches(filter, rows)
          pairs += rows.length
          hits += expected.length
          assert.deepEqual(found[at], expected, selectIds(filter, engine.dialect).text)
        }
      }),
      { numRuns },
    )
    t.comment(`${pairs} pairs of a document and a filter, ${hits} of them matching`)
    t.ok(hits > pairs / 10 && hits < (pairs * 9) / 10, 'the filters distinguish documents')
  })

  t.test('a filter with thousands of comparisons, or of maximum depth, is within the limits', async t => {
    const { store, find } = await openEngine(t)
    const rows = [{ search: {}, members: [] }]
    await store(rows)
    const [path] = lookups
    const one: BoundFilter = { kind: 'not', operand: { kind: 'present', path: path ?? [] } }
    const wide: BoundFilter = { kind: 'and', operands: Array.from({ length: 2000 }, () => one) }
    let deep: BoundFilter = one
    for (let depth = 0; depth < 100; depth++)
      deep = { kind: depth % 2 ? 'and' : 'or', operands: [{ kind: 'not', operand: deep }, one] }
    t.same(await find([wide, deep]), [['r0'], foundByMatches(deep, rows)])
  })
}

t.test('SQLite', async t => describeFilters(t, openSqliteEngine, 150))
t.test('PostgreSQL', { skip: skipWithoutPostgres }, async t => describeFilters(t, openPostgresEngine, 60))
