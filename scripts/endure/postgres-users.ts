import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { userOf } from '../../bench/data.ts'
import { findPrograms, startPostgresServer } from '../../test/support/postgres-server.ts'
import { type Client, createClient, groupBody, patchOp } from './client.ts'
import { serve } from './server.ts'
import { formatSpread, number, spreadOf } from './spread.ts'
import { type Figure, require, Skipped, type Trial, type TrialContext } from './trial.ts'

const tries = 200
const schema = 'scimulator'

const settings = { shared_buffers: '1GB', max_wal_size: '4GB', maintenance_work_mem: '256MB' }

export const postgresUsers: Trial = {
  id: 'postgres-users',
  title: 'A million users in PostgreSQL',
  statement:
    'With a million users in PostgreSQL, the server starts, creates, searches, modifies and lists as usual.',
  isLongOnly: true,
  async run({ size, report }) {
    if (findPrograms() === undefined) throw new Skipped('PostgreSQL was not found')
    const database = await startPostgresServer({ isDurable: true, settings })
    try {
      // A tenant can have at most a million users: the measurement creates the last ones.
      return await runOn(database.url, Math.max(tries, size(2_000, 1_000_000) - tries), report)
    } finally {
      await database.remove()
    }
  },
}

/** The number of the user that is copied, as it occurs in its attributes. */
const digits = '0000000'
export const nameOf = (user: number) => `user-${String(user).padStart(digits.length, '0')}@example.com`

async function runOn(url: string, users: number, report: TrialContext['report']): Promise<readonly Figure[]> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    await admin.query(`create schema ${schema}`)
    const first = await serve({ url, schema })
    const client = createClient(first.base)
    await createPatterns(client)
    client.close()
    await first.end()
    await admin.query(`set search_path to ${schema}`)
    const filled = performance.now()
    await copyUsers(admin, users, report)
    await admin.query('vacuum analyze')
    report(`${number(users)} users after ${number((performance.now() - filled) / 1000)} s`)
    const {
      rows: [{ megabytes }],
    } = await admin.query('select pg_database_size(current_database()) / 1000000 as megabytes')

    const began = performance.now()
    const server = await serve({ url, schema })
    const start = performance.now() - began
    const measuring = createClient(server.base)
    const measured = await measure(measuring, users, report, () => untilIndexed(admin))
    const { highest } = server.memory()
    measuring.close()
    await server.end()
    return [
      ['users', number(users + tries)],
      ['size of the database, MB', number(Number(megabytes))],
      ['start-up, ms', number(start)],
      ...measured,
      ['highest resident memory of the server, MB', String(highest)],
      ['load average of the machine', (loadavg()[0] ?? 0).toFixed(0)],
    ]
  } finally {
    await admin.end()
  }
}

/** The first user, whose copies fill the database, and a group. */
export async function createPatterns(client: Client): Promise<void> {
  const user = {
    ...userOf(0),
    externalId: `external-${digits}`,
    displayName: `Given ${digits} Family ${digits}`,
    name: { givenName: `Given ${digits}`, familyName: `Family ${digits}` },
  }
  for (const [path, body] of [
    ['/Users', user],
    ['/Groups', groupBody('Everybody')],
  ] as const) {
    const { status } = await client.callApi('POST', path, body)
    require(status === 201, `POST ${path} returned ${status}`)
  }
}

/** The first list that is filtered or sorted by a text attribute requests its index. */
async function untilIndexed(admin: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await admin.query('select built_to from indexed_attributes')
    if (rows.length > 0 && rows.every(row => row.built_to === null)) return
    await pause(100)
  }
}

const copiedPerStatement = 20_000

/** Copies the first user with all its rows, and adds half of the copies to the group. */
export async function copyUsers(
  admin: pg.Client,
  users: number,
  report: TrialContext['report'],
): Promise<void> {
  await admin.query(`
    create temporary table pattern as select * from resources where type = 'User';
    create temporary table everybody as select tenant, key from resources where type = 'Group'`)
  for (let from = 1; from < users; from += copiedPerStatement) {
    const to = Math.min(users, from + copiedPerStatement) - 1
    await admin.query(copySql(from, to))
    if (to % 100_000 < copiedPerStatement) report(`${number(to)} users`)
  }
}

const copySql = (from: number, to: number) => {
  const copied = (column: string) => `replace(replace(${column}, p.id, c.id), '${digits}', c.digits)`
  return `
    begin;
    create temporary table copies on commit drop as
      select nextval('resource_key') as key, gen_random_uuid()::text as id, n,
        lpad(n::text, ${digits.length}, '0') as digits
      from generate_series(${from}, ${to}) n;
    insert into resources (tenant, key, type, id, document, search, keys, version, created, last_modified, label, display,
      folded_display, names, enabled)
    select p.tenant, c.key, p.type, c.id, ${copied('p.document')}, ${copied('p.search::text')}::jsonb,
      ${copied('p.keys::text')}::jsonb, p.version, p.created, p.last_modified, ${copied('p.label')}, ${copied('p.display')},
      ${copied('p.folded_display')}, ${copied('p.names')}, p.enabled
    from pattern p, copies c order by c.key;
    insert into keys (tenant, type, attribute, value, rival, resource)
    select k.tenant, k.type, k.attribute, ${copied('k.value')}, case k.rival when 0 then 0 else c.key end, c.key
    from pattern p join keys k on k.tenant = p.tenant and k.resource = p.key, copies c order by 1, 2, 3, 4;
    insert into versions (tenant, resource_key, moment, version, at, exchange, action, document, difference)
    select v.tenant, c.key, nextval('moment'), v.version, v.at, v.exchange, v.action, ${copied('v.document')}, v.difference
    from pattern p join versions v on v.tenant = p.tenant and v.resource_key = p.key, copies c;
    insert into memberships (tenant, key, group_key, member_id, member_key, at)
    select g.tenant, nextval('membership_key'), g.key, c.id, c.key, p.created
    from everybody g, pattern p, copies c where c.n % 2 = 0;
    insert into membership_events (tenant, group_key, moment, event, at, member_id, member_key)
    select g.tenant, g.key, nextval('moment'), 'added', p.created, c.id, c.key
    from everybody g, pattern p, copies c where c.n % 2 = 0;
    insert into counts as existing (tenant, type, block, slot, n)
    select p.tenant, p.type, c.key >> 12, 0, count(*) from pattern p, copies c group by 1, 2, 3
    on conflict (tenant, type, block, slot) do update set n = existing.n + excluded.n;
    commit`
}

