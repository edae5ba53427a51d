import { spawn } from 'node:child_process'
import { DatabaseError, hostUrls } from '../../domain/ports/database.ts'
import type { DatabaseLocation } from './connection.ts'

/** A command of PostgreSQL's client programs. The password is in its environment only. */
export type ProgramCall = {
  readonly program: 'pg_dump' | 'pg_restore'
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const userInfo = /^(postgres(?:ql)?:\/\/[^/?#:@]*):([^/?#]*)@/i

const passwordIn = (parameter: string): string | null => new URLSearchParams(parameter).get('password')

/** How client programs reach the database: as the server does, on the host that accepts writes. */
export function connectionOf({ url }: DatabaseLocation): Pick<ProgramCall, 'args' | 'environment'> {
  const [address = '', ...query] = url.split('?')
  const parameters = query.join('?').split('&')
  const others = parameters.filter(parameter => parameter !== '' && passwordIn(parameter) === null)
  const withoutPassword = [address.replace(userInfo, '$1@'), others.join('&')].filter(Boolean).join('?')
  // The driver of the server prefers the last parameter, too.
  const password = parameters.map(passwordIn).findLast(Boolean) ?? decodePassword(userInfo.exec(address)?.[2])
  return {
    args: [`--dbname=${withoutPassword}`],
    environment: {
      ...(password !== undefined && { PGPASSWORD: password }),
      ...((hostUrls(url) ?? []).length > 1 && { PGTARGETSESSIONATTRS: 'read-write' }),
    },
  }
}

function decodePassword(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    throw new DatabaseError('The password in --database-url has an invalid percent-encoding. Write % as %25.')
  }
}

/** Returns the standard output. Throws `DatabaseError` with the last line of the errors. */
export async function runProgram({ program, args, environment }: ProgramCall): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, LC_MESSAGES: 'C', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    texts.out += chunk
  })
  child.stderr.on('data', chunk => {
    texts.err = (texts.err + chunk).slice(-10_000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', error => reject(notStarted(program, error)))
    child.once('close', resolve)
  })
  if (code === 0) return texts.out
  throw new DatabaseError(`${program} failed (${lastErrorOf(texts.err, program) || `exit code ${code}`}).`)
}

const notStarted = (program: string, error: NodeJS.ErrnoException) =>
  new DatabaseError(
    error.code === 'ENOENT'
      ? `${program} was not found. Install the client programs of PostgreSQL, and add their folder to PATH.`
      : `${program} cannot be started (${error.message}).`,
    { cause: error },
  )

/** `pg_dump: error: …`, without hints and the statement, which follow. */
function lastErrorOf(text: string, program: string): string {
  const lines = text.split('\n').filter(line => line !== '')
  const found = lines.filter(line => line.startsWith(`${program}: error: `)).at(-1) ?? lines.at(-1) ?? ''
  return found.replace(`${program}: error: `, '').replace(/\.$/, '')
}

/** `pg_dump (PostgreSQL) 17.2 (Debian …)`. */
export async function versionOf(program: ProgramCall['program']): Promise<number> {
  const text = await runProgram({ program, args: ['--version'], environment: {} })
  return Number(/ (\d+)/.exec(text)?.[1])
}
