import { randomBytes, randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { createActiveFaults } from '../../domain/faults/fault.ts'
import type { Compaction } from '../../domain/ports/database.ts'
import type { Engine, EngineLog, EngineOptions } from '../../domain/ports/engine.ts'
import type { JournalLimit } from '../../domain/ports/journal.ts'
import { createOnlyInstance } from '../../domain/ports/leader.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { createKeptOrders, createPermits, createSessionsInMemory } from '../common/in-memory.ts'
import { describeLimit } from '../common/journal-limits.ts'
import { createSeal, newSealKey } from '../common/seal.ts'
import { createHeldStores } from '../common/stores/index.ts'
import { createSqliteAnalysis } from './analysis.ts'
import { type Checkpoints, connect, createCheckpoints } from './connections.ts'
import {
  compactBoth,
  createCompaction,
  type Database,
  followLinks,
  lockDatabase,
  openSqlite,
} from './database.ts'
import { createDirectory } from './directory.ts'
import { createSqliteTables } from './held-tables.ts'
import { createJournal, type JournalDatabase } from './journal.ts'
import {
  createMarks,
  databaseFiles,
  journalPath,
  openJournal,
  reportDamage,
  upgrade,
} from './journal-file.ts'
import { createLongWrites, createReset, createUnlistedTenants } from './long-writes.ts'
import { startJournalThread, writeJournalInPlace } from './open-journal.ts'
import { createSqliteSessions } from './opened-sessions.ts'
import { createMemberships } from './related.ts'
import { createResourceStore } from './resources.ts'
import { createSqliteSnapshots } from './snapshots.ts'
import {
  createAccountAssignments,
  createDeliveries,
  createSqliteAccessTokens,
  createSqliteAudit,
  readSealKey,
} from './stores.ts'
import { createTenantRows } from './tenant-rows.ts'
import { createTenantStore } from './tenants.ts'
import { createWriter } from './writer.ts'

type SqliteOptions = EngineOptions & {
  readonly path?: string | undefined
}

const cursorKeyLength = 32

/** This process is the only one that uses the database. Throws `DatabaseError`. */
export function openSqliteEngine({ path: given, retention, log, sealKey, onFatal }: SqliteOptions): Engine {
  const path = given === undefined ? undefined : followLinks(given)
  const unlock = path === undefined ? () => {} : lockDatabase(path)
  let db: Database | undefined
  let journalDb: JournalDatabase | undefined
  try {
    db = openSqlite(path)
    const { backup, foreignJournal, journalState } = upgrade(db, { onProgress: reportMove(log) })
    if (foreignJournal !== undefined) {
      log.warn(
        `the journal next to the database was that of another one, or of a later state of it; it is in ${foreignJournal} now`,
      )
    }
    if (journalState !== undefined) log.warn(journalState)
    const connections = connect(db)
    const journalOptions = {
      retention,
      onLost: (error: unknown) => log.error(error, 'writing to the journal failed'),
      onReplaced: (error: Error) => log.error(error, error.message),
      onLimit: (limit: JournalLimit) => log.info(describeLimit(limit)),
      ...(onFatal && { onFatal }),
    }
    const thread = path === undefined ? undefined : startJournalThread(path, journalOptions)
    journalDb = thread ?? writeJournalInPlace(openJournal(), journalOptions)
    let checkpoints: Checkpoints | undefined
    const writer = createWriter(db, {
      snapshot: connections.snapshot,
      onDeferredError: error => log.error(error, 'a deferred write failed'),
      onCommit: () => checkpoints?.afterCommit(),
      ...(onFatal && { onFatal }),
    })
    if (thread) {
      checkpoints = createCheckpoints(db, {
        run: mode => thread.callThread('checkpoint', mode),
        betweenCommits: writer.betweenCommits,
        onError: error => log.error(error, 'a checkpoint of the database failed'),
      })
    }
    const remember = createMarks(db)
    const markJournal = async (): Promise<void> => {
      const position = path === undefined ? undefined : await journalDb?.call('advance')
      if (position) await writer.write(() => remember(position, Date.now()))
    }
    const longWrites = createLongWrites(db, writer)
    const directory = createDirectory(connections, writer)
    const journalCall = journalDb.call
    const unlisted = createUnlistedTenants({
      longWrites,
      deleteSession: id => journalCall('deleteSession', id),
    })
    const tenants = createTenantStore(db, writer, loadProfile, unlisted.remove)
    let isClosing = false
    if (path !== undefined) {
      const left = createTenantRows(db).unlisted()
      // Before this process opens sessions.
      const kept = journalCall(
        'keepSessions',
        tenants.list().map(({ id }) => id),
      )
      void Promise.all([kept, ...left.map(unlisted.clear)]).catch(error => {
        // The next start continues.
        if (!isClosing) log.error(error, 'deleting what is left of sessions and tenants failed')
      })
    }
    const held = createHeldStores({
      tables: createSqliteTables(db, writer),
      tenants,
      seal: createSeal(sealKey ?? (path === undefined ? newSealKey() : readSealKey(path))),
      accessTokens: createSqliteAccessTokens(db, writer),
    })
    const isListed = (id: string) => tenants.find(id) !== undefined
    const guardReads = <Port extends object>(port: Port): Port =>
      path === undefined
        ? port
        : reportDamage(port, journalPath(path), error => log.error(error, error.message))
    const analysis = guardReads(createSqliteAnalysis(journalDb, isListed))
    const unguarded = createJournal(journalDb, isListed)
    const { prune, ...journal } = guardReads(unguarded)
    const store = createResourceStore(connections, writer, tenants.exists, {
      textIndex: { onError: error => log.error(error, 'indexing an attribute failed') },
    })
    let cursorKey = randomBytes(cursorKeyLength)
    const snapshots = createSqliteSnapshots({
      db,
      writer,
      longWrites,
      reload: rows => {
        const applyTenants = tenants.reload(rows)
        return () => {
          store.reload()
          directory.reload()
          applyTenants()
          cursorKey = randomBytes(cursorKeyLength)
        }
      },
    })
    const sessions = createSqliteSessions({
      longWrites,
      journal: journalDb,
      tenants,
      store,
      unlisted,
      onError: error => log.error(error, 'deleting what is left of a session failed'),
    })
    const close = async () => {
      isClosing = true
      await checkpoints?.close()
      await markJournal().catch(error => log.error(error, 'noting the position of the journal failed'))
      await writer.close()
      await longWrites.close()
      await connections.close()
      await journalDb?.close()
      unlock()
    }
    return {
      ...held,
      tenants,
      consoleSessions: createSessionsInMemory(),
      audit: createSqliteAudit(connections, writer),
      store,
      orders: createKeptOrders(store),
      memberships: createMemberships(connections.reads),
      directory,
      assignments: createAccountAssignments(connections, writer),
      journal: {
        ...journal,
        // Each request calls them, and they read no file.
        record: unguarded.record,
        room: unguarded.room,
        async prune(now) {
          const jump = await prune(now)
          await markJournal()
          return jump
        },
      },
      analysis,
      snapshots,
      sessions,
      faults: createActiveFaults({ newId: randomUUID, clock: Date.now }),
      deliveries: createDeliveries(connections, { writer, clock: Date.now }),
      takePermit: createPermits(() => performance.now()),
      readsAtOnce: 1,
      leader: createOnlyInstance(),
      cursorKey: () => cursorKey,
      reset: createReset({ writer, longWrites, tenants, analysis }),
      compaction: compactBoth(
        createCompaction(db, writer, async () => checkpoints?.truncate()),
        journalCompaction(journalDb),
      ),
      clock: () => Date.now(),
      unavailable: () => undefined,
      unready: () => undefined,
      ...(path !== undefined && { storage: { location: path, size: () => sizeOf(databaseFiles(path)) } }),
      ...(backup !== undefined && { backup }),
      close,
    }
  } catch (error) {
    void journalDb?.close()
    db?.close()
    unlock()
    throw error
  }
}

const journalCompaction = ({ call }: JournalDatabase): Compaction => ({
  compact: () => call('compact'),
  shrink: () => call('shrink'),
})

async function sizeOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map(file =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

const millisecondsBetweenReports = 2000

function reportMove({ info }: EngineLog): (moved: number, total: number) => void {
  let reported = Number.NEGATIVE_INFINITY
  const format = (count: number) => count.toLocaleString('en-US')
  return (moved, total) => {
    const now = performance.now()
    if (moved < total && now - reported < millisecondsBetweenReports) return
    reported = now
    info(`moving the journal: ${format(moved)} of ${format(total)} requests`)
  }
}