async function measure(
  client: Client,
  users: number,
  report: TrialContext['report'],
  untilIndexed: () => Promise<void>,
): Promise<readonly Figure[]> {
  const repeat = async (
    label: string,
    times: number,
    work: (at: number) => Promise<number>,
  ): Promise<Figure> => {
    const took: number[] = []
    for (let at = 0; at < times; at++) took.push(await work(at))
    const figure = formatSpread(spreadOf(took))
    report(`${label}: ${figure}`)
    return [label, figure]
  }
  const call = async (expected: number, method: string, path: string, body?: unknown) => {
    const response = await client.callApi(method, path, body)
    require(response.status ===
      expected, `${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`)
    return response
  }
  /** Users without groups; consecutive numbers are spread over the table. */
  const outsiders: string[] = []
  const { body: groups } = await call(200, 'GET', '/Groups?count=1&excludedAttributes=members')
  const group: string = groups.Resources[0].id
  const page = (query: string) => call(200, 'GET', `/Users?${query}`)
  const sortByName = async () => (await page('count=100&sortBy=name.familyName')).milliseconds
  const findOne = async () => {
    const filter = encodeURIComponent(`name.familyName co "${digits}"`)
    const { body, milliseconds } = await page(`count=100&filter=${filter}`)
    require(body.totalResults === 1, `the filter has ${body.totalResults} matches`)
    return milliseconds
  }
  const index = async (): Promise<Figure> => {
    const began = performance.now()
    await untilIndexed()
    const seconds = number((performance.now() - began) / 1000)
    report(`the index is complete after ${seconds} s`)
    return ['the index is complete after, s', seconds]
  }

  return [
    await repeat('create', tries, async at => {
      const { milliseconds } = await call(201, 'POST', '/Users', userOf(10_000_000 + at))
      return milliseconds
    }),
    await repeat('look-up by userName', tries, async at => {
      const userName = nameOf(((at * 7919) % (users >> 1)) * 2 + 1)
      const filter = encodeURIComponent(`userName eq "${userName}"`)
      const { body, milliseconds } = await call(200, 'GET', `/Users?filter=${filter}`)
      require(body.totalResults === 1, `${userName} has ${body.totalResults} matches`)
      outsiders.push(body.Resources[0].id)
      return milliseconds
    }),
    await repeat('GET', tries, async at => (await call(200, 'GET', `/Users/${outsiders[at]}`)).milliseconds),
    await repeat('disable by PATCH', tries, async at => {
      const body = patchOp({ op: 'replace', path: 'active', value: false })
      return (await call(200, 'PATCH', `/Users/${outsiders[at]}`, body)).milliseconds
    }),
    await repeat(`add a member to a group of ${number(users >> 1)}`, tries, async at => {
      const body = patchOp({ op: 'add', path: 'members', value: [{ value: outsiders[at] }] })
      return (await call(200, 'PATCH', `/Groups/${group}?attributes=displayName`, body)).milliseconds
    }),
    await repeat('first page of 100', 20, async () => (await page('count=100')).milliseconds),
    await repeat('page of 100 in the middle', 20, async () => {
      const { body, milliseconds } = await page(`count=100&startIndex=${users >> 1}`)
      require(body.totalResults === users + tries, `the list counts ${body.totalResults}`)
      return milliseconds
    }),
    ...(await walk(users + tries, page)),
    await repeat('sorted by userName, page of 100 in the middle', 3, async () => {
      return (await page(`count=100&sortBy=userName&startIndex=${users >> 1}`)).milliseconds
    }),
    await repeat('sorted by name.familyName, first page of 100, without the index', 3, sortByName),
    await repeat('one match of name.familyName co, without the index', 3, findOne),
    await index(),
    await repeat('one match of name.familyName co, with the index', 20, findOne),
    await repeat('sorted by name.familyName, first page of 100, with the index', 20, sortByName),
  ]
}

type Page = (query: string) => ReturnType<Client['callApi']>

/** Reads all users by cursor, in pages of 1000. */
async function walk(users: number, page: Page): Promise<readonly Figure[]> {
  const seen = new Set<string>()
  const took: number[] = []
  let cursor: string | undefined = ''
  while (cursor !== undefined) {
    const { body, milliseconds } = await page(`count=1000&cursor=${encodeURIComponent(cursor)}`)
    for (const { id } of body.Resources) seen.add(id)
    took.push(milliseconds)
    cursor = body.nextCursor
  }
  require(seen.size === users, `the cursor returned ${seen.size} users`)
  const of = (times: readonly number[]) => formatSpread(spreadOf(times))
  return [
    ['all users by cursor, s', number(took.reduce((sum, time) => sum + time, 0) / 1000)],
    ['first 20 pages of 1000 by cursor', of(took.slice(0, 20))],
    ['last 20 pages of 1000 by cursor', of(took.slice(-20))],
  ]
}
