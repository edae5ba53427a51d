import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Data, dataFlags } from '../../bench/servers.ts'
import { type Connection, openConnection } from '../../src/storage/postgres/connection.ts'
import { type Database, lockDatabase, partialRestoreFolder } from '../../src/storage/sqlite/database.ts'
import { findPrograms, startPostgresServer } from '../../test/support/postgres-server.ts'
import { type Client, createClient, groupBody, patchOp, runConcurrently, userBody } from '../endure/client.ts'
import { inspect, requireConsistent } from '../endure/consistency.ts'
import { type ConsoleCall, createConsole } from '../endure/console.ts'
import { requireConsistentTables } from '../endure/postgres-consistency.ts'
import { createRandom, type Random } from '../endure/random.ts'
import { killServers, type Served, serve, tenant } from '../endure/server.ts'
import { require } from '../endure/trial.ts'

/** The databases of one engine. */
export type Databases = {
  /** A new one, which does not exist or is empty. */
  create(): Promise<Data>
  /** The one that the next killed restore replaces. */
  target(): Promise<Data>
  /** Throws `TrialError` for a database with a partial write. No server uses it. */
  requireConsistent(data: Data): Promise<void>
  /** Undefined without tables, which only a target may lack. */
  countUsers(data: Data): Promise<number | undefined>
}

const sqliteDatabases = (folder: string): Databases => {
  const create = async () => join(folder, randomUUID(), 'scimulator.db')
  const look = <Result>(data: Data, use: (db: Database) => Result): Result | undefined => {
    const path = String(data)
    // Completes a restore that was killed.
    lockDatabase(path)()
    return existsSync(path) ? inspect(path, use) : undefined
  }
  const users = `select count(*) from resources where type = 'User'`
  return {
    create,
    target: async () => join(folder, 'target', 'scimulator.db'),
    requireConsistent: async data => look(data, db => requireConsistent(db, 'restored')),
    countUsers: async data => look(data, db => db.prepare<[], number>(users).pluck().get()),
  }
}

/** Each is a database of its own, since a dump is restored to a schema of the same name. */
const postgresDatabases = (server: string, schema: string): Databases => {
  const use = async <Result>({ url }: { url: string }, work: (connection: Connection) => Promise<Result>) => {
    const connection = await openConnection({ url, schema })
    try {
      return await work(connection)
    } finally {
      await connection.close()
    }
  }
  const create = async () => {
    const name = `backup_${randomUUID().replaceAll('-', '')}`
    await use({ url: server }, ({ execute }) => execute(`create database ${name} template template0`))
    const url = new URL(server)
    url.pathname = `/${name}`
    return { url: url.href, schema }
  }
  /** pg_restore runs on if its parent is killed. */
  const settle = async ({ query }: Connection) => {
    const text = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'pg_restore'`
    while ((await query({ text })).length > 0) await pause(10)
  }
  return {
    create,
    target: create,
    requireConsistent: data =>
      use(data as { url: string }, connection => requireConsistentTables(connection, 'restored')),
    countUsers: data =>
      use(data as { url: string }, async connection => {
        await settle(connection)
        const [found] = await connection.query<{ readonly is: boolean }>({
          text: `select to_regclass('resources') is not null as is`,
        })
        if (!found?.is) return undefined
        const text = `select count(*) as n from resources where type = 'User'`
        const [row] = await connection.query<{ readonly n: number }>({ text })
        return row?.n
      }),
  }
}

const script = new URL('../../src/server/cli/scimulator.ts', import.meta.url).pathname
const environment = () => ({ ...process.env, PATH: `${findPrograms() ?? ''}${delimiter}${process.env.PATH}` })

type Kill = {
  /** Milliseconds. */
  readonly after: number
  /** A pattern of the file whose appearance begins that time; the start of the command without it. */
  readonly appears?: string
}

type Ended = {
  readonly code: number | null
  readonly output: string
  readonly errors: string
  readonly milliseconds: number
}

async function runCommand(args: readonly string[], kill?: Kill): Promise<Ended> {
  const started = performance.now()
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const closed = once(child, 'close')
  if (kill) {
    const { appears } = kill
    const isWaiting = () => appears !== undefined && child.exitCode === null && globSync(appears).length === 0
    while (isWaiting()) await pause(1)
    setTimeout(() => child.kill('SIGKILL'), kill.after)
  }
  const [code] = await closed
  return { code, output, errors, milliseconds: performance.now() - started }
}

async function requireSuccess(args: readonly string[]): Promise<Ended> {
  const ended = await runCommand(args)
  require(ended.code === 0, `scimulator ${args[0]} ended with ${ended.code}: ${ended.errors}`)
  return ended
}

/** A request that was acknowledged at this time, in milliseconds since 1970. */
type Acknowledged = { readonly request: string; readonly at: number }

/** A user that was created, renamed to its title, and added to its group, as far as this was acknowledged. */
type User = {
  readonly id: string
  readonly title: string
  readonly group: string
  readonly changes: readonly Acknowledged[]
}

type Token = { readonly value: string; readonly at: number }

type Written = { readonly users: readonly User[]; readonly tokens: readonly Token[] }

type Load = {
  /** Throws the failure of a write. */
  written(): Written
  /** Milliseconds of the slowest write since the last call. */
  slowest(): number
  stop(): Promise<void>
}

const writers = 8
/** Milliseconds between two users of a client. */
const pace = 40
/** As many as a tenant can have, apart from the first one. */
const maxTokens = 90

/** Eight clients: each creates users, renames them and adds them to its group; the first one also creates tokens. */
async function startLoad(server: Served): Promise<Load> {
  const client = createClient(server.base, writers)
  const console = createConsole(`${server.console}/api/v1`)
  const users: User[] = []
  const tokens: Token[] = []
  let slowest = 0
  let isOver = false
  const write = async (method: string, path: string, body: unknown) => {
    const { status, headers, body: answer, milliseconds } = await client.callApi(method, path, body)
    require(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`)
    slowest = Math.max(slowest, milliseconds)
    return { id: answer?.id, acknowledged: { request: String(headers['request-id']), at: Date.now() } }
  }
  const lane = async (hand: number) => {
    const { id: group } = await write('POST', '/Groups', groupBody(`group ${hand}`))
    for (let at = 0; !isOver; at++) {
      const title = `title ${at}`
      const { id, acknowledged } = await write('POST', '/Users', userBody(`user-${hand}-${at}`))
      const changes = [acknowledged]
      users.push({ id, title, group, changes })
      const rename = patchOp({ op: 'replace', path: 'title', value: title })
      changes.push((await write('PATCH', `/Users/${id}`, rename)).acknowledged)
      const join = patchOp({ op: 'add', path: 'members', value: [{ value: id }] })
      changes.push((await write('PATCH', `/Groups/${group}`, join)).acknowledged)
      await pause(pace)
      if (hand > 0 || tokens.length === maxTokens) continue
      const { value } = await console('POST', `/tenants/${tenant}/tokens`)
      tokens.push({ value, at: Date.now() })
    }
  }
  const lanes = runConcurrently(writers, lane)
  let failure: unknown
  lanes.catch(error => {
    failure = error
  })
  return {
    written() {
      if (failure !== undefined) throw failure
      return { users, tokens }
    },
    slowest() {
      const found = slowest
      slowest = 0
      return found
    },
    async stop() {
      isOver = true
      await lanes
      client.close()
    },
  }
}

