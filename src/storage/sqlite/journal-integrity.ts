import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { DatabaseError } from '../../domain/ports/database.ts'
import { DamagedJournalError } from '../../domain/ports/journal.ts'
import { checkpoint } from './connections.ts'
import type { Database } from './database.ts'
import { isDamage } from './transaction.ts'

export type JournalPosition = { readonly journal: string; readonly position: number }

type JournalMark = JournalPosition & { readonly at: number }

/** Advances the position of a journal, and returns it once it is on disk. Not within a transaction. */
export function createPositions(db: Database): () => JournalPosition | undefined {
  const advance = db.prepare<[], JournalPosition>(`
    update owner set journal = coalesce(journal, lower(hex(randomblob(16)))), position = position + 1
    returning journal, position`)
  return () => {
    const position = advance.get()
    // Syncs the write-ahead log first: a database that remembers more than its journal has would report an older copy.
    if (!db.memory) checkpoint(db, 'passive')
    return position
  }
}

/** Makes a database remember the position of its journal. Runs inside a write. */
export function createMarks(db: Database) {
  const forget = db.prepare<[]>('delete from journal_mark')
  const insert = db.prepare<[string, number, number]>(
    'insert into journal_mark (journal, position, at) values (?, ?, ?)',
  )
  return ({ journal, position }: JournalPosition, now: number): void => {
    forget.run()
    insert.run(journal, position, now)
  }
}

const readMark = (db: Database): JournalMark | undefined =>
  db.prepare<[], JournalMark>('select journal, position, at from journal_mark').get()

/** One sentence with the remedy; undefined if it is the expected journal. */
export function findForeignState(
  db: Database,
  path: string,
  found: { readonly journal: string | null; readonly position: number } | undefined,
): string | undefined {
  const mark = readMark(db)
  if (!mark) return undefined
  const since = new Date(mark.at).toISOString()
  const rest =
    'Users, groups and their history are not affected. If you have a copy of the file, stop the server and put it in its place.'
  if (!found)
    return `the journal ${path} is missing: it was there on ${since}. A new one begins, without the requests, cycles and findings of the earlier one. ${rest}`
  if (found.journal === mark.journal && found.position >= mark.position) return undefined
  return `the journal ${path} is an older copy than the one that was there on ${since}, or another one: it lacks later requests, cycles and findings. ${rest}`
}

/** Milliseconds. */
const watchInterval = 1000

/**
 * Watches whether the path of a journal that is open still leads to it. Its result looks at most once a second, and calls `onReplaced`
 * once.
 */
export function watchFile(path: string, onReplaced: (error: Error) => void): () => void {
  const identify = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }) => `${dev} ${ino}`
  const opened = identify(statSync(path, { bigint: true }))
  let looked = 0
  let isReported = false
  const look = async () => {
    const found = await stat(path, { bigint: true }).then(identify, () => undefined)
    if (found === opened || isReported) return
    isReported = true
    onReplaced(
      new DatabaseError(
        `The journal ${path} was ${found === undefined ? 'deleted' : 'replaced'} while the server runs. The server still has all of its requests, and loses them when it stops: export what you need (Activity, Export; or scimulator journal export), then restart the server.`,
      ),
    )
  }
  return () => {
    const now = performance.now()
    if (isReported || now - looked < watchInterval) return
    looked = now
    void look()
  }
}

const damaged = (path: string, cause: unknown) =>
  new DamagedJournalError(
    `The journal ${path} is damaged (${cause instanceof Error ? cause.message : cause}). Users and groups are not affected. Stop the server, and move this file and ${path}-wal away, so that a new journal begins; or replace them by a copy.`,
    { cause },
  )

type Functions = Readonly<Record<string, unknown>>

/** Returns the functions of a port, which now throw a `DamagedJournalError` for a damaged page. Calls `onDamaged` with the first error. */
export function reportDamage<Port extends object>(
  port: Port,
  path: string,
  onDamaged: (error: Error) => void,
): Port {
  let isReported = false
  const toDamaged = (error: unknown): unknown => {
    if (!isDamage(error)) return error
    const described = damaged(path, error)
    if (!isReported) onDamaged(described)
    isReported = true
    return described
  }
  async function* guard(items: AsyncIterable<unknown>) {
    try {
      yield* items
    } catch (error) {
      throw toDamaged(error)
    }
  }
  const guarded =
    (run: (...args: readonly unknown[]) => unknown) =>
    (...args: readonly unknown[]): unknown => {
      try {
        const result = run(...args)
        if (result instanceof Promise) {
          return result.catch(error => {
            throw toDamaged(error)
          })
        }
        return isAsyncIterable(result) ? guard(result) : result
      } catch (error) {
        throw toDamaged(error)
      }
    }
  return Object.fromEntries(
    Object.entries(port as Functions).map(([name, member]) => [
      name,
      typeof member === 'function' ? guarded(member as (...args: readonly unknown[]) => unknown) : member,
    ]),
  ) as Port
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
