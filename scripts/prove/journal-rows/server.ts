import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import pg from 'pg'
import type { Row } from './rows.ts'
import type { Addresses } from './run.ts'
import { serverFlags } from './setup.ts'

/** A SQLite file, or a schema of PostgreSQL. */
export type Data = { readonly file: string } | { readonly url: string; readonly schema: string }

export const repository = new URL('../../../', import.meta.url).pathname

/** Writes the sources of a commit to a folder, with the packages of this checkout. Throws an `Error` with the reason. */
export function checkOut(commit: string, folder: string): string {
  try {
    execFileSync('git', ['-C', repository, 'cat-file', '-e', `${commit}^{commit}`], { stdio: 'ignore' })
  } catch {
    throw new Error(
      `The commit ${commit} is not in this clone. Fetch it: git fetch --unshallow, or git fetch origin ${commit}.`,
    )
  }
  mkdirSync(folder, { recursive: true })
  const archive = execFileSync('git', ['-C', repository, 'archive', commit], { maxBuffer: 1024 ** 3 })
  execFileSync('tar', ['x', '-C', folder], { input: archive })
  symlinkSync(`${repository}node_modules`, `${folder}/node_modules`)
  return folder
}

/**
 * Free ports of an address that other programs on this machine do not use. Those that begin and end all the time send requests to ports
 * of 127.0.0.1 that another one had before.
 */
export function addressFlags(): readonly string[] {
  const isLinux = process.platform === 'linux'
  const host = isLinux ? `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}` : '127.0.0.1'
  return ['', 'console-', 'aws-'].flatMap(listener => [`--${listener}host=${host}`, `--${listener}port=0`])
}

/** A server in a process of its own. */
export type Served = Addresses & { stop(): Promise<void> }

/** Starts the server of a checkout. */
export async function serve(checkout: string, data: Data, flags: readonly string[] = []): Promise<Served> {
  const location =
    'file' in data
      ? [`--data=${data.file}`]
      : [`--database-url=${data.url}`, `--database-schema=${data.schema}`]
  const args = [
    `${checkout}/bin/scimulator.js`,
    ...['--log-format=json', ...addressFlags(), ...location, ...serverFlags, ...flags],
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let output = ''
  child.stderr.on('data', chunk => {
    output = (output + chunk).slice(-4000)
  })
  const lines = createInterface({ input: child.stdout })
  const { endpoint, console, aws } = await new Promise<Readonly<Record<string, string>>>(
    (resolve, reject) => {
      lines.on('line', line => {
        const entry = line.startsWith('{') ? JSON.parse(line) : {}
        if (entry.endpoint) resolve(entry)
        output = `${output}${line}\n`.slice(-4000)
      })
      void ended.then(() => reject(new Error(`The server ended before it was ready: ${output}`)))
    },
  )
  return {
    scim: endpoint ?? '',
    console: console ?? '',
    aws: aws ?? '',
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** All rows of the table `exchanges` of a database that no server has open. */
export async function readRows(data: Data): Promise<readonly Row[]> {
  if ('url' in data) return readSchema(data)
  const db = new Database(`${data.file}.journal`, { readonly: true })
  try {
    return db.prepare<[], Row>('select * from exchanges').all()
  } finally {
    db.close()
  }
}

async function readSchema({ url, schema }: Extract<Data, { url: string }>): Promise<readonly Row[]> {
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  try {
    // The driver would parse the details, and return large numbers as texts.
    const { rows } = await db.query(`select *, details::text, at::float8 from "${schema}".exchanges`)
    return rows
  } finally {
    await db.end()
  }
}
