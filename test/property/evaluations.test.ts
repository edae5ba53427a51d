import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import pino from 'pino'
import t, { type Test } from 'tap'
import { createActiveFaults } from '../../src/domain/faults/fault.ts'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import { createEvaluator } from '../../src/insight/analysis/evaluation/evaluate.ts'
import { createExplainer } from '../../src/insight/analysis/explanation/explain.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { profileNames } from '../../src/profiles/names.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { type Database, openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { createJournal } from '../../src/storage/sqlite/journal.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createTenantStore } from '../../src/storage/sqlite/tenants.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { openTestJournal } from '../support/journal-database.ts'
import { assertProperty } from '../support/property.ts'
import { createProviderOver } from '../support/provider.ts'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../support/samples.ts'
import { createScimClient, patchOp } from '../support/scim.ts'

/** The rows of all tables. */
function tablesOf(db: Database) {
  const tables = db.prepare<[], string>(`select name from sqlite_schema where type = 'table'`).pluck().all()
  return tables.map(name => [name, db.prepare(`select * from "${name}"`).all()])
}

/** The SCIM listener over a database that the test reads. */
async function build(t: Test, profile: ProfileName, switches: Switches) {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  const tenants = createTenantStore(db, writer, loadProfile)
  const { db: journalFile, connections: journalDb } = openTestJournal()
  const journal = createJournal(journalDb)
  const directory = createDirectory(connections, writer)
  const faults = createActiveFaults({ newId: () => 'fault', clock: Date.now })
  const provider = createProviderOver(createResourceStore(connections, writer))
  const fallbackProfile = loadProfile(profile)
  const { recordSeen, findLabel } = directory
  const app = buildScimApp(
    {
      ...{ provider, tenants, journal, faults, recordSeen, findLabel, fallbackProfile },
      authenticators: [],
      requestToken: () => Promise.reject(new Error('There are no clients.')),
      takePermit: () => true,
      clock: Date.now,
      unavailable: () => undefined,
      secrets: ['password'],
      isCredential: tenants.isToken,
      maxRecordedList: 16_384,
    },
    pino({ level: 'silent' }),
  )
  t.teardown(async () => {
    await app.close()
    await writer.close()
    await connections.close()
    await journalDb.close()
  })
  const tenant = await tenants.create({ profile, switches })
  const { text } = await tenants.createToken(tenant)
  const dump = async () => {
    await writer.flush()
    await journalDb.flush()
    return [db, journalFile].flatMap(tablesOf)
  }
  const deps = { tenants, journal, directory }
  return {
    journal,
    dump,
    client: createScimClient(app, `/${tenant.id}/scim/v2`, text),
    evaluator: createEvaluator(deps),
    explain: createExplainer(deps).explain,
  }
}

type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `{0}` is the id of the first resource, and so on. */
  readonly path: string
  readonly body?: unknown
}

const name = fc.constantFrom('homer', 'Homer', 'marge', 'bart', ' ')
const someone = fc.constantFrom('{0}', '{1}', '{2}', '{3}', 'nobody')
const anEmail = fc.record(
  {
    value: fc.constantFrom('a@x.y', 'b@x.y', ''),
    type: fc.constantFrom('work', 'home'),
    primary: fc.boolean(),
  },
  { requiredKeys: ['value'] },
)
const values = fc.record(
  {
    title: fc.constantFrom('Inspector', '', null),
    active: fc.constantFrom(true, false, 'False'),
    emails: fc.array(anEmail, { maxLength: 2 }),
    nickName: fc.constant('Max Power'),
    externalId: fc.constantFrom('1', '2'),
    bogus: fc.constant(1),
    displayName: fc.constantFrom('Marge', undefined),
    [enterpriseUrn]: fc.record({ manager: fc.oneof(someone, fc.record({ value: someone })) }),
  },
  { requiredKeys: [] },
)
const aBody = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(name, values).map(([userName, more]) => aUser(userName, more)) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constant({ schemas: [userUrn] }) },
  // Only one, since hashing is slow.
  { weight: 1, arbitrary: name.map(userName => aUser(userName, { password: 's3cret' })) },
)
const someMembers = fc.uniqueArray(someone, { maxLength: 3 })
const aGroupBody = fc
  .tuple(fc.constantFrom('Family', 'family', 'Plant'), someMembers)
  .map(([called, members]) => aGroup(called, members))
