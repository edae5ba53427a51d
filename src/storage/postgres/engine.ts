import type { Engine, EngineOptions } from '../../domain/ports/engine.ts'
import { loadProfile } from '../../profiles/registry.ts'
import type { RawRow } from '../common/held-tables.ts'
import { describeLimit } from '../common/journal-limits.ts'
import { createSeal } from '../common/seal.ts'
import { createHeldStores } from '../common/stores/index.ts'
import { toStoredTenant } from '../common/stores/tenants.ts'
import { createAnalysisEvents, createPostgresAnalysis } from './analysis.ts'
import { createCluster } from './cluster/cluster.ts'
import type { Epoch } from './cluster/held-rows.ts'
import { defaultTimes } from './cluster/instance.ts'
import {
  type ConnectOptions,
  connectionCount,
  connectPostgres,
  createLane,
  createSerialLane,
  openJournalLane,
  openStatements,
} from './connect.ts'
import { type Connection, type DatabaseLocation, openConnection, toForbidden } from './connection.ts'
import { createPostgresSessions } from './console-sessions.ts'
import { createCursorKey, replaceCursorKey } from './cursor-key.ts'
import { createPostgresDirectory, createPurge } from './directory.ts'
import { createPostgresFaults } from './faults.ts'
import { createPostgresTables } from './held-tables.ts'
import { createPostgresJournal } from './journal.ts'
import { createPostgresOrders } from './kept-orders.ts'
import { createLanes } from './lanes.ts'
import { createLongReads } from './long-reads.ts'
import { checkMigrated, migrate } from './migrations.ts'
import { createPostgresOpenedSessions, requireNoImport } from './opened-sessions.ts'
import { mergeCounts } from './quota.ts'
import { createReadiness } from './readiness.ts'
import { createMemberships, createResourceStore } from './resources.ts'
import { createPostgresSnapshots } from './snapshots.ts'
import { prepared } from './statement.ts'
import {
  createAccountAssignments,
  createDeliveries,
  createPostgresAccessTokens,
  createPostgresAudit,
  createPostgresPermits,
} from './stores.ts'
import { clearRemovedTenant, createTenantStore, resetTenants } from './tenants.ts'
import { createTextIndex, createTextIndexBuilder } from './text-index.ts'

export type PostgresOptions = Omit<EngineOptions, 'onFatal'> &
  ConnectOptions &
  DatabaseLocation & {
    /** Milliseconds after which an instance that could not renew its lease serves no requests. */
    readonly lease?: number
    readonly isListening?: boolean
    readonly migrates?: boolean
  }

const notServing =
  'The database cannot be reached at present; the server tries again until it can. Try again in a moment.'
const notConnected =
  'Not all connections to the database are open and respond; the log has the reason. Try again in a moment.'

/** Milliseconds. */
const watchInterval = 100
/** Milliseconds that the insertion of an access token may take. */
const statementTimeout = 10_000
/** How long a stop waits for running statements after the lease has ended, in milliseconds. */
const closingTime = 1000

const markChanged = prepared('update tenants set epoch = $1 where key = any($2::bigint[]) returning key, id')
const changedTenants = prepared('select * from tenants where epoch > $1 order by key')
const tableSizes = prepared(`
  select coalesce(sum(pg_total_relation_size(oid)), 0) as bytes from pg_class
  where relnamespace = quote_ident(current_schema())::regnamespace and relkind = 'r'`)

