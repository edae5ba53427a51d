import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** Folders in which packages of PostgreSQL are installed, one version each. */
const packageFolders = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr/pgsql']

/** The folder with the programs of PostgreSQL: on the path, or the newest version of the packages. */
export function findPrograms(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter)
  const ofPackages = packageFolders.filter(existsSync).flatMap(folder =>
    readdirSync(folder)
      .filter(name => /^(postgresql@?)?\d*$/.test(name))
      .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
      .map(name => join(folder, name, 'bin')),
  )
  const found = [...onPath, ...ofPackages].find(folder =>
    ['initdb', 'postgres', 'pg_ctl'].every(program => existsSync(join(folder, program))),
  )
  // A folder on the path may have links to some of the programs.
  return found && dirname(realpathSync(join(found, 'initdb')))
}

/** Neither PostgreSQL nor PgBouncer runs as root. */
export function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const account = ['postgres', 'nobody'].flatMap(user => accounts.filter(([name]) => name === user))[0]
  return account && { uid: Number(account[2]), gid: Number(account[3]) }
}

/**
 * Starts a server, as a standby of the one in the folder $5 if there is one, runs commands from the standard input, and stops the
 * server at its end, so also after the process that started it was killed. The server listens on a socket in its own folder. Its
 * default order of texts is that of a language, so tests fail where the SQL lacks a collation. Two test processes with three instances
 * each need more than the 100 connections of the default.
 */
const script = `
trap '' HUP INT TERM PIPE
cd "$1" || exit
options="-c listen_addresses='' -c unix_socket_directories='$1' -c max_connections=300 -c shared_buffers=16MB $3"
start () { "$2/pg_ctl" start --silent --wait --pgdata=data --log=server.log --options="$options" < /dev/null >> log 2>&1; }
crash () { "$2/pg_ctl" stop --silent --mode=immediate --pgdata=data < /dev/null >> log 2>&1; }
promote () { "$2/pg_ctl" promote --silent --wait --pgdata=data < /dev/null >> log 2>&1; }
create () {
  if [ "$5" ]; then
    "$2/pg_basebackup" --pgdata=data --dbname="host=$5 user=postgres" --write-recovery-conf --checkpoint=fast --no-sync
  else
    "$2/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --locale-provider=icu \
      --icu-locale=en-US --wal-segsize="$4" --no-sync --no-instructions
  fi > log 2>&1
}
report () { if [ "$1" = 0 ]; then echo done; else cat log server.log | tr '\\n' ' '; echo; fi; }
create "$@" && start "$@"
report $?
while read command; do
  case "$command" in
    start) start "$@"; report $? ;;
    crash) crash "$@"; report $? ;;
    promote) promote "$@"; report $? ;;
  esac
done
exec 1>&-
crash "$@"
cd /
rm -rf "$1"
`

/** Syncs nothing to disk. */
const fast = '-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off'
/** With the usual size of the log, there would be a checkpoint every few seconds. */
const durable = '-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c max_wal_size=256MB'

export type PostgresServer = {
  readonly url: string
  /** The folder of its socket. */
  readonly folder: string
  /** Stops the server as a crash does: it recovers from its log at the next start. */
  crash(): Promise<void>
  /** Starts the server after a crash, and waits until it accepts connections. */
  start(): Promise<void>
  /** Makes a standby accept writes. */
  promote(): Promise<void>
  /** Stops the server and deletes its data. */
  remove(): Promise<void>
}

type ServerOptions = {
  /** The primary of a standby, which receives commits a moment later. */
  readonly standbyOf?: PostgresServer
  /** Commits survive a crash of the server. */
  readonly isDurable?: boolean
  /** Settings in place of those of tests: `{ shared_buffers: '1GB' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Starts a server of its own. */
export async function startPostgresServer({
  standbyOf,
  isDurable = false,
  settings = {},
}: ServerOptions = {}): Promise<PostgresServer> {
  const programs = findPrograms()
  if (programs === undefined) throw new Error('PostgreSQL was not found.')
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-postgres-'))
  const user = unprivilegedUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const more = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  const options = [isDurable ? durable : fast, ...more].join(' ')
  // In MB. Files of the log are created in their full size, which tests that write little don't need.
  const segmentSize = isDurable ? '16' : '1'
  const args = [folder, programs, options, segmentSize, standbyOf?.folder ?? '']
  const server = spawn('sh', ['-c', script, 'sh', ...args], {
    ...user,
    // In a process group of its own, which the signals of a test runner or a terminal don't reach.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(server, 'exit')
  const run = createCommands(server)
  await run(undefined)
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    folder,
    crash: () => run('crash'),
    promote: () => run('promote'),
    start: () => run('start'),
    async remove() {
      server.stdin.end()
      await ended
    },
  }
}

/** Sends commands to the script, one after the other, and waits for their reports. The first report is that of the start. */
function createCommands({ stdin, stdout }: ChildProcessByStdio<Writable, Readable, null>) {
  const reports = createInterface({ input: stdout })[Symbol.asyncIterator]()
  return async (command: 'start' | 'crash' | 'promote' | undefined): Promise<void> => {
    if (command !== undefined) stdin.write(`${command}\n`)
    const { value } = await reports.next()
    if (value !== 'done') throw new Error(`PostgreSQL did not ${command ?? 'start'}: ${value}`)
  }
}