const writtenBefore = ({ users, tokens }: Written, time: number): Written => ({
  users: users
    .map(user => ({ ...user, changes: user.changes.filter(({ at }) => at < time) }))
    .filter(({ changes }) => changes.length > 0),
  tokens: tokens.filter(({ at }) => at < time),
})

/** Compares a restored server with what was acknowledged. */
async function requireWritten(server: Served, { users, tokens }: Written): Promise<void> {
  const client = createClient(server.base, writers)
  const console = createConsole(`${server.console}/api/v1`)
  const waiting = [...users]
  await runConcurrently(writers, async () => {
    for (let user = waiting.pop(); user; user = waiting.pop()) await requireUser(client, console, user)
  })
  client.close()
  for (const { value } of tokens) {
    const bearer = createClient(server.base, 1, value)
    const { status } = await bearer.callApi('GET', '/Users?count=1')
    bearer.close()
    require(status === 200, `a token is rejected with ${status}`)
  }
}

async function requireUser(client: Client, console: ConsoleCall, user: User): Promise<void> {
  const { id, title, group, changes } = user
  const { status, body } = await client.callApi('GET', `/Users/${id}`)
  require(status === 200, `user ${id}: ${status}`)
  const [, renamed, joined] = changes
  const groups: readonly { readonly value: string }[] = body.groups ?? []
  require(!renamed || body.title === title, `user ${id} has the title ${body.title}`)
  require(!joined || groups.some(({ value }) => value === group), `user ${id} is not a member`)
  const { items } = await console('GET', `/tenants/${tenant}/users/${id}/history`)
  for (const { request } of changes) {
    const entry = items.find((each: { readonly exchange: string }) => each.exchange === request)
    require(entry !== undefined, `user ${id}: the history has no change by the request ${request}`)
    require(entry.missing === undefined, `user ${id}: the request ${request} is ${entry.missing}`)
  }
}

/** The load creates as many before a backup begins, and up to `moreUsers` more. */
const minUsers = 20
const minTokens = 2
const moreUsers = 40

