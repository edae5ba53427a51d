import { searchableNames } from '../persistence/searchable-names.ts'
import type { Place } from '../ports/resources.ts'
import { errors } from '../scim/error.ts'
import type { LookupKey, PreparedResource, StoredResource, StoredWithSecrets } from '../scim/resource.ts'
import { createCounts, createLastKey, createQuota } from './counts.ts'
import type { Database } from './database.ts'
import { createTextRows } from './text-index.ts'

/** The columns of `StoredResource`, with the alias `r`. */
export const storedColumns =
  'r.key, r.id, r.type, r.document, r.label, r.version, r.era, r.created, r.last_modified as lastModified'

/** Finds resources by id. */
export function createStoredResources(db: Database) {
  const findResource = db.prepare<[number, string, string], StoredResource>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const findWithSecrets = db.prepare<[number, string, string], StoredWithSecrets>(
    `select ${storedColumns}, r.secrets from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  return {
    find: ({ tenant, id, type }: Place): StoredResource | undefined => findResource.get(tenant, id, type),
    /** For changes, and to compare passwords. */
    withSecrets: ({ tenant, id, type }: Place): StoredWithSecrets | undefined =>
      findWithSecrets.get(tenant, id, type),
  }
}

export type ResourceRows = ReturnType<typeof createResourceRows>

/** The rows of resources with their keys and their count. To be used inside a transaction. */
export function createResourceRows(db: Database) {
  const keys = createKeys(db)
  const texts = createTextRows(db)
  const counts = createCounts(db)
  const quota = createQuota(counts)

  const { find, withSecrets } = createStoredResources(db)
  const resourceAt = db.prepare<[number], StoredWithSecrets>(
    `select ${storedColumns}, r.secrets from resources r where r.key = ?`,
  )
  const insertResource = db.prepare(`
    insert into resources (key, tenant, type, id, document, secrets, search, keys, version, created, last_modified,
      label, display, names, enabled, predecessor)
    values (@key, @tenant, @type, @id, @document, @secrets, jsonb(@search), @keys, 1, @now, @now,
      @label, @display, @names, @enabled, @predecessor)`)
  const rewriteResource = db.prepare(`
    update resources set document = @document, secrets = @secrets, search = jsonb(@search), keys = @keys, version = @version,
      last_modified = @lastModified, label = @label, display = @display, names = @names, enabled = @enabled
    where key = @key`)
  const touchResource = db.prepare(`
    update resources set version = @version, last_modified = @lastModified,
      search = jsonb_set(search, '$.meta.lastModified', @lastModified)
    where key = @key`)
  const keysOf = db.prepare<[number], string>('select keys from resources where key = ?').pluck()
  const lastKeyGiven = createLastKey(db)
  const deleteResource = db.prepare('delete from resources where key = ?')
  // This process is the only one that writes (`openSqlite`), so the key is held in memory.
  let lastKey = lastKeyGiven()

  const add = (
    place: Place,
    now: number,
    next: PreparedResource,
    predecessor: string | undefined,
  ): StoredResource => {
    const { tenant, type, id } = place
    const { document, label } = next
    const stored = { id, type, document, label, version: 1, era: null, created: now, lastModified: now }
    const key = ++lastKey
    texts.insert(tenant, type, key, next.search)
    insertResource.run({
      ...toRow(next, stored),
      key,
      keys: keys.add(tenant, type, key, next.keys),
      tenant,
      type,
      id,
      now,
      predecessor: predecessor ?? null,
    })
    counts.note(tenant, type, key, 1)
    quota.note(tenant, type)
    return { key, ...stored }
  }

  const rewrite = (
    tenant: number,
    current: StoredResource,
    now: number,
    next: PreparedResource,
  ): StoredResource => {
    const stored = { ...nextVersion(current, now), document: next.document, label: next.label }
    const { key, version, lastModified } = stored
    const keysNow = keys.change(tenant, stored.type, key, keysOf.get(key) ?? '[]', next.keys)
    texts.change(tenant, stored.type, key, next.search)
    rewriteResource.run({ ...toRow(next, stored), key, version, lastModified, keys: keysNow })
    return stored
  }

  /** Adds a version with the same document. */
  const touch = (current: StoredResource, now: number): StoredResource => {
    const stored = nextVersion(current, now)
    touchResource.run({ key: stored.key, version: stored.version, lastModified: stored.lastModified })
    return stored
  }

  const drop = (tenant: number, { key, type }: StoredResource): void => {
    keys.drop(tenant, type, key, keysOf.get(key) ?? '[]')
    texts.change(tenant, type, key, undefined)
    deleteResource.run(key)
    counts.note(tenant, type, key, -1)
  }

  return {
    find,
    withSecrets,
    at: (key: number): StoredWithSecrets | undefined => resourceAt.get(key),
    counts,
    texts,
    hasRoom: quota.hasRoom,
    /** Reads cached values again after the tables were replaced. */
    reread: (): void => {
      // No key is reused, including those of the replaced rows.
      lastKey = Math.max(lastKey, lastKeyGiven())
      quota.forget()
      texts.reread()
    },
    add,
    rewrite,
    touch,
    drop,
  }
}

/** Requests are dated before they queue for the writer, so `now` may be slightly earlier than the last change. */
const nextVersion = (stored: StoredResource, now: number): StoredResource => ({
  ...stored,
  version: stored.version + 1,
  lastModified: Math.max(now, stored.lastModified),
})

const toRow = (
  { document, secrets, search, label, display, enabled }: PreparedResource,
  { type, created, lastModified }: Pick<StoredResource, 'type' | 'created' | 'lastModified'>,
) => ({
  document,
  secrets: secrets ?? null,
  search: JSON.stringify({ ...search, meta: { resourceType: type, created, lastModified } }),
  label,
  display,
  names: searchableNames({ label, display }),
  enabled: Number(enabled),
})

function createKeys(db: Database) {
  const isTakenByAnother = db
    .prepare<[number, string, string, string, number], number>(
      'select 1 from keys where tenant = ? and type = ? and attribute = ? and value = ? and resource <> ?',
    )
    .pluck()
  const insertKey = db.prepare(
    'insert into keys (tenant, type, attribute, value, resource) values (?, ?, ?, ?, ?)',
  )
  const deleteKey = db.prepare(
    'delete from keys where tenant = ? and type = ? and attribute = ? and value = ? and resource = ?',
  )

  /** Rejects an exclusive key of another resource. There is one writer, so no other can take it in between. */
  const claim = (tenant: number, type: string, resource: number, keys: readonly LookupKey[]): void => {
    for (const { attribute, value, exclusive } of keys) {
      if (exclusive && isTakenByAnother.get(tenant, type, attribute, value, resource) !== undefined) {
        throw errors.uniqueness(attribute, type)
      }
    }
  }

  const insert = (tenant: number, type: string, resource: number, pairs: readonly KeyPair[]): void => {
    for (const [attribute, value] of pairs) insertKey.run(tenant, type, attribute, value, resource)
  }

  const add = (tenant: number, type: string, resource: number, keys: readonly LookupKey[]): string => {
    claim(tenant, type, resource, keys)
    insert(tenant, type, resource, keys.map(toKeyPair))
    return serializeKeys(keys)
  }

  const drop = (tenant: number, type: string, resource: number, keys: string): void => {
    for (const [attribute, value] of parseKeyPairs(keys))
      deleteKey.run(tenant, type, attribute, value, resource)
  }

  /** Writes only the difference. Returns the current keys. */
  const change = (
    tenant: number,
    type: string,
    resource: number,
    before: string,
    keys: readonly LookupKey[],
  ): string => {
    const text = serializeKeys(keys)
    if (text === before) return text
    claim(tenant, type, resource, keys)
    const had = parseKeyPairs(before)
    const has = keys.map(toKeyPair)
    drop(tenant, type, resource, JSON.stringify(had.filter(pair => !includesPair(pair, has))))
    insert(
      tenant,
      type,
      resource,
      has.filter(pair => !includesPair(pair, had)),
    )
    return text
  }

  return { add, change, drop }
}

type KeyPair = readonly [attribute: string, value: string]
const toKeyPair = ({ attribute, value }: LookupKey): KeyPair => [attribute, value]
const parseKeyPairs = (text: string): readonly KeyPair[] => JSON.parse(text)
const includesPair = ([attribute, value]: KeyPair, pairs: readonly KeyPair[]) =>
  pairs.some(pair => pair[0] === attribute && pair[1] === value)
const serializeKeys = (keys: readonly LookupKey[]): string => JSON.stringify(keys.map(toKeyPair))
