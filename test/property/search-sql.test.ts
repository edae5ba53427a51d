import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { AwsApi } from '../../src/domain/journal/aws-operations.ts'
import type { ClientDialect, Exchange, ExchangeNotes } from '../../src/domain/journal/exchange.ts'
import type { Operation } from '../../src/domain/journal/operation.ts'
import { type KeyName, keyNames } from '../../src/domain/journal/search/keys.ts'
import { createMatcher } from '../../src/domain/journal/search/matches.ts'
import { createTerm, parseSearch, type Search, type Term } from '../../src/domain/journal/search/parse.ts'
import type { Refusal } from '../../src/domain/tenants/tenant.ts'
import type { Product } from '../../src/scim/recognition/products.ts'
import { storedColumns, toRowValues } from '../../src/storage/common/exchange-rows.ts'
import { searchToSql } from '../../src/storage/common/search-to-sql.ts'
import { openConnection } from '../../src/storage/postgres/connection.ts'
import { canStore, postgresDialect } from '../../src/storage/postgres/dialect.ts'
import { migrate } from '../../src/storage/postgres/migrations.ts'
import { numberPlaceholders } from '../../src/storage/postgres/statement.ts'
import { createExchangeFinder } from '../../src/storage/sqlite/exchange-rows.ts'
import { openJournal } from '../../src/storage/sqlite/journal-file.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { printSearch } from '../support/print-search.ts'
import { assertProperty } from '../support/property.ts'

const noon = Date.UTC(2026, 10, 24, 12)

// Few and short, so that values collide, with characters that are special in SQL, URLs and the query language.
const texts = [
  'a',
  'A',
  'ab',
  'aB c',
  'É',
  'é',
  'K',
  'K',
  '%',
  '%20',
  '+',
  '_',
  "'",
  '"',
  '\\',
  '\\"',
  '-',
  '-a',
  'any',
  'status:4xx',
  ' ',
  '\n',
  '\u0000',
  'a\u0000b',
  '\u202e',
  '\ud800',
  '\ufffd',
  '😀',
  '<script>',
  '/',
  'null',
  'long '.repeat(700),
]
const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }) },
)
const long = fc.array(text, { maxLength: 4 }).map(parts => parts.join(''))
/** Values that are compared completely: one is frequent, so that it matches. */
const whole = fc.oneof(text, fc.constant('a'))
const encoded = long.map(part => encodeURIComponent(part.toWellFormed()))

const dialects: readonly ClientDialect[] = ['default', 'aadOptscim062020', 'other']
const someProducts: readonly Product[] = ['entra', 'okta', 'pocket-id']
const rejections: readonly Refusal[] = ['missing', 'expired', 'other-tenant']
const someOperations: readonly Operation[] = ['create', 'disable', 'look-up']
const apis: readonly AwsApi[] = ['identity-store', 'sso-admin']
const awsOperations = ['UpdateUser', 'ListInstances']
const methods = ['GET', 'PATCH', 'POST']
const profiles = ['aws', 'rfc']
const instant = fc.integer({ min: noon - 3, max: noon + 3 })
const microseconds = fc.integer({ min: 998, max: 1002 })

const message = fc.record({ headers: fc.constant({}), body: long }, { requiredKeys: ['headers'] })

