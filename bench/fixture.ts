import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { type PostgresServer, startPostgresServer } from '../test/support/postgres-server.ts'
import { type Seeded, spread } from './data.ts'
import { type Endpoint, load } from './driver.ts'
import { type LimitMode, seedLimit } from './seed-limit.ts'
import { seedScimmy } from './seed-scimmy.ts'
import { seedGroups, seedTenant, seedUsers } from './seed-scimulator.ts'
import {
  type Data,
  type Served,
  serveLimit,
  serveScimmy,
  serveScimulator,
  waitUntilAnalyzed,
} from './servers.ts'
import type { Version } from './version.ts'

export type BenchOptions = {
  /** The number of users of the large directories, and of requests in the journal. */
  readonly users: number
  readonly exchanges: number
  readonly seconds: number
  readonly turns: number
  /** The names of the operations that are measured on hot paths; all of them if absent. */
  readonly operations?: readonly string[] | undefined
}

export const smallUsers = 1_000
export type Profile = 'aws' | 'rfc'
export type Size = 'small' | 'large'

/** AWS's quota. */
const maxAwsUsers = 100_000

/** A database of Scimulator with one directory, and an empty tenant for the users that a load creates. */
export type Directory = {
  readonly file: string
  readonly seeded: Seeded
  readonly bytesPerUser: number
  readonly bytesPerExchange: number
}

/** The same directory on an engine, in the profile rfc. */
export type EngineDirectory = { readonly data: Data; readonly seeded: Seeded }

/** A server with its data, for a load. */
export type Target = Served & {
  readonly seeded: Seeded
  readonly directory: Endpoint
  readonly newcomers: Endpoint
}

/** `base` has the databases of the checkout that this one is compared with. */
export type Fixture = ReturnType<typeof createFixture> & { readonly base?: Fixture | undefined }

export const engineNames = ['SQLite', 'PostgreSQL'] as const
export type EngineName = (typeof engineNames)[number]

export const tenant = 'bench'
/** The tenant whose users a load creates. */
export const newcomersTenant = `${tenant}-newcomers`
export const token = 'a-token-for-the-benchmark-only'
const newcomersToken = 'a-token-for-newcomers-in-the-benchmark'
const withToken = (text: string) => ({ authorization: `Bearer ${text}` })

