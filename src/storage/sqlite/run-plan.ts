import type { SlicedJob } from '../../domain/ports/database.ts'
import { searchableNames } from '../common/identities.ts'
import {
  type ChangeName,
  type CurrentResource,
  type KeyPair,
  type ListedMember,
  type MemberRow,
  type Plan,
  type PlanChange,
  type PlanChanges,
  type PlanQueries,
  type PlanQuery,
  type QueryName,
  type ResourceContent,
  type RetainedRecord,
  rowsOf,
} from '../common/plans/plan.ts'
import { type Counts, countedTypes, type Quota } from './counts.ts'
import type { Database } from './database.ts'
import { storedColumns } from './reading.ts'
import { createGroupReader } from './related.ts'
import type { TextRows } from './text-index.ts'

type QueryRunners = {
  readonly [Name in QueryName]: (...of: PlanQueries[Name]['of']) => PlanQueries[Name]['result']
}

type ChangeRunners = {
  readonly [Name in ChangeName]: (row: PlanChanges[Name]) => void
}

export type PlanRunners = {
  readonly queries: Partial<QueryRunners>
  readonly changes: Partial<ChangeRunners>
}

/** Rows that are read or written between two yields of a job: about a millisecond. */
const rowsPerStep = 50

/** Runs a plan inside a transaction. Writes nothing before the first yield, unless there is none. */
export function* runPlan<Value>(plan: Plan<Value>, { queries, changes }: PlanRunners): SlicedJob<Value> {
  let rows = 0
  let step = plan.next([])
  while (!step.done) {
    const results: unknown[] = []
    for (const query of step.value) {
      if (rows >= rowsPerStep) {
        rows = 0
        yield
      }
      const result = runQuery(queries, query)
      results.push(result)
      rows += Array.isArray(result) ? 1 + result.length : 1
    }
    step = plan.next(results)
  }
  const decision = step.value
  if (isLong(decision.changes)) yield
  rows = 0
  for (const change of decision.changes) {
    if (rows >= rowsPerStep) {
      rows = 0
      yield
    }
    writeChange(changes, change)
    rows += rowsOf(change)
  }
  return decision.value
}

export function runQuery(queries: PlanRunners['queries'], { query, of }: PlanQuery): unknown {
  const run = queries[query] as ((...of: readonly unknown[]) => unknown) | undefined
  if (!run) throw new Error(`Nothing runs the query ${query}.`)
  return run(...of)
}

function writeChange(changes: PlanRunners['changes'], { change, row }: PlanChange): void {
  const write = changes[change] as ((row: unknown) => void) | undefined
  if (!write) throw new Error(`Nothing writes the change ${change}.`)
  write(row)
}

function isLong(changes: readonly PlanChange[]): boolean {
  let rows = 0
  for (const change of changes) {
    rows += rowsOf(change)
    if (rows > rowsPerStep) return true
  }
  return false
}

type CurrentRow = Omit<CurrentResource, 'keys'> & { readonly keys: string }

type QueriesInMemory = Pick<QueryRunners, 'tenant' | 'room' | 'newKey'>

