import type { Database } from '../database/sqlite.ts'
import type { Stored } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Cause, Place, Removal } from './resource-store.ts'
import { typesCounted } from './sqlite-counts.ts'
import type { History } from './sqlite-history.ts'
import type { Memberships } from './sqlite-memberships.ts'
import { createRelatedReader } from './sqlite-related.ts'
import type { Resources } from './sqlite-resources.ts'

export type Departures = ReturnType<typeof createDepartures>

/** Resources that their clients deleted, and their ties to those that come after them. */
export function createDepartures(db: Database) {
  const insertDeparted = db.prepare(`
    insert into departed (key, tenant, type, id, label, folded_label, display, names, document, groups,
      version, created, last_written, deleted_at, exchange, state, predecessor)
    select key, tenant, type, id, label, @foldedLabel, display, names,
      case @state when 'retained' then document end, @groups,
      version, created, last_modified, @now, @exchange, @state, predecessor
    from resources where key = @key`)
  const labelOf = db.prepare<[number], string>('select label from resources where key = ?').pluck()
  const ofLabel = db.prepare<[number, string, string], { key: number; id: string }>(`
    select key, id from departed
    where tenant = ? and type = ? and folded_label = ? and successor is null
    `)
  const setSuccessor = db.prepare('update departed set successor = ? where key = ?')

  const add = (
    { key }: Stored,
    groups: string,
    onDelete: Removal['onDelete'],
    { now, exchange }: Cause,
  ): void => {
    insertDeparted.run({
      key,
      foldedLabel: fold(labelOf.get(key) ?? ''),
      groups,
      now,
      exchange: exchange ?? null,
      state: onDelete === 'retain' ? 'retained' : 'removed',
    })
  }

  /** The deleted resource that a new one of this label follows; it is told so. */
  const succeed = ({ tenant, type, id }: Place, label: string): string | undefined => {
    // In the order of the index the newest comes last; ORDER BY and LIMIT would cost more than the look-up.
    const departed = ofLabel.all(tenant, type, fold(label)).at(-1)
    if (departed) setSuccessor.run(id, departed.key)
    return departed?.id
  }

  return { add, succeed }
}

type Parts = {
  readonly resources: Resources
  readonly memberships: Memberships
  readonly history: History
  readonly departures: Departures
}

/** Takes a resource away, with all that ties it to others. */
export function createRemover(db: Database, { resources, memberships, history, departures }: Parts) {
  const related = createRelatedReader(db)
  // Cross joins keep this order, in which the look-up by value is an index's; SQLite's guess is a scan.
  const referrersTo = db
    .prepare<[{ tenant: number; references: string; id: string }], number>(`
      select distinct k.resource
      from ${typesCounted} c cross join json_each(@references) a
      cross join keys k on k.tenant = @tenant and k.type = c.type and k.attribute = a.value and k.value = @id`)
    .pluck()

  const noteChange = ({ key, version, document }: Stored, cause: Cause) =>
    history.version({ key, version, action: 'changed', document }, cause)

  const cutReferences = (place: Place, removed: Stored, cause: Cause, { cut, references }: Removal) => {
    if (!cut) return
    const asked = { tenant: place.tenant, references: JSON.stringify(references), id: place.id }
    for (const key of referrersTo.all(asked)) {
      const referrer = key === removed.key ? undefined : resources.at(key)
      if (!referrer) continue
      const next = cut(referrer, place.id)
      if (next.document === referrer.document) continue
      noteChange(resources.rewrite(place.tenant, referrer, cause.now, next), cause)
    }
  }

  return (place: Place, cause: Cause, removal: Removal): boolean => {
    const stored = resources.find(place)
    if (!stored) return false
    removal.check?.(stored)
    const groups = JSON.stringify(related('groups', stored.key))
    for (const key of memberships.leave(stored, cause)) {
      const group = resources.at(key)
      if (group) noteChange(resources.touch(group, cause.now), cause)
    }
    cutReferences(place, stored, cause, removal)
    history.version({ key: stored.key, version: stored.version + 1, action: 'deleted' }, cause)
    departures.add(stored, groups, removal.onDelete, cause)
    resources.drop(place.tenant, stored)
    return true
  }
}
