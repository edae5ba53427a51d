import type { Database } from '../database/sqlite.ts'
import { errors } from '../scim/error.ts'
import type { Key } from '../scim/keys.ts'
import type { Prepared, Stored } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Place } from './resource-store.ts'

/** The columns of `Stored`, of the alias `r`. */
export const storedColumns =
  'r.key, r.id, r.type, r.document, r.version, r.created, r.last_modified as lastModified'

/** What people find a resource by. */
export const namesOf = ({ label, display }: Pick<Prepared, 'label' | 'display'>) =>
  fold(`${label}\n${display}`)

export type Resources = ReturnType<typeof createResources>

/** The rows of resources with their keys and their number. To be used inside a transaction. */
export function createResources(db: Database) {
  const keys = createKeys(db)

  const findResource = db.prepare<[number, string, string], Stored>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const resourceAt = db.prepare<[number], Stored>(`select ${storedColumns} from resources r where r.key = ?`)
  const insertResource = db.prepare(`
    insert into resources (tenant, type, id, document, search, version, created, last_modified,
      label, display, names, enabled, predecessor)
    values (@tenant, @type, @id, @document, jsonb(@search), 1, @now, @now,
      @label, @display, @names, @enabled, @predecessor)`)
  const rewriteResource = db.prepare(`
    update resources set document = @document, search = jsonb(@search), version = @version,
      last_modified = @lastModified, label = @label, display = @display, names = @names, enabled = @enabled
    where key = @key`)
  const touchResource = db.prepare(`
    update resources set version = @version, last_modified = @lastModified,
      search = jsonb_set(search, '$.meta.lastModified', @lastModified)
    where key = @key`)
  const deleteResource = db.prepare('delete from resources where key = ?')
  const numberOf = db
    .prepare<[number, string], number>('select n from counts where tenant = ? and type = ?')
    .pluck()
  const count = db.prepare(`
    insert into counts (tenant, type, n) values (@tenant, @type, @by)
    on conflict do update set n = n + excluded.n`)

  const find = ({ tenant, id, type }: Place): Stored | undefined => findResource.get(tenant, id, type)

  const add = (place: Place, now: number, next: Prepared, predecessor: string | undefined): Stored => {
    const { tenant, type, id } = place
    const stored = { id, type, document: next.document, version: 1, created: now, lastModified: now }
    const { lastInsertRowid } = insertResource.run({
      ...rowOf(next, stored),
      tenant,
      type,
      id,
      now,
      predecessor: predecessor ?? null,
    })
    const key = Number(lastInsertRowid)
    count.run({ tenant, type, by: 1 })
    keys.add(tenant, type, key, next.keys)
    return { key, ...stored }
  }

  const rewrite = (tenant: number, current: Stored, now: number, next: Prepared): Stored => {
    const stored = { ...later(current, now), document: next.document }
    const { key, version, lastModified } = stored
    rewriteResource.run({ ...rowOf(next, stored), key, version, lastModified })
    keys.change(tenant, stored.type, key, next.keys)
    return stored
  }

  /** Another version of the same document. */
  const touch = (current: Stored, now: number): Stored => {
    const stored = later(current, now)
    touchResource.run({ key: stored.key, version: stored.version, lastModified: stored.lastModified })
    return stored
  }

  const drop = (tenant: number, { key, type }: Stored): void => {
    keys.drop(key)
    deleteResource.run(key)
    count.run({ tenant, type, by: -1 })
  }

  return {
    find,
    at: (key: number): Stored | undefined => resourceAt.get(key),
    number: (tenant: number, type: string): number => numberOf.get(tenant, type) ?? 0,
    add,
    rewrite,
    touch,
    drop,
  }
}

/** Requests are stamped before they queue for the writer, so `now` may be a little earlier than the last change. */
const later = (stored: Stored, now: number): Stored => ({
  ...stored,
  version: stored.version + 1,
  lastModified: Math.max(now, stored.lastModified),
})

const rowOf = (
  { document, search, label, display, enabled }: Prepared,
  { type, created, lastModified }: Pick<Stored, 'type' | 'created' | 'lastModified'>,
) => ({
  document,
  search: JSON.stringify({ ...search, meta: { resourceType: type, created, lastModified } }),
  label,
  display,
  names: namesOf({ label, display }),
  enabled: Number(enabled),
})

type KeyRow = { readonly attribute: string; readonly value: string; readonly exclusive: number }

function createKeys(db: Database) {
  const keysOf = db.prepare<[number], KeyRow>(
    'select attribute, value, exclusive from keys where resource = ?',
  )
  const insertKey = db.prepare(`
    insert into keys (tenant, type, attribute, value, resource, exclusive)
    values (?, ?, ?, ?, ?, ?) on conflict do nothing`)
  const deleteKey = db.prepare('delete from keys where resource = ? and attribute = ? and value = ?')
  const deleteKeys = db.prepare('delete from keys where resource = ?')

  const add = (tenant: number, type: string, resource: number, keys: readonly Key[]): void => {
    for (const { attribute, value, exclusive } of keys) {
      const { changes } = insertKey.run(tenant, type, attribute, value, resource, Number(exclusive))
      if (changes === 0) throw errors.uniqueness(attribute, type)
    }
  }

  const change = (tenant: number, type: string, resource: number, keys: readonly Key[]): void => {
    const before = new Map(keysOf.all(resource).map(row => [identityOf(row), row]))
    const after = new Map(keys.map(key => [identityOf(key), key]))
    for (const [identity, { attribute, value }] of before) {
      if (!after.has(identity)) deleteKey.run(resource, attribute, value)
    }
    add(
      tenant,
      type,
      resource,
      keys.filter(key => !before.has(identityOf(key))),
    )
  }

  return { add, change, drop: (resource: number) => deleteKeys.run(resource) }
}

const identityOf = ({ attribute, value, exclusive }: Key | KeyRow) =>
  `${attribute}\0${value}\0${Number(exclusive)}`