const exchange: fc.Arbitrary<Exchange> = fc
  .record(
    {
      parent: whole,
      tenant: whole,
      at: instant,
      tenantTime: instant,
      microseconds,
      method: fc.constantFrom(...methods),
      url: fc.oneof(long, encoded),
      status: fc.constantFrom(199, 200, 299, 400, 404, 500),
      operation: fc.constantFrom(...someOperations),
      action: long,
      api: fc.constantFrom(...apis),
      apiOperation: fc.oneof(fc.constantFrom(...awsOperations), text),
      accessKey: whole,
      target: fc.record(
        { type: fc.constantFrom('User', 'Group', 'Sensor'), id: whole, label: long },
        { requiredKeys: ['type'] },
      ),
      token: fc.record({ id: text, ending: whole }),
      credential: fc.record({
        kind: fc.constant('issuer' as const),
        issuer: fc.constant('issuer_a'),
        name: fc.constantFrom('a', 'Keycloak'),
        jwt: fc.record({
          header: fc.record({ kid: whole }, { requiredKeys: [] }),
          claims: fc.record({ iss: whole, aud: fc.array(whole, { maxLength: 3 }), sub: text }),
        }),
      }),
      refusal: fc.constantFrom(...rejections),
      rule: text,
      profile: fc.constantFrom(...profiles),
      fault: fc.record({ id: text, summary: long }),
      replayOf: text,
      notes: fc.record(
        {
          client: fc.constantFrom('entra', 'ad-hoc'),
          recognized: fc.record({
            product: fc.constantFrom(...someProducts),
            evidence: fc.constantFrom('named', 'perhaps'),
          }),
          cycle: whole,
          dialect: fc.constantFrom(...dialects),
          findings: fc.array(text, { maxLength: 3 }),
        },
        { requiredKeys: ['client', 'findings'] },
      ),
      request: message,
      response: message,
    },
    {
      requiredKeys: [
        'at',
        'tenantTime',
        'microseconds',
        'method',
        'url',
        'status',
        'operation',
        'action',
        'request',
        'response',
      ],
    },
  )
  .map(given => ({ id: 'a', ...given }))

const closed: Partial<Readonly<Record<KeyName, readonly string[]>>> = {
  status: ['404', '4xx', '200', '1xx'],
  method: methods,
  operation: [...someOperations, ...awsOperations],
  api: ['scim', ...apis],
  client: [...someProducts, 'any'],
  dialect: dialects,
  rejected: [...rejections, 'any'],
  profile: profiles,
  is: ['replay'],
}

const valueFor = (key: Term['key']): fc.Arbitrary<string> => {
  const choices = key === 'words' ? undefined : closed[key]
  if (choices) return fc.constantFrom(...choices)
  if (/(after|before)$/.test(key)) return instant.map(at => new Date(at).toISOString())
  if (key !== 'duration') return whole
  return fc.tuple(fc.constantFrom('<', '>'), microseconds).map(([sign, bound]) => `${sign}${bound / 1000}ms`)
}

const term: fc.Arbitrary<Term> = fc
  .tuple(fc.constantFrom<Term['key']>('words', ...keyNames), fc.boolean())
  .chain(([key, not]) => valueFor(key).map(value => createTerm(key, value, not)))
const search = fc.array(term, { maxLength: 4 })

/** The engine under test. */
type Engine = {
  /** Replaces the only exchange. Returns it as it is stored. */
  readonly store: (exchange: Exchange) => Exchange | Promise<Exchange>
  /** Which of the searches find it. */
  readonly find: (searches: readonly Search[]) => Promise<readonly boolean[]>
}

const noteValues = ({ cycle, dialect, recognized, findings }: ExchangeNotes) => [
  cycle ?? null,
  dialect ?? null,
  recognized?.product ?? null,
  recognized?.evidence ?? null,
  JSON.stringify(findings),
]

async function openSqliteEngine(t: Test): Promise<Engine> {
  const db = openJournal()
  t.teardown(() => db.close())
  const find = createExchangeFinder(db)
  const insert = db.prepare(
    `insert or replace into exchanges (seq, ${storedColumns.join(', ')}) values (1, ${storedColumns.map(() => '?').join(', ')})`,
  )
  const note = db.prepare(
    'insert or replace into exchange_notes (seq, cycle, dialect, product, evidence, findings) values (1, ?, ?, ?, ?, ?)',
  )
  const forget = db.prepare('delete from exchange_notes')
  return {
    store: exchange => {
      insert.run(...toRowValues(exchange))
      forget.run()
      const { notes } = exchange
      if (notes) note.run(...noteValues(notes))
      return exchange
    },
    find: async searches => searches.map(search => find(search, { first: 1, end: 2 }, 1).rows.length === 1),
  }
}

/** The same with each text as PostgreSQL can store it. */
const toStorable = <Value>(value: Value): Value =>
  JSON.parse(
    JSON.stringify(value, (_, member) =>
      typeof member === 'string' && !canStore(member)
        ? member.toWellFormed().replaceAll('\0', '\ufffd')
        : member,
    ),
  )