/** Opens and upgrades the schema, and joins the other instances over it. Throws DatabaseError. */
export async function openPostgresEngine(options: PostgresOptions): Promise<Engine> {
  const { url, schema, retention, log, sealKey, lease = defaultTimes.lease, isListening = true } = options
  const location = { url, ...(schema !== undefined && { schema }) }
  await (options.migrates === false ? checkMigrated(location) : migrate(location))
  const connections = connectPostgres(location, options)
  const { reads } = connections
  const openLane = () => createLane(() => openConnection(location))
  const snapshotLane = openLane()
  const longLane = createSerialLane(openLane())
  const assignmentLane = createSerialLane(openLane())
  const journalLane = openJournalLane(location)
  const sessionLane = openLane()
  const tokenStatements = openStatements(location, statementTimeout)
  const ownLanes = [snapshotLane, longLane, assignmentLane, journalLane, sessionLane, tokenStatements.lane]
  const cluster = createCluster(location, {
    isListening,
    times: { ...defaultTimes, lease },
    onError: error => log.error(error, 'work that one instance does for all failed'),
    onOutage() {
      log.warn('the database has not responded for 10 seconds; its connections are opened again')
      resetConnections()
    },
  })
  const resetConnections = () => {
    connections.reset()
    for (const lane of ownLanes) lane.reset()
  }
  cluster.onLostCommits(resetConnections)
  const lanes = createLanes(connections.lanes)
  const longReads = createLongReads(connections.longReaders, reads)
  const directory = createPostgresDirectory(reads, {
    purge: createPurge(lanes),
    longReads,
    onError: error => log.error(error, 'a deferred write failed'),
  })
  const tables = createPostgresTables(cluster)
  const tenants = createTenantStore({
    cluster,
    tables,
    profileNamed: loadProfile,
    onError: error => log.error(error, 'deleting the data of a tenant failed'),
    clear: tenant => longLane.transaction(connection => clearRemovedTenant(connection, tenant)),
  })
  const held = createHeldStores({
    tables,
    tenants,
    seal: sealKey === undefined ? undefined : createSeal(sealKey),
    accessTokens: createPostgresAccessTokens({ reads, statements: tokenStatements }),
  })
  const faults = createPostgresFaults(cluster)
  const textIndex = createTextIndex(reads)
  cluster.onLostCommits(textIndex.clear)
  const cursorKey = createCursorKey(cluster)
  const journal = createPostgresJournal({
    reads,
    lane: journalLane,
    retention,
    onLost: error => log.error(error, 'writing to the journal failed'),
    onLimit: limit => log.info(describeLimit(limit)),
    hints: {
      send: () => cluster.hints.send('journal'),
      subscribe: listener => cluster.hints.subscribe('journal', listener),
    },
    others: {
      instance: cluster.instance,
      now: cluster.now,
      clockError: cluster.clockError,
      askWritten: () => cluster.hints.send('written'),
    },
  })
  cluster.reportWritten(journal)
  const analysis = createPostgresAnalysis({ reads, lane: journalLane, journal })
  const flush = async () => void (await Promise.all([lanes.flush(), directory.flush()]))
  let restoreEpoch: Epoch | undefined
  const snapshots = createPostgresSnapshots({
    reads,
    lane: snapshotLane,
    flush,
    async change(job) {
      restoreEpoch = undefined
      const result = await longLane.transaction(job)
      if (restoreEpoch !== undefined) await cluster.acknowledge(restoreEpoch)
      return result
    },
    async confirm(connection, keys) {
      const epoch = await cluster.nextEpoch(connection)
      await confirmRestore(connection, keys, epoch.number)
      restoreEpoch = epoch
    },
    clock: cluster.now,
  })

  const resetData = async (id: string | undefined): Promise<readonly string[]> => {
    const { ids, epoch } = await longLane.transaction(async connection => {
      const keys = await resetTenants(connection, id)
      const epoch = await cluster.nextEpoch(connection)
      const rows = await connection.query<{ readonly key: number; readonly id: string }>(markChanged, [
        epoch.number,
        keys,
      ])
      const byKey = new Map(rows.map(({ key, id }) => [key, id]))
      return { ids: keys.flatMap(key => byKey.get(key) ?? []), epoch }
    })
    await cluster.acknowledge(epoch)
    return ids
  }

  // A database that does not respond must not keep requests waiting for longer than this instance serves.
  let wasServing = false
  const isServing = (): boolean => {
    const serves = cluster.isServing()
    if (serves && !wasServing) connections.resume()
    if (!serves && wasServing) {
      connections.suspend()
      // What it writes is repeated.
      journalLane.reset()
    }
    wasServing = serves
    return serves
  }
  const watch = setInterval(isServing, watchInterval).unref()
  const readiness = createReadiness({
    lanes: [
      ...connections.all,
      ...[snapshotLane, longLane.lane, assignmentLane.lane, journalLane.lane, tokenStatements.lane],
      ...cluster.lanes,
    ],
    checked: [connections.lanes, connections.shortReaders],
    count: connectionCount(options),
    isServing: cluster.isServing,
    log,
  })

  const closeConnections = async () => {
    clearInterval(watch)
    readiness.close()
    await Promise.all([connections.close(), ...ownLanes.map(lane => lane.close())])
  }
  const closeAll = async () => {
    await Promise.all([tenants.close(), tables.close(), directory.close(), lanes.flush(), journal.close()])
    await cluster.close()
    await closeConnections()
  }
  /** Without the database, statements under way might never end. They are given up, and so are those that follow. */
  const close = async () => {
    let servedAt = performance.now()
    const deadline = setInterval(() => {
      if (cluster.isServing()) servedAt = performance.now()
      if (performance.now() - servedAt < closingTime) return
      for (const { reset } of [...ownLanes, cluster]) reset()
    }, watchInterval)
    try {
      await closeAll()
    } finally {
      clearInterval(deadline)
    }
  }

  try {
    await cluster.join()
    await cursorKey.create()
    createTextIndexBuilder({
      reads,
      lane: longLane,
      leader: cluster.leader,
      subscribe: listener => cluster.hints.subscribe('chores', listener),
      onError: error => log.error(error, 'indexing texts failed'),
    })
    await readiness.open()
    const database = await cluster.databaseName()
    return {
      ...held,
      tenants,
      consoleSessions: createPostgresSessions(cluster.statements),
      audit: createPostgresAudit({ statements: cluster.statements, longReads }),
      store: createResourceStore(reads, lanes, { longReads, textIndex }),
      orders: createPostgresOrders({ reads, longReads, textIndex }),
      memberships: createMemberships(reads),
      directory,
      assignments: createAccountAssignments({ reads, longReads, lane: assignmentLane }),
      journal: {
        ...journal,
        async prune(now) {
          await mergeCounts(reads)
          return journal.prune(now)
        },
      },
      analysis,
      analysisEvents: createAnalysisEvents(cluster),
      snapshots,
      sessions: createPostgresOpenedSessions({ lane: sessionLane, cluster, find: tenants.find }),
      faults,
      deliveries: createDeliveries({ statements: cluster.statements, hints: cluster.hints }),
      takePermit: createPostgresPermits(cluster.statements, () => performance.now()),
      readsAtOnce: 64,
      leader: cluster.leader,
      cursorKey: cursorKey.current,
      async reset(id) {
        if (id === undefined) await requireNoImport(reads)
        await flush()
        const done = resetData(id)
        await analysis.clear(id, done)
        return done
      },
      clock: cluster.now,
      unavailable() {
        readiness.noteRequest()
        return isServing() ? undefined : notServing
      },
      unready: () => (!isServing() ? notServing : readiness.isReady() ? undefined : notConnected),
      storage: {
        location: `PostgreSQL, database ${database}, schema "${schema ?? 'public'}"`,
        async size() {
          const [row] = await reads.query<{ readonly bytes: number }>(tableSizes)
          return row?.bytes ?? 0
        },
      },
      close,
    }
  } catch (error) {
    await close().catch(() => {})
    throw toForbidden(error) ?? error
  }
}

async function confirmRestore(connection: Connection, keys: readonly number[], epoch: number): Promise<void> {
  await connection.query(markChanged, [epoch, keys])
  const rows = await connection.query<RawRow>(changedTenants, [epoch - 1])
  for (const row of rows) {
    const { settings, declared } = toStoredTenant(row)
    loadProfile(settings.profile, settings.switches, declared)
  }
  await replaceCursorKey(connection, epoch)
}