/** Must be used inside a transaction. */
export function createResourceQueries(db: Database, inMemory: QueriesInMemory) {
  const currentColumns = `${storedColumns}, r.secrets, r.keys`
  const withId = db.prepare<[number, string, string], CurrentRow>(
    `select ${currentColumns} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const withKey = db.prepare<[number], CurrentRow>(
    `select ${currentColumns} from resources r where r.key = ?`,
  )
  const deletedWithLabel = db.prepare<[number, string, string], { key: number; id: string }>(`
    select key, id from deleted_resources
    where tenant = ? and type = ? and folded_label = ? and successor is null`)
  const holder = db
    .prepare<[number, string, string, string], number>(
      'select resource from keys where tenant = ? and type = ? and attribute = ? and value = ?',
    )
    .pluck()
  const member = db.prepare<[number, string], { key: number; type: string; display: string }>(
    'select key, type, display from resources where tenant = ? and id = ?',
  )
  const membership = db.prepare<[number, string], Omit<ListedMember, 'memberId' | 'type' | 'display'>>(`
    select key, member_key as memberKey, sent_display as sentDisplay from memberships
    where group_key = ? and member_id = ?`)
  const membersAfter = db.prepare<[number, number, number], ListedMember>(`
    select m.key, m.member_id as memberId, m.member_key as memberKey, m.sent_display as sentDisplay, r.type, r.display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key > ? order by m.key limit ?`)
  const groupsOf = createGroupReader(db)
  const types = db.prepare<[{ tenant: number }], string>(`select type from ${countedTypes}`).pluck()
  const referrersAfter = db
    .prepare<[number, string, string, string, number, number], number>(`
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? and resource > ?
      order by resource limit ?`)
    .pluck()
  const lastWhole = db
    .prepare<[number], string>(`
      select document from versions where resource_key = ? and document is not null order by moment desc limit 1`)
    .pluck()

  return {
    ...inMemory,
    current: (tenant, type, id) => toCurrent(withId.get(tenant, id, type)),
    resources: (_tenant, keys) => keys.flatMap(key => toCurrent(withKey.get(key)) ?? []),
    // The index order puts the newest last; ORDER BY and LIMIT would cost more than the look-up.
    predecessor: (tenant, type, foldedLabel) => deletedWithLabel.all(tenant, type, foldedLabel).at(-1),
    holder: (tenant, type, attribute, value) => holder.get(tenant, type, attribute, value),
    member: (tenant, id) => member.get(tenant, id),
    membership: (_tenant, group, memberId) => {
      const found = membership.get(group, memberId)
      return found && { memberId, ...found }
    },
    membersAfter: (_tenant, group, after, limit) => membersAfter.all(group, after, limit),
    groupsOf: (_tenant, key) => groupsOf(key),
    types: tenant => types.all({ tenant }),
    referrersAfter: (...of) => referrersAfter.all(...of),
    lastWhole: (_tenant, key) => lastWhole.get(key),
  } satisfies Partial<QueryRunners>
}

const toCurrent = (row: CurrentRow | undefined): CurrentResource | undefined =>
  row && Object.assign(row, { keys: JSON.parse(row.keys) as readonly KeyPair[] })

/** Must be used inside a transaction. */
export function createRetainedQueries(db: Database) {
  const typeAfter = db
    .prepare<[number, string], string | null>(
      'select min(type) from deleted_resources where tenant = ? and type > ?',
    )
    .pluck()
  const retainedAfter = db.prepare<[number, string, number, number], RetainedRecord>(`
    select key, id, version from deleted_resources
    where tenant = ? and type = ? and state = 'retained' and key > ? order by key limit ?`)
  const retained = db.prepare<[number, string], RetainedRecord>(
    `select key, id, version from deleted_resources where tenant = ? and id = ? and state = 'retained'`,
  )

  const deletedTypes = (tenant: number): readonly string[] => {
    const types: string[] = []
    for (let type = typeAfter.get(tenant, ''); typeof type === 'string'; type = typeAfter.get(tenant, type)) {
      types.push(type)
    }
    return types
  }

  return {
    deletedTypes,
    retainedAfter: (...of) => retainedAfter.all(...of),
    retained: (tenant, id) => retained.all(tenant, id),
  } satisfies Partial<QueryRunners>
}

type Companions = { readonly texts: TextRows; readonly counts: Counts; readonly quota: Quota }

/** Versions and membership events, which share one sequence of moments. */
export type HistoryRows = {
  readonly version: ChangeRunners['version']
  /** Returns the key of the membership. */
  event(
    event: 'added' | 'removed',
    row: PlanChanges['addMembers' | 'removeMembers'],
    member: MemberRow,
  ): number | bigint
  link(key: number, group: number, memberId: string): void
}

/** Must be used inside a transaction. */
export function createResourceChanges(
  db: Database,
  companions: Companions,
  history: HistoryRows = createHistoryRows(db),
) {
  return {
    ...createRowChanges(db, companions),
    ...createKeyChanges(db),
    ...createMembershipChanges(db, history),
    ...createDeletedChanges(db),
    version: history.version,
  } satisfies Partial<ChangeRunners>
}

function createRowChanges(db: Database, { texts, counts, quota }: Companions) {
  const insert = db.prepare(`
    insert into resources (key, tenant, type, id, document, secrets, search, keys, version, created, last_modified,
      label, display, names, enabled, predecessor)
    values (@key, @tenant, @type, @id, @document, @secrets, jsonb(@search), @keys, @version, @created, @lastModified,
      @label, @display, @names, @enabled, @predecessor)`)
  const rewrite = db.prepare(`
    update resources set document = @document, secrets = @secrets, search = jsonb(@search), keys = @keys, version = @version,
      last_modified = @lastModified, label = @label, display = @display, names = @names, enabled = @enabled
    where key = @key`)
  const touch = db.prepare(`
    update resources set version = @version, last_modified = @lastModified,
      search = jsonb_set(search, '$.meta.lastModified', @lastModified)
    where key = @key`)
  const drop = db.prepare('delete from resources where key = ?')

  return {
    addResource: ({ tenant, key, type, id, created, predecessor, content }) => {
      texts.insert(tenant, type, key, content.search)
      insert.run({ ...toRow(content), tenant, key, type, id, created, predecessor })
      counts.note(tenant, type, key, 1)
      quota.note(tenant, type)
    },
    rewriteResource: ({ tenant, type, key, content }) => {
      texts.change(tenant, type, key, content.search)
      rewrite.run({ ...toRow(content), key })
    },
    touchResource: ({ key, version, lastModified }) => {
      touch.run({ key, version, lastModified })
    },
    dropResource: ({ tenant, type, key }) => {
      texts.change(tenant, type, key, undefined)
      drop.run(key)
      counts.note(tenant, type, key, -1)
    },
  } satisfies Partial<ChangeRunners>
}

const toRow = (content: ResourceContent) => ({
  document: content.document,
  secrets: content.secrets,
  search: JSON.stringify(content.search),
  keys: JSON.stringify(content.keys),
  version: content.version,
  lastModified: content.lastModified,
  label: content.label,
  display: content.display,
  names: searchableNames(content),
  enabled: Number(content.enabled),
})

function createKeyChanges(db: Database) {
  const insert = db.prepare(
    'insert into keys (tenant, type, attribute, value, resource) values (?, ?, ?, ?, ?)',
  )
  const remove = db.prepare(
    'delete from keys where tenant = ? and type = ? and attribute = ? and value = ? and resource = ?',
  )
  return {
    dropKeys: ({ tenant, type, key, keys }) => {
      for (const [attribute, value] of keys) remove.run(tenant, type, attribute, value, key)
    },
    addKeys: ({ tenant, type, key, keys }) => {
      for (const { attribute, value } of keys) insert.run(tenant, type, attribute, value, key)
    },
  } satisfies Partial<ChangeRunners>
}

export const nextMomentSql = `1 + max(
  coalesce((select max(moment) from versions), 0),
  coalesce((select max(moment) from membership_events), 0),
  coalesce((select max(last_moment) from unlisted_tenants), 0))`

/** Memberships: one row each, so a change costs the same in a group of ten or of fifty thousand. */
function createMembershipChanges(db: Database, history: HistoryRows) {
  const insert = db.prepare(`
    insert into memberships (key, tenant, group_key, member_id, member_key, at, via, sent_display)
    values (?, ?, ?, ?, ?, ?, ?, ?)`)
  const remove = db.prepare('delete from memberships where group_key = ? and member_id = ?')
  const link = db
    .prepare<[number, number, string], number>(
      `update memberships set member_key = ? where tenant = ? and member_id = ? and member_key is null
      returning group_key`,
    )
    .pluck()

  return {
    addMembers: row => {
      const { tenant, group, members, at, via } = row
      for (const member of members) {
        const { memberId, memberKey, sentDisplay = null } = member
        const key = history.event('added', row, member)
        insert.run(key, tenant, group, memberId, memberKey, at, via, sentDisplay)
      }
    },
    removeMembers: row => {
      for (const member of row.members) {
        remove.run(row.group, member.memberId)
        history.event('removed', row, member)
      }
    },
    linkMember: ({ tenant, id, key }) => {
      for (const group of link.all(key, tenant, id)) history.link(key, group, id)
    },
  } satisfies Partial<ChangeRunners>
}

function createDeletedChanges(db: Database) {
  const insert = db.prepare(`
    insert into deleted_resources (key, tenant, type, id, label, folded_label, display, names, document, groups,
      version, created, last_written, deleted_at, exchange, state, predecessor)
    select key, tenant, type, id, label, @foldedLabel, display, names,
      case @state when 'retained' then document end, @groups,
      version, created, last_modified, @at, @exchange, @state, predecessor
    from resources where key = @key`)
  const dropAssignments = db.prepare(`
    update account_assignments set deleted_at = @at, deletion_exchange = @exchange
    where tenant = @tenant and principal_id = @id and principal_type = @type and deleted_at is null`)
  const setSuccessor = db.prepare('update deleted_resources set successor = ? where key = ?')
  return {
    addDeleted: ({ key, foldedLabel, groups, at, exchange, state }) => {
      insert.run({ key, foldedLabel, groups, at, exchange, state })
    },
    dropAssignments: row => {
      dropAssignments.run(row)
    },
    setSuccessor: ({ key, successor }) => {
      setSuccessor.run(successor, key)
    },
  } satisfies Partial<ChangeRunners>
}

function createHistoryRows(db: Database): HistoryRows {
  const insertVersion = db.prepare(`
    insert into versions (moment, resource_key, version, at, exchange, via, action, document, difference, previous_document)
    values (${nextMomentSql}, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const insertEvent = db.prepare(`
    insert into membership_events (moment, event, at, exchange, via, group_key, member_id, member_key)
    values (${nextMomentSql}, ?, ?, ?, ?, ?, ?, ?)`)
  const linkEvents = db.prepare(`
    update membership_events set member_key = ?
    where group_key = ? and member_id = ? and member_key is null`)
  return {
    version({ key, version, at, exchange, via, action, document, difference, previousDocument }) {
      insertVersion.run(key, version, at, exchange, via, action, document, difference, previousDocument)
    },
    event: (event, { at, exchange, via, group }, { memberId, memberKey }) =>
      insertEvent.run(event, at, exchange, via, group, memberId, memberKey).lastInsertRowid,
    link: (...of) => void linkEvents.run(...of),
  }
}

/** Must be used inside a transaction. */
export function createPurgeChanges(db: Database) {
  const purge = db.prepare(`update deleted_resources set state = 'purged', document = null where key = ?`)
  const insertVersion = db.prepare(`
    insert into versions (moment, resource_key, version, at, action) values (${nextMomentSql}, ?, ?, ?, 'purged')`)
  return {
    purgeRecords: ({ records, at }) => {
      for (const { key, version } of records) {
        purge.run(key)
        insertVersion.run(key, version, at)
      }
    },
  } satisfies Partial<ChangeRunners>
}