async function openPostgresEngine(t: Test): Promise<Engine> {
  const location = await createSchema(t)
  await migrate(location)
  const connection = await openConnection(location)
  t.teardown(() => connection.close())
  const placeholders = storedColumns.map(column => (column === 'enabled' ? '?::int::boolean' : '?'))
  const insert = {
    text: numberPlaceholders(
      `insert into exchanges (${storedColumns.join(', ')}) values (${placeholders.join(', ')})`,
    ),
  }
  const note = {
    text: 'insert into exchange_notes (tenant, id, cycle, dialect, product, evidence, findings) values ($1, $2, $3, $4, $5, $6, $7)',
  }
  return {
    store: async given => {
      const exchange = toStorable(given)
      const { tenant = '', id, notes } = exchange
      const entry = postgresDialect.indexEntry(tenant)
      const [, , ...values] = toRowValues(exchange)
      await Promise.all([
        connection.execute('delete from exchanges; delete from exchange_notes'),
        connection.query(insert, [id, entry, ...values]),
        notes && connection.query(note, [entry, id, ...noteValues(notes)]),
      ])
      return exchange
    },
    find: searches =>
      Promise.all(
        searches.map(async search => {
          const conditions = searchToSql(search, postgresDialect)
          const where = conditions.map(({ sql }) => ` and ${sql}`).join('')
          const text = `select exchanges.* from exchanges left join exchange_notes using (tenant, id) where true${where}`
          const values = conditions.flatMap(condition => condition.values)
          const rows = await connection.query({ text: numberPlaceholders(text) }, values)
          return rows.length === 1
        }),
      ),
  }
}

/** Terms that search texts are evaluated in memory, after the database. */
const hasFieldsOnly = (search: Search) => search.every(({ key }) => key !== 'words' && key !== 'text')

function describeSearch(
  t: Test,
  openEngine: (t: Test) => Promise<Engine>,
  numRuns: number,
  isTested: (search: Search) => boolean,
): void {
  t.test('the database and the live filter return the same results', async t => {
    const { store, find } = await openEngine(t)
    const seen = new Map<string, number>()
    await assertProperty(
      fc.asyncProperty(
        exchange,
        fc.array(search, { minLength: 10, maxLength: 10 }),
        async (exchange, given) => {
          const stored = await store(exchange)
          const searches = [...given, ...given.flat().map(one => [one])].filter(isTested)
          const found = await find(searches)
          for (const [at, search] of searches.entries()) {
            assert.equal(found[at], createMatcher(search)(stored), JSON.stringify(search))
            const [term, ...others] = search
            if (term && others.length === 0 && found[at] && !term.not)
              seen.set(term.key, (seen.get(term.key) ?? 0) + 1)
          }
        },
      ),
      { numRuns },
    )
    const tested = (['words', ...keyNames] as const).filter(key => isTested([createTerm(key, 'a', false)]))
    t.same(
      tested.filter(key => !seen.has(key)),
      [],
      'each kind of filter has matched',
    )
  })
}

t.test('SQLite', async t => describeSearch(t, openSqliteEngine, 600, () => true))
t.test('PostgreSQL', { skip: skipWithoutPostgres }, async t =>
  describeSearch(t, openPostgresEngine, 200, hasFieldsOnly),
)

t.test('a search that is printed and parsed is the same', async t => {
  assertProperty(
    fc.property(search, fc.integer({ min: 0, max: 4e12 }), (search, now) => {
      const printed = printSearch(search)
      const read = parseSearch(printed, now)
      if (JSON.stringify(read) !== JSON.stringify({ terms: search, errors: [] })) {
        throw new Error(`${printed}: ${JSON.stringify(read)}`)
      }
    }),
    { numRuns: 2000 },
  )
  t.pass('each')
})

t.test('any text is parsed, and each error is within it', async t => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(fc.constantFrom('status', 'after', ':', '"', '\\', ' ', '-', '4xx', '15m', 'a', '>'), {
        maxLength: 15,
      })
      .map(parts => parts.join('')),
  )
  assertProperty(
    fc.property(anyText, text => {
      const { terms, errors } = parseSearch(text, noon)
      for (const { at, length, message } of errors) {
        if (at < 0 || length < 0 || at + length > text.length || message === '') throw new Error(text)
      }
      if (errors.length > 0) return
      const again = parseSearch(printSearch(terms), noon)
      if (JSON.stringify(again.terms) !== JSON.stringify(terms)) throw new Error(text)
    }),
    { numRuns: 3000 },
  )
  t.pass('each')
})