/** Databases that several parts use. Each is filled when the first part needs it, by the checkout that serves it. */
export function createFixture({ users, exchanges }: BenchOptions, { root }: Version) {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const directories = new Map<string, Promise<Directory>>()
  let numberFilled = 0

  const directory = (profile: Profile, size: Size): Promise<Directory> => {
    const name = `${profile}-${size}`
    const found = directories.get(name) ?? fill(join(folder, `${name}-${++numberFilled}.db`), profile, size)
    directories.set(name, found)
    return found
  }

  let database: Promise<PostgresServer> | undefined
  const schemas = new Map<Size, Promise<EngineDirectory>>()

  const postgresDirectory = (size: Size): Promise<EngineDirectory> => {
    const found = schemas.get(size) ?? fillPostgres(size)
    schemas.set(size, found)
    return found
  }

  const fillPostgres = async (size: Size): Promise<EngineDirectory> => {
    database ??= startPostgresServer({ isDurable: true, settings: { shared_buffers: '512MB' } })
    const data = { url: (await database).url, schema: size }
    await createSchema(data)
    const ids = await seedUsers(data, tenant, token, size === 'small' ? smallUsers : users, 'rfc', root)
    const seeded = await seedGroups(data, tenant, ids, 'rfc', root)
    await seedTenant(data, newcomersTenant, newcomersToken, 'rfc', root)
    return { data, seeded }
  }

  const serveData = async ({ data, seeded }: EngineDirectory): Promise<Target> => {
    const served = await serveScimulator(data, root)
    const base = served.base.replace(`/${tenant}/`, `/${newcomersTenant}/`)
    return {
      ...served,
      seeded,
      directory: { base: served.base, headers: withToken(token) },
      newcomers: { base, headers: withToken(newcomersToken) },
    }
  }

  const fill = async (file: string, profile: Profile, size: Size): Promise<Directory> => {
    const most = profile === 'aws' ? Math.min(users, maxAwsUsers) : users
    const ids = await seedUsers(file, tenant, token, size === 'small' ? smallUsers : most, profile, root)
    const bytesPerUser = bytesOfResources(file) / ids.length
    const seeded = await seedGroups(file, tenant, ids, profile, root)
    await seedTenant(file, newcomersTenant, newcomersToken, profile, root)
    if (size === 'large') await fillJournal(file, seeded, exchanges, root)
    return { file, seeded, bytesPerUser, bytesPerExchange: bytesOfExchanges(file) }
  }

  const others = new Map<string, { readonly file: string; readonly seeded: Seeded }>()

  /** The database of a server that is not Scimulator. */
  const otherDirectory = (name: string, seed: (file: string) => Seeded) => {
    const file = join(folder, `${name}.db`)
    const found = others.get(name) ?? { file, seeded: seed(file) }
    others.set(name, found)
    return found
  }

  const withoutTenants = (served: Served, seeded: Seeded): Target => {
    const endpoint = { base: served.base, headers: {} }
    return { ...served, seeded, directory: endpoint, newcomers: endpoint }
  }

  return {
    root,
    directory,

    /** Makes the next part fill another directory, after one that deleted the users of this one. */
    discard: (profile: Profile, size: Size) => void directories.delete(`${profile}-${size}`),

    /** Starts Scimulator on a directory. */
    async serve(profile: Profile, size: Size): Promise<Target> {
      const { file, seeded } = await directory(profile, size)
      return serveData({ data: file, seeded })
    },

    /** The same users on each engine. PostgreSQL is started with the first use. */
    async engineDirectory(engine: EngineName, size: Size): Promise<EngineDirectory> {
      if (engine === 'PostgreSQL') return postgresDirectory(size)
      const { file, seeded } = await directory('rfc', size)
      return { data: file, seeded }
    },

    serveData,

    /** Starts the bare server. */
    async serveLimit(mode: LimitMode): Promise<Target> {
      const { file, seeded } = otherDirectory(`limit-${mode}`, file => seedLimit(file, users, mode))
      return withoutTenants(await serveLimit(file, mode), seeded)
    },

    /** Starts SCIMMY, without groups. */
    async serveScimmy(): Promise<Target> {
      const { file, seeded } = otherDirectory('scimmy', file => seedScimmy(file, users))
      return withoutTenants(await serveScimmy(file), seeded)
    },

    /** PostgreSQL stops with the process. */
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function createSchema({ url, schema }: Exclude<Data, string>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create schema ${schema}`)
  await client.end()
}

/** Fills the journal with reads of users by ID. */
async function fillJournal(file: string, { users }: Seeded, requests: number, root: string): Promise<void> {
  const { base, console, stop } = await serveScimulator(file, root)
  try {
    let at = 0
    await load({
      name: 'journal',
      endpoint: { base, headers: withToken(token) },
      connections: 25,
      limit: { requests },
      next: () => ({ method: 'GET', path: `/Users/${spread(users, at++)}` }),
    })
    await waitUntilAnalyzed(console)
  } finally {
    await stop()
  }
}

/** The bytes of all tables and indexes of a database without requests. */
const bytesOfResources = (file: string): number =>
  query(file, 'select sum(pgsize) from dbstat where aggregate = 1')

/** The bytes of each request: the pages of the table and its indexes, wherever the journal is stored. */
function bytesOfExchanges(file: string): number {
  const holder = [file, `${file}.journal`].find(
    path =>
      existsSync(path) && query(path, `select count(*) from sqlite_schema where name = 'exchanges'`) > 0,
  )
  if (holder === undefined) throw new Error('no table of exchanges')
  const count = query(holder, 'select count(*) from exchanges')
  const bytes = query(
    holder,
    `select sum(pgsize) from dbstat where aggregate = 1
     and name in (select name from sqlite_schema where tbl_name = 'exchanges')`,
  )
  return bytes / count
}

function query(file: string, sql: string): number {
  const db = new Sqlite(file, { readonly: true })
  try {
    return db.prepare<[], number>(sql).pluck().get() ?? 0
  } finally {
    db.close()
  }
}
