import { searchableNames } from '../common/identities.ts'
import type { PlanChanges, ResourceContent } from '../common/plans/plan.ts'
import type { Counts, Quota } from './counts.ts'
import type { Database } from './database.ts'
import type { ChangeRunners } from './run-plan.ts'
import type { TextRows } from './text-index.ts'

/** Rows and numbers that depend on those of resources. */
type Companions = { readonly texts: TextRows; readonly counts: Counts; readonly quota: Quota }

/** The changes of plans for resources. To be used inside a transaction. */
export function createResourceChanges(db: Database, companions: Companions) {
  return {
    ...createRowChanges(db, companions),
    ...createKeyChanges(db),
    ...createMembershipChanges(db),
    ...createDeletedChanges(db),
    version: createVersionWriter(db),
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

/** One more than the highest moment of both tables, whose rows it orders, and than those that are reserved. */
export const nextMomentSql = `1 + max(
  coalesce((select max(moment) from versions), 0),
  coalesce((select max(moment) from membership_events), 0),
  coalesce((select max(last_moment) from unlisted_tenants), 0))`

/** Memberships: one row each, so a change costs the same in a group of ten or of fifty thousand. */
function createMembershipChanges(db: Database) {
  const insert = db.prepare(`
    insert into memberships (key, tenant, group_key, member_id, member_key, at, via, sent_display)
    values (?, ?, ?, ?, ?, ?, ?, ?)`)
  const remove = db.prepare('delete from memberships where group_key = ? and member_id = ?')
  const insertEvent = db.prepare(`
    insert into membership_events (moment, event, at, exchange, via, group_key, member_id, member_key)
    values (${nextMomentSql}, ?, ?, ?, ?, ?, ?, ?)`)
  const link = db
    .prepare<[number, number, string], number>(
      `update memberships set member_key = ? where tenant = ? and member_id = ? and member_key is null
      returning group_key`,
    )
    .pluck()
  const linkEvents = db.prepare(`
    update membership_events set member_key = ?
    where group_key = ? and member_id = ? and member_key is null`)

  return {
    addMembers: ({ tenant, group, members, at, exchange, via }) => {
      for (const { memberId, memberKey, sentDisplay = null } of members) {
        const event = insertEvent.run('added', at, exchange, via, group, memberId, memberKey)
        insert.run(event.lastInsertRowid, tenant, group, memberId, memberKey, at, via, sentDisplay)
      }
    },
    removeMembers: ({ group, members, at, exchange, via }) => {
      for (const { memberId, memberKey } of members) {
        remove.run(group, memberId)
        insertEvent.run('removed', at, exchange, via, group, memberId, memberKey)
      }
    },
    linkMember: ({ tenant, id, key }) => {
      for (const group of link.all(key, tenant, id)) linkEvents.run(key, group, id)
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

function createVersionWriter(db: Database) {
  const insert = db.prepare(`
    insert into versions (moment, resource_key, version, at, exchange, via, action, document, difference, previous_document)
    values (${nextMomentSql}, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  return (row: PlanChanges['version']): void => {
    const { key, version, at, exchange, via, action, document, difference, previousDocument } = row
    insert.run(key, version, at, exchange, via, action, document, difference, previousDocument)
  }
}

/** The changes of plans for retained records. To be used inside a transaction. */
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
