import { setTimeout as pause } from 'node:timers/promises'
import type { Data } from '../../bench/servers.ts'
import { type Connection, openConnection } from '../../src/storage/postgres/connection.ts'
import { findPrograms, type PostgresServer, startPostgresServer } from '../../test/support/postgres-server.ts'
import { type Client, type ClientResponse, createClient, groupBody, patchOp, userBody } from './client.ts'
import { isBrokenConnection, type Ledger, requireKept, type Step, steps } from './kill.ts'
import { requireConsistentTables } from './postgres-consistency.ts'
import { type Served, serve } from './server.ts'
import { number } from './spread.ts'
import { type Figure, require, Skipped, type Trial } from './trial.ts'

const instanceCount = 3
const concurrency = 48
const groupCount = 12
/** Milliseconds. */
const suspension = 3000
const retryDelay = 50

/** An instance that is started again whenever it is killed. */
type Member = { server: Served; client: Client; isUp: boolean }

type Counts = { acknowledged: number; unavailable: number; busy: number; broken: number }

type Run = {
  readonly members: readonly Member[]
  readonly groups: readonly string[]
  readonly ledger: Ledger
  readonly counts: Counts
  isOver: boolean
}

/** Distributes requests over the instances, as a load balancer does. */
const pickMember = ({ members }: Run): Member => {
  const up = members.filter(({ isUp }) => isUp)
  return up[Math.floor(Math.random() * up.length)] ?? (members[0] as Member)
}

/** Sends a request to any instance. Returns undefined if its outcome is unknown: the response is lost, or a 503 or 429. */
async function attempt(
  run: Run,
  method: string,
  path: string,
  body?: unknown,
): Promise<ClientResponse | undefined> {
  const { counts } = run
  let response: ClientResponse
  try {
    response = await pickMember(run).client.callApi(method, path, body)
  } catch (error) {
    if (!isBrokenConnection(error)) throw error
    counts.broken++
    await pause(retryDelay)
    return undefined
  }
  const { status, headers } = response
  if (status === 503 || status === 429) {
    require(headers['retry-after'] === '1', `${method} ${path}: ${status} without Retry-After`)
    if (status === 503) counts.unavailable++
    else counts.busy++
    await pause(retryDelay)
    return undefined
  }
  require(status < 300, `${method} ${path}: ${status} ${JSON.stringify(response.body)}`)
  counts.acknowledged++
  return response
}

/** Provisions users until the run is over. A step whose outcome is unknown is the last one of its user. */
async function provision(run: Run, prefix: string): Promise<void> {
  for (let at = 0; !run.isOver; at++) {
    const name = `${prefix}-${at}`
    run.ledger.set(name, 0)
    const made = await attempt(run, 'POST', '/Users', userBody(name))
    if (!made) continue
    run.ledger.set(name, 1)
    const user = `/Users/${made.body.id}`
    const group = `/Groups/${run.groups[at % run.groups.length]}`
    const rest = [
      () => attempt(run, 'PATCH', user, patchOp({ op: 'replace', path: 'title', value: 'renamed' })),
      () =>
        attempt(
          run,
          'PATCH',
          group,
          patchOp({ op: 'add', path: 'members', value: [{ value: made.body.id }] }),
        ),
      () =>
        attempt(run, 'PATCH', group, patchOp({ op: 'remove', path: `members[value eq "${made.body.id}"]` })),
      () => attempt(run, 'DELETE', user),
    ]
    // Every other user stops at an earlier step, so that the tables contain users at each step.
    const last = at % 2 === 0 ? steps.length : 1 + (at % (steps.length - 1))
    for (const [done, step] of rest.slice(0, last - 1).entries()) {
      if (!(await step())) break
      run.ledger.set(name, done + 2)
    }
  }
}

async function start(data: Data): Promise<Member> {
  const server = await serve(data, { flags: ['--keep-exchanges', '10000000'] })
  return { server, client: createClient(server.base, concurrency), isUp: true }
}

/** Rejects when an instance ends that was not killed. */
async function watchEnd(member: Member): Promise<never> {
  for (;;) {
    const { server } = member
    const code = await server.ended
    require(!member.isUp, `an instance ended with ${code}: ${server.output()}`)
    while (member.server === server) await pause(retryDelay)
  }
}

async function killAndStart(member: Member, data: Data, kill: () => void): Promise<void> {
  member.isUp = false
  kill()
  await member.server.ended
  member.client.close()
  Object.assign(member, await start(data))
}

/** Kills and suspends instances and crashes the database, one after the other, until the size is reached. */
async function breakThings(
  run: Run,
  database: PostgresServer,
  data: Data,
  { acknowledgements, pauseBetweenFailures, report, isStopped }: Size,
) {
  const failures = { kills: 0, crashes: 0, suspensions: 0 }
  const recoveries: number[] = []
  const kinds = [
    async (member: Member) => {
      await killAndStart(member, data, () => member.server.signal('SIGKILL'))
      failures.kills++
    },
    async () => {
      await database.crash()
      await database.start()
      const started = performance.now()
      const before = run.counts.acknowledged
      while (run.counts.acknowledged === before && !run.isOver) await pause(5)
      recoveries.push(performance.now() - started)
      failures.crashes++
    },
    async ({ server }: Member) => {
      server.signal('SIGSTOP')
      await pause(suspension)
      server.signal('SIGCONT')
      failures.suspensions++
    },
  ]
  const isComplete = () => run.counts.acknowledged >= acknowledgements && failures.suspensions > 0
  for (let at = 0; !isComplete() && !isStopped() && !run.isOver; at++) {
    await pause(pauseBetweenFailures)
    const member = run.members[Math.floor(at / kinds.length) % instanceCount] as Member
    await kinds[at % kinds.length]?.(member)
    if (at % 9 === 8) report(`${at + 1} failures, ${number(run.counts.acknowledged)} acknowledged writes`)
  }
  return { failures, recoveries }
}