/** A backup under load is restored to another database, which serves what was acknowledged before the backup began. */
async function backUpAndRestore(databases: Databases, random: Random, file: string): Promise<string> {
  const data = await databases.create()
  const server = await serve(data)
  const load = await startLoad(server)
  const enough = minUsers + random.below(moreUsers)
  const isEnough = ({ users, tokens }: Written) => users.length >= enough && tokens.length >= minTokens
  while (!isEnough(load.written())) await pause(5)
  load.slowest()
  const { output, milliseconds } = await requireSuccess(['backup', file, '--json', ...dataFlags(data)])
  const before = writtenBefore(load.written(), Date.parse(JSON.parse(output).created))
  const slowest = load.slowest()
  const isKilled = random.chance(0.5)
  if (!isKilled) await load.stop()
  await server.end(isKilled ? 'SIGKILL' : 'SIGTERM')
  if (isKilled) await load.stop().catch(() => {})
  const restored = await databases.create()
  await requireSuccess(['restore', file, ...dataFlags(restored)])
  await databases.requireConsistent(restored)
  const second = await serve(restored)
  await requireWritten(second, before)
  await second.end()
  await databases.requireConsistent(restored)
  return `${before.users.length} users and ${before.tokens.length} tokens before a backup of ${Math.round(milliseconds)} ms, slowest write ${Math.round(slowest)} ms`
}

/** Milliseconds that a backup and a restore of a small database take after they began. */
const maxBackup = 600
const maxRestore = 40

type Backup = { readonly file: string; readonly users: number; readonly milliseconds: number }

/** Backups of one database with different numbers of users, and that database. */
async function backUpSizes(databases: Databases, sizes: readonly number[], folder: string) {
  const data = await databases.create()
  const server = await serve(data)
  const client = createClient(server.base, writers)
  const backups: Backup[] = []
  for (const users of sizes) {
    const added = Array.from({ length: users - (backups.at(-1)?.users ?? 0) })
    await Promise.all(
      added.map((_, at) =>
        client.callApi('POST', '/Users', userBody(`user-${users}-${at}`, 'x'.repeat(2_000))),
      ),
    )
    const file = join(folder, `users-${users}`)
    const { milliseconds } = await requireSuccess(['backup', file, ...dataFlags(data)])
    backups.push({ file, users, milliseconds })
  }
  client.close()
  await server.end()
  return { data, backups }
}

/** Kills backups and restores at random moments. Returns how many of each were complete before. */
async function killBoth(databases: Databases, times: number, random: Random, folder: string) {
  const { data, backups } = await backUpSizes(databases, [30, 60].slice(0, times), folder)
  const complete = { backups: 0, restores: 0 }
  for (let at = 0; at < times; at++) {
    const file = join(folder, `killed-${at}`)
    const kill = { after: random.below(maxBackup), appears: `${file}*.part` }
    await runCommand(['backup', file, ...dataFlags(data)], kill)
    if (!existsSync(file)) continue
    complete.backups++
    const restored = await databases.create()
    await requireSuccess(['restore', file, ...dataFlags(restored)])
    const users = await databases.countUsers(restored)
    require(users === backups.at(-1)?.users, `a backup that was killed has ${users} users`)
  }
  for (let at = 0; at < times; at++) {
    const { file, users, milliseconds } = backups[at % backups.length] as Backup
    const to = await databases.target()
    const isFile = typeof to === 'string'
    const kill = isFile
      ? { after: random.below(maxRestore), appears: partialRestoreFolder(to) }
      : { after: random.below(1.2 * milliseconds) }
    const before = await databases.countUsers(to)
    const { code } = await runCommand(
      ['restore', file, ...(isFile ? ['--force'] : []), ...dataFlags(to)],
      kill,
    )
    const after = await databases.countUsers(to)
    require(after === users || (code !== 0 && after === before), `a killed restore left ${after} users`)
    if (after !== undefined) await databases.requireConsistent(to)
    if (after === users) complete.restores++
  }
  return complete
}

type Options = {
  readonly runs: number
  readonly kills: number
  readonly seed: number
  readonly print: (line: string) => void
}

/** Throws `TrialError` for the first backup of a SQLite database that lacks something. */
export const proveSqliteBackups = (options: Options): Promise<boolean> =>
  inFolder(folder => prove(options, () => sqliteDatabases(folder), folder))

/** The same for PostgreSQL, with the default schema and one whose name has to be quoted. */
export const provePostgresBackups = (options: Options): Promise<boolean> =>
  inFolder(async folder => {
    const { url, remove } = await startPostgresServer({ isDurable: true })
    try {
      return await prove(
        options,
        run => postgresDatabases(url, run % 2 === 0 ? 'public' : 'SCIM of ACME'),
        folder,
      )
    } finally {
      await killServers()
      await remove()
    }
  })

async function inFolder(work: (folder: string) => Promise<boolean>): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-backup-'))
  try {
    return await work(folder)
  } finally {
    await killServers()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function prove(
  { runs, kills, seed, print }: Options,
  databasesOf: (run: number) => Databases,
  folder: string,
): Promise<boolean> {
  const random = createRandom(seed)
  for (let run = 0; run < runs; run++)
    print(`${run + 1}: ${await backUpAndRestore(databasesOf(run), random, join(folder, `backup-${run}`))}`)
  if (kills === 0) return true
  const complete = await killBoth(databasesOf(0), kills, random, folder)
  print(`${kills} killed backups: ${complete.backups} were complete, the others left no file.`)
  print(`${kills} killed restores: ${complete.restores} were complete, the others changed nothing.`)
  return true
}
