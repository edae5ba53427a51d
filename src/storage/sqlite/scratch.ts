import type { Writer } from '../../domain/ports/database.ts'
import type { ResourceStore } from '../../domain/ports/resources.ts'
import type { SessionRows } from '../../domain/ports/snapshots.ts'
import type { Plan } from '../common/plans/plan.ts'
import { planRemoval } from '../common/plans/remove.ts'
import { planInsert, planUpdate } from '../common/plans/write.ts'
import { openConnection } from './connection.ts'
import { connect } from './connections.ts'
import { createCounts } from './counts.ts'
import { migrate } from './migrations.ts'
import { createResourceStore } from './resources.ts'
import { createResourceQueries, runQuery } from './run-plan.ts'
import { createSessionDirectory } from './session-directory.ts'

/** The key of the only tenant. */
const tenant = 1

/**
 * A directory of its own behind the resource store of the engine, for what is thrown away afterwards. It keeps no history, which
 * would be a third of its memory.
 */
export type Scratch = {
  readonly tenant: number
  readonly store: ResourceStore
  /** Decides like `store`, and writes nothing. */
  readonly unchanging: ResourceStore
  /** In the order of creation. `store` can't write before the iteration ends. */
  documents(type: string): Iterable<readonly [id: string, document: string]>
  /** IDs in the order of joining. */
  members(group: string): readonly string[]
  close(): Promise<void>
}

const historyTables: ReadonlySet<string> = new Set(['versions', 'membership_events', 'last_seen'])

/** `rows` are those of a session (`OpenedSessions`); none for an empty directory. */
export function openScratch(rows: Iterable<SessionRows> = []): Scratch {
  // A file without a name, with what the cache does not hold: 100,000 users take 300 MB.
  const db = openConnection('')
  // Rows that grow leave a sixth less of the memory unused than with pages of 4 KB.
  db.pragma('page_size = 16384')
  // Nothing is rolled back.
  db.pragma('journal_mode = off')
  db.pragma('cache_size = -65536')
  migrate(db)
  const directory = createSessionDirectory(db)
  const place = { tenant, bases: { resource: 0, moment: 0, membership: 0 } }
  db.transaction(() => {
    for (const batch of rows) if (!historyTables.has(batch.table)) directory.add(place, batch)
  })()

  let lastMembership =
    db.prepare<[], number>('select coalesce(max(key), 0) from memberships').pluck().get() ?? 0
  const history = { version: () => {}, event: () => ++lastMembership, link: () => {} }
  // Never committed: a transaction for each statement takes a tenth of the time of a request.
  db.exec('begin')
  const connections = connect(db)
  const store = createResourceStore(connections, immediate, undefined, {
    textIndex: { minimum: Number.POSITIVE_INFINITY },
    history,
  })

  const counts = createCounts(db)
  const queries = createResourceQueries(db, {
    tenant: () => true,
    room: (tenant, type, limit) => counts.number(tenant, type) < limit,
    newKey: () => Number.MAX_SAFE_INTEGER,
  })
  const decide = async <Value>(plan: Plan<Value>): Promise<Value> => {
    let step = plan.next([])
    while (!step.done) step = plan.next(step.value.map(query => runQuery(queries, query)))
    return step.value.value
  }

  const documents = db
    .prepare<[string], [string, string]>('select id, document from resources where type = ? order by key')
    .raw()
  const members = db
    .prepare<[number, string], string>(`
      select m.member_id from resources r join memberships m on m.group_key = r.key
      where r.tenant = ? and r.id = ? order by m.key`)
    .pluck()

  return {
    tenant,
    store,
    unchanging: {
      ...store,
      insert: (place, cause, draft, limit) => decide(planInsert(place, cause, draft, limit)),
      update: (place, cause, change) => decide(planUpdate(place, cause, change)),
      remove: (place, cause, removal) => decide(planRemoval(place, cause, removal)),
    },
    documents: type => documents.iterate(type),
    members: group => members.all(tenant, group),
    close: connections.close,
  }
}

/** Nothing is rolled back: plans decide before they write, and nothing else uses the database. */
const immediate: Writer = {
  write: async job => job(),
  async writeInSlicesIfLong(job) {
    const run = job()
    for (;;) {
      const step = run.next()
      if (step.done) return step.value
    }
  },
  betweenCommits: job => job(),
  defer: job => job(),
  flush: async () => {},
}