type Size = {
  readonly acknowledgements: number
  /** Milliseconds of load before each failure. */
  readonly pauseBetweenFailures: number
  readonly report: (line: string) => void
  readonly isStopped: () => boolean
}

/** The last step of each user in the tables. */
async function heldIn(connection: Connection): Promise<ReadonlyMap<string, Step>> {
  const rows = await connection.query<{
    name: string
    title: string | null
    members: number
    events: number
  }>({
    text: `
      select document::json ->> 'userName' as name, document::json ->> 'title' as title,
        (select count(*) from memberships m where m.tenant = r.tenant and m.member_key = r.key) as members,
        (select count(*) from membership_events e where e.tenant = r.tenant and e.member_key = r.key) as events
      from resources r where type = 'User'`,
  })
  const held = new Map<string, Step>()
  for (const { name, title, members, events } of rows) {
    held.set(name, members > 0 ? 'member' : events > 1 ? 'left' : title === null ? 'created' : 'renamed')
  }
  const gone = await connection.query<{ readonly label: string }>({
    text: `select label from deleted_resources where type = 'User'`,
  })
  for (const { label } of gone) held.set(label, 'deleted')
  return held
}

/** Writes of the last moments before a kill or a crash: the journal is written after the response. */
const withoutExchange = `
  select count(distinct exchange) as n from versions
  where exchange is not null and not exists (select 1 from exchanges where id = exchange)`

async function inspectTables(run: Run, data: Exclude<Data, string>): Promise<number> {
  const connection = await openConnection(data)
  try {
    await requireConsistentTables(connection, 'at the end')
    requireKept(run.ledger, await heldIn(connection), 'at the end')
    const [row] = await connection.query<{ readonly n: number }>({ text: withoutExchange })
    return row?.n ?? 0
  } finally {
    await connection.close()
  }
}

async function runOver(database: PostgresServer, size: Size): Promise<readonly Figure[]> {
  const data = { url: database.url, schema: 'endurance' }
  const members = await Promise.all(Array.from({ length: instanceCount }, () => start(data)))
  const groups: string[] = []
  for (let at = 0; at < groupCount; at++) {
    groups.push((await members[0]?.client.callApi('POST', '/Groups', groupBody(`group ${at}`)))?.body.id)
  }
  const run: Run = {
    members,
    groups,
    ledger: new Map(),
    counts: { acknowledged: 0, unavailable: 0, busy: 0, broken: 0 },
    isOver: false,
  }
  const started = performance.now()
  const lanes = Array.from({ length: concurrency }, (_, lane) => provision(run, `lane${lane}`))
  const work = Promise.all(lanes).finally(() => {
    run.isOver = true
  })
  const broken = breakThings(run, database, data, size).finally(() => {
    run.isOver = true
  })
  const unexpected = Promise.race(members.map(watchEnd)).finally(() => {
    run.isOver = true
  })
  const [{ failures, recoveries }] = await Promise.race([Promise.all([broken, work]), unexpected])
  const seconds = (performance.now() - started) / 1000
  const missing = await inspectTables(run, data)
  for (const { client } of members) client.close()
  const { acknowledged, unavailable, busy, broken: lost } = run.counts
  return [
    ['instances', number(instanceCount)],
    ['concurrent clients', number(concurrency)],
    ['instances killed and started again', number(failures.kills)],
    ['crashes of the database', number(failures.crashes)],
    ['instances suspended for 3 s', number(failures.suspensions)],
    ['acknowledged writes, none lost', number(acknowledged)],
    ['acknowledged writes per second', number(Math.round(acknowledged / seconds))],
    ['users created', number(run.ledger.size)],
    [
      'requests without a successful response',
      `${number(lost)} × connection closed, ${number(unavailable)} × 503, ${number(busy)} × 429`,
    ],
    [
      'next acknowledged write after a restart of the database',
      `after ${number(Math.round(Math.max(...recoveries)))} ms at most`,
    ],
    ['changes whose request is missing in the journal', number(missing)],
  ]
}

export const instances: Trial = {
  id: 'instances',
  title: 'Instances over PostgreSQL, killed under load',
  statement:
    'Several instances over one database serve the same clients, while an instance is killed with `kill -9`, the database crashes (`pg_ctl stop -m immediate`) or an instance is suspended with `kill -STOP`, one after the other. Every acknowledged write is in the database, no write is partial (versions, history, keys, memberships and counts agree), other requests get 503 or 429 with Retry-After, or a closed connection, and everything recovers without intervention.',
  run: async ({ isShort, size, report, isStopped }) => {
    if (findPrograms() === undefined) throw new Skipped('PostgreSQL was not found.')
    const database = await startPostgresServer({ isDurable: true })
    try {
      return await runOver(database, {
        acknowledgements: size(500, 50_000),
        pauseBetweenFailures: isShort ? 1_000 : 2_500,
        report,
        isStopped,
      })
    } finally {
      await database.remove()
    }
  },
}
