/** The database can't be used. `message` is one sentence with the reason and the remedy. */
export class DatabaseError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseError'
  }
}

/** The database can't be used at present; a client may try again in a moment. */
export class UnavailableError extends DatabaseError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnavailableError'
  }
}

/** Too many long reads wait already; a client may try again later. */
export class BusyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BusyError'
  }
}

/** A job that yields every millisecond or so. */
export type SlicedJob<Result> = Generator<undefined, Result>

/** Jobs of one turn of the event loop share a commit; promises resolve once it is on disk. */
export interface Writer {
  /** A job that throws is rolled back alone, and its error is passed on. Jobs are synchronous. */
  write<Result>(job: () => Result): Promise<Result>
  /**
   * For jobs that may take more than a few milliseconds: runs with the others of its turn, unless it takes longer than a
   * slice. Then it is rolled back and starts again, and each `yield` may end a slice. Reads are served between slices, and
   * see the state before the job; other jobs wait for its commit. Jobs of `write` and of this method run in the order of the
   * calls.
   *
   * The job may run again, and it throws errors of its own before it writes or after its first `yield`. Before that `yield`
   * it writes nothing, unless it ends without one.
   */
  writeInSlicesIfLong<Result>(job: () => SlicedJob<Result>): Promise<Result>
  /** Runs a job between two commits: no other job runs, and no transaction is open, until its promise is settled. */
  betweenCommits<Result>(job: () => Promise<Result>): Promise<Result>
  /**
   * For jobs that may be delayed or lost: runs with the next commit, or in its own after `delay` milliseconds. A long one writes a
   * portion, and defers the rest.
   */
  defer(job: () => void, delay?: number): void
  /** Resolves when all jobs so far are written, deferred ones with what they defer; those of `write` are on disk. */
  flush(): Promise<void>
}

type CompactionResult = { readonly before: number; readonly after: number }

export type Compaction = {
  /**
   * Returns all free pages to the file system. A file of an earlier version is rewritten, while requests
   * wait; any other shrinks in steps, between requests. Throws `DatabaseError` if there is no space for that.
   */
  compact(): Promise<CompactionResult>
  /** Returns free pages in steps, while there are more than new data will soon need. */
  shrink(): Promise<void>
}

/** Bytes. PostgreSQL cuts longer names off. */
const maxNameLength = 63

/** Why a text cannot name the schema of the tables, as the end of a sentence; undefined if it can. */
export function schemaProblem(name: string): string | undefined {
  if (!/^[^\0"]+$/.test(name) || !name.isWellFormed() || Buffer.byteLength(name) > maxNameLength) {
    return `must have 1 to ${maxNameLength} bytes, none of them a double quote`
  }
  // In a search path, it stands for the schema with the name of the role.
  if (name === '$user') return 'must be the name of a schema; "$user" is a placeholder in search paths'
  if (name.startsWith('pg_') || name === 'information_schema') {
    return `must not be "${name}": PostgreSQL reserves information_schema and names that begin with pg_`
  }
  return undefined
}

const hostsInUrl = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is

/**
 * The URL of each host of a URL that may name several, as libpq reads them: `postgres://user@a:5432,b:5432/database`, or lists in
 * the parameters `host` and `port`. Undefined for a text that is not such a URL.
 */
export function hostUrls(text: string): readonly string[] | undefined {
  const [, start, authority, rest] = hostsInUrl.exec(text) ?? []
  if (start === undefined || authority === undefined || rest === undefined) return undefined
  const urls = authority.split(',').map(host => `${start}${host}${rest}`)
  return urls.every(url => URL.canParse(url)) ? urls.flatMap(hostsInParameters) : undefined
}

/** The parameter `host` replaces the host of the URL. A single port is that of all hosts. */
function hostsInParameters(text: string): readonly string[] {
  const url = new URL(text)
  const hosts = url.searchParams.get('host')?.split(',') ?? []
  if (hosts.length < 2) return [text]
  const ports = url.searchParams.get('port')?.split(',') ?? []
  return hosts.map((host, at) => {
    const one = new URL(url)
    one.searchParams.set('host', host)
    const port = ports.length > 1 ? ports[at] : ports[0]
    if (port !== undefined) one.searchParams.set('port', port)
    return one.href
  })
}