const path = fc.constantFrom(
  'title',
  'userName',
  'displayName',
  'name.givenName',
  'emails[type eq "work"].value',
  'emails',
  'active',
  'members',
  'members[value eq "{0}"]',
  'id',
  'bogus',
  `${enterpriseUrn}:department`,
  'emails[type',
)
const anOperation = fc.record(
  {
    op: fc.constantFrom('add', 'replace', 'Replace', 'remove', 'move'),
    path,
    value: fc.oneof(
      fc.constantFrom('homer', 'x', '', 'False', true, null),
      fc.array(anEmail, { maxLength: 2 }),
      someMembers.map(ids => ids.map(value => ({ value }))),
      fc.constant([{ value: '' }]),
      values,
    ),
  },
  { requiredKeys: ['op'] },
)
const aPatch = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('s3cret', '', true, {})
      .map(value =>
        patchOp({ op: 'replace', path: 'password', value }, { op: 'add', path: 'title', value: 'x' }),
      ),
  },
  { weight: 8, arbitrary: fc.array(anOperation, { minLength: 1, maxLength: 3 }).map(all => patchOp(...all)) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
)
const aQuery = fc.constantFrom(
  '',
  '?filter=userName eq "homer"',
  '?filter=title pr and active eq true',
  '?filter=members eq "{0}"',
  '?filter=id eq "{0}" and members eq "nobody"',
  '?filter=bogus eq',
  '?filter=emails[type eq "work" and value co "x"]',
  '?startIndex=0&count=-1',
  '?count=x',
  '?cursor=',
  '?cursor=abc',
  '?attributes=userName,bogus',
  '?sortBy=userName',
)
const encoded = (query: string) => query.replaceAll(' ', '%20').replaceAll('"', '%22')
const type = fc.constantFrom('Users', 'Groups')
const at = fc.tuple(fc.constantFrom('Users', 'Users', 'Groups'), someone).map(([of, id]) => `/${of}/${id}`)
const request: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ method: fc.constant('POST' as const), path: fc.constant('/Users'), body: aBody }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('POST' as const),
      path: fc.constant('/Groups'),
      body: aGroupBody,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('PUT' as const),
      path: at,
      body: fc.oneof(aBody, aGroupBody),
    }),
  },
  { weight: 8, arbitrary: fc.record({ method: fc.constant('PATCH' as const), path: at, body: aPatch }) },
  { weight: 1, arbitrary: fc.record({ method: fc.constant('DELETE' as const), path: at }) },
  { weight: 1, arbitrary: fc.record({ method: fc.constant('GET' as const), path: at }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(type, aQuery)
      .map(([of, query]): Request => ({ method: 'GET', path: `/${of}${encoded(query)}` })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Request>(
      { method: 'GET', path: '/Schemas' },
      { method: 'GET', path: '/ResourceTypes/User' },
      { method: 'GET', path: '/Me' },
      { method: 'DELETE', path: '/Users' },
      { method: 'POST', path: '/Users/.search', body: { filter: 'userName pr' } },
      { method: 'POST', path: '/Bulk', body: {} },
      { method: 'POST', path: '/Users', body: '{"userName":' },
    ),
  },
)

type Switches = Readonly<Record<string, string>>

/** Each profile with its defaults, and with the options that reject a request but still change something. */
const cases: readonly (readonly [ProfileName, Switches])[] = [
  ...profileNames.map(name => [name, {}] as const),
  ['aws', { legacyMembers: 'ignore' }],
]

for (const [profile, switches] of cases) {
  const chosen = Object.entries(switches).map(([id, value]) => ` with ${id} = ${value}`)
  t.test(`the evaluation by the ${profile} profile${chosen} equals the response, then and later`, async t => {
    const { client, evaluator, explain, journal, dump } = await build(t, profile, switches)
    const ids: string[] = []
    const filledIn = <Value>(value: Value): Value =>
      value === undefined
        ? value
        : JSON.parse(JSON.stringify(value).replace(/\{(\d)\}/g, (_, index) => ids[Number(index)] ?? 'nobody'))
    const misjudged = async ({ id, status, action, ...exchange }: Exchange) => {
      const { evaluations, notEvaluated } = await evaluator.all({ id, status, action, ...exchange })
      const own = evaluations.find(evaluation => evaluation.isTenantProfile)
      const aws = await evaluator.aws({ id, status, action, ...exchange })
      const isSame = isDeepStrictEqual(
        aws,
        evaluations.find(evaluation => evaluation.profile === 'aws'),
      )
      if (isSame && (own?.status === status || notEvaluated !== undefined)) return []
      return [
        {
          was: status,
          url: exchange.url,
          action,
          ...{ own, aws },
          body: exchange.request.body,
          answer: exchange.response.body,
        },
      ]
    }

    await assertProperty(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async requests => {
        for (const sent of requests) {
          const { method, path, body } = filledIn(sent)
          const result = await client.send(method, path, body)
          if (result.status === 201 && result.body?.id) ids.unshift(result.body.id)
          const [exchange] = (await journal.page({ limit: 1 })).items
          const wrong = exchange ? await misjudged(exchange) : ['the exchange is missing']
          if (wrong.length > 0) throw new Error(JSON.stringify(wrong, undefined, 1))
        }
      }),
      { numRuns: 40, endOnFailure: true },
    )

    const before = await dump()
    let cursor: string | undefined
    const wrongLater: unknown[] = []
    do {
      const page = await journal.page({ limit: 200, ...(cursor !== undefined && { cursor }) })
      for (const exchange of page.items) {
        wrongLater.push(...(await misjudged(exchange)))
        await explain(exchange)
      }
      cursor = page.next
    } while (cursor !== undefined)
    t.same(wrongLater, [], 'after all requests, too')
    t.same(await dump(), before, 'the database is unchanged')
  })
}
