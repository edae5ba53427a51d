import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'
import { until } from './cluster.ts'
import { unprivilegedUser } from './postgres-server.ts'

const program = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/opt/homebrew/bin']
  .map(folder => join(folder, 'pgbouncer'))
  .find(path => existsSync(path))

/** Why tests with PgBouncer are skipped. With `PGBOUNCER_TESTS=required`, they fail without it. */
export const skipWithoutPgBouncer =
  program === undefined && process.env.PGBOUNCER_TESTS !== 'required' && 'PgBouncer was not found: install it'

/** Ends with the standard input, so also after the process that started it was killed. */
const script = `
trap '' HUP INT TERM PIPE
"$2" -q "$1/pgbouncer.ini" > "$1/log" 2>&1 &
read end
kill -KILL $!
rm -rf "$1"
`

const accepts = (path: string) =>
  new Promise<boolean>(resolve => {
    const socket = connect(path)
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

type PgBouncerOptions = {
  readonly mode: 'session' | 'transaction' | 'statement'
  /** PgBouncer's default by default. */
  readonly poolSize?: number
}

/** A location behind PgBouncer, which stops at the end of the test. */
export async function throughPgBouncer<Location extends { readonly url: string }>(
  t: Pick<Test, 'teardown'>,
  location: Location,
  { mode, poolSize }: PgBouncerOptions,
): Promise<Location> {
  if (program === undefined) throw new Error('PgBouncer was not found.')
  const server = new URL(location.url)
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-pgbouncer-'))
  const user = unprivilegedUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const host = server.searchParams.get('host') ?? server.hostname
  const password = server.password === '' ? '' : ` password=${decodeURIComponent(server.password)}`
  writeFileSync(
    `${folder}/pgbouncer.ini`,
    `[databases]
${server.pathname.slice(1)} = host=${host} port=${server.port || 5432} user=${server.username || 'postgres'}${password}
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = ${folder}
auth_type = any
pool_mode = ${mode}
${poolSize === undefined ? '' : `default_pool_size = ${poolSize}`}
`,
  )
  const bouncer = spawn('sh', ['-c', script, 'sh', folder, program], {
    ...user,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(bouncer, 'exit')
  t.teardown(async () => {
    bouncer.stdin.end()
    await ended
  })
  await until(() => accepts(`${folder}/.s.PGSQL.5432`))
  return {
    ...location,
    url: `postgres://scimulator@localhost${server.pathname}?host=${encodeURIComponent(folder)}`,
  }
}
