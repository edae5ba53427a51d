import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { proxyTo } from './interruptible-proxy.ts'

/** Folders in which packages of PostgreSQL are installed, one version each. */
const packageFolders = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr/pgsql']

/** The folder with the programs of PostgreSQL: on the path, or the newest version of the packages. */
function findPrograms(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter)
  const ofPackages = packageFolders.filter(existsSync).flatMap(folder =>
    readdirSync(folder)
      .filter(name => /^(postgresql@?)?\d*$/.test(name))
      .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
      .map(name => join(folder, name, 'bin')),
  )
  return [...onPath, ...ofPackages].find(folder =>
    ['initdb', 'postgres', 'pg_ctl'].every(program => existsSync(join(folder, program))),
  )
}

const givenUrl = process.env.SCIMULATOR_TEST_POSTGRES
const programs = givenUrl === undefined ? findPrograms() : undefined

/**
 * Why tests with PostgreSQL are skipped. With `POSTGRES_TESTS=required`, they fail without it. They use the server of the URL
 * in `SCIMULATOR_TEST_POSTGRES`, or start one.
 */
export const skipWithoutPostgres =
  givenUrl === undefined &&
  programs === undefined &&
  process.env.POSTGRES_TESTS !== 'required' &&
  'PostgreSQL was not found: install it, or set SCIMULATOR_TEST_POSTGRES to the URL of a server'

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const account = ['postgres', 'nobody'].flatMap(user => accounts.filter(([name]) => name === user))[0]
  return account && { uid: Number(account[2]), gid: Number(account[3]) }
}

/**
 * Starts a server, and stops it at the end of the standard input, so also after the test process was killed. The server
 * listens on a socket in its own folder, and syncs nothing to disk. Its default order of texts is that of a language, so
 * tests fail where the SQL lacks a collation.
 */
const script = `
trap '' HUP INT TERM PIPE
cd "$1" || exit
"$2/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --locale-provider=icu \
  --icu-locale=en-US --wal-segsize=1 --no-sync --no-instructions > log 2>&1 &&
"$2/pg_ctl" start --silent --wait --pgdata=data --log=server.log --options="-c listen_addresses='' \
  -c unix_socket_directories='$1' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100 \
  -c shared_buffers=16MB -c autovacuum=off" >> log 2>&1 &&
echo ready || cat log server.log
exec 1>&-
cat > /dev/null
"$2/pg_ctl" stop --silent --mode=immediate --pgdata=data > /dev/null 2>&1
cd /
rm -rf "$1"
`

async function startServer(): Promise<string> {
  if (programs === undefined) throw new Error('PostgreSQL was not found.')
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-postgres-'))
  const user = unprivilegedUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const server = spawn('sh', ['-c', script, 'sh', folder, programs], {
    ...user,
    // In a process group of its own, which the signals of a test runner or a terminal don't reach.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(server, 'exit')
  t.teardown(async () => {
    server.stdin.end()
    await ended
  })
  let output = ''
  for await (const part of server.stdout.setEncoding('utf8')) output += part
  if (output !== 'ready\n') throw new Error(`PostgreSQL did not start: ${output}`)
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`
}

let started: Promise<string> | undefined

/** The server that all tests of a process share. */
function serverUrl(): Promise<string> {
  started ??= givenUrl === undefined ? startServer() : Promise.resolve(givenUrl)
  return started
}

/** A schema of its own on the server, which is dropped with the test. */
export async function createSchema(
  t: Pick<Test, 'teardown'>,
): Promise<{ readonly url: string; readonly schema: string }> {
  const url = await serverUrl()
  const schema = `test_${randomBytes(6).toString('hex')}`
  await runOnServer(`create schema ${schema}`)
  t.teardown(() => runOnServer(`drop schema ${schema} cascade`))
  return { url, schema }
}

/** Runs statements as an administrator. */
export async function runOnServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: await serverUrl() })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The location behind a proxy that a test can interrupt. */
export async function throughProxy<Location extends { readonly url: string }>(t: Test, location: Location) {
  const url = new URL(location.url)
  const folder = url.searchParams.get('host')
  const port = Number(url.port || 5432)
  const proxy = await proxyTo(
    t,
    folder === null ? { host: url.hostname, port } : { path: `${folder}/.s.PGSQL.${port}` },
  )
  url.searchParams.delete('host')
  url.host = new URL(proxy.address).host
  return { proxy, location: { ...location, url: url.href } }
}
