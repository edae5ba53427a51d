import type { SessionItems } from '../../domain/contract/session-file.ts'
import type { SessionRow, SessionRows, SessionTable } from '../../domain/ports/snapshots.ts'
import { maxDocumentBytes, prepareResource, resourceFromDocument } from '../../scim/document.ts'
import { deepestJson, isShallow } from '../../scim/json.ts'
import { type PreparedResource, toResourceId } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { fold } from '../../scim/text.ts'
import { searchableNames } from '../../storage/common/identities.ts'
import { SessionFileError } from '../session-file.ts'
import { type History, memberColumns, type ToId, viaText } from './history.ts'

type Item = SessionItems['resources']
type Entry = Item['history'][number]
type Revision = Extract<Entry, { kind: 'revision' }>

export type TableRow = readonly [table: SessionTable, row: SessionRow]

const largestVersion = 2 ** 31 - 1
const longestId = 256

/** Checks what the schemas of the file do not: that the resource can be stored. Throws `SessionFileError`. */
export function createResourceCheck(types: ReadonlyMap<string, ResourceType>, toId: ToId) {
  const ids = new Set<string>()
  return ({ resource, history }: Item): void => {
    const { id, type, status, document, revisions } = resource
    const refuse = (problem: string) =>
      new SessionFileError(`The session file is damaged: the resource "${id.slice(0, 100)}" ${problem}.`)
    if (id === '' || id.length > longestId)
      throw refuse(`has an ID that is empty or longer than ${longestId} characters`)
    if (ids.has(id)) throw refuse('occurs twice')
    ids.add(id)
    if (!types.has(type)) throw refuse(`has the type "${type.slice(0, 100)}", which the tenant does not have`)
    if (document === undefined && status !== 'removed') throw refuse('has no document')
    if (revisions < 0 || revisions > largestVersion) throw refuse('has an invalid number of revisions')
    for (const one of [resource, ...history]) {
      if (!('document' in one) || one.document === undefined) continue
      if (!isShallow(one.document, deepestJson))
        throw refuse(`has a document of more than ${deepestJson} levels`)
      if (one.document.id !== id) throw refuse('has a document with another ID')
      if (Buffer.byteLength(JSON.stringify(one.document)) > maxDocumentBytes)
        throw refuse('has a document that is too large')
    }
    for (const entry of history) {
      if (entry.kind === 'revision' && (entry.revision < 0 || entry.revision > largestVersion)) {
        throw refuse('has an invalid revision')
      }
      if (entry.exchange !== undefined) toId(entry.exchange)
    }
  }
}

type Living = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly version: number
  readonly created: number
  readonly lastModified: number
  readonly predecessor: string | null
}

/** The rows of a resource that exists, without its history. `rivalOf`: see `SessionCounts`. */
export function livingRows(
  { key, type, lastModified, ...row }: Living,
  { search, keys, enabled, document, label, display }: PreparedResource,
  rivalOf: (name: string, key: number) => number,
): readonly TableRow[] {
  return [
    [
      'resources',
      {
        ...row,
        ...{ key, type, document, label, display, secrets: null, era: null },
        search: JSON.stringify({
          ...search,
          meta: { resourceType: type, created: row.created, lastModified },
        }),
        keys: JSON.stringify(keys.map(({ attribute, value }) => [attribute, value])),
        last_modified: lastModified,
        names: searchableNames({ label, display }),
        enabled: Number(enabled),
      },
    ],
    ...keys.map(({ attribute, value, exclusive }): TableRow => {
      const rival = exclusive ? rivalOf(JSON.stringify([type, attribute, value]), key) : key
      return ['keys', { type, attribute, value, resource: key, rival }]
    }),
  ]
}

/** The first resource with an exclusive key has no rival, and each further one is its own. */
export function createRivals(): (name: string, key: number) => number {
  const taken = new Set<string>()
  return (name, key) => {
    if (taken.has(name)) return key
    taken.add(name)
    return 0
  }
}

/** Returns a function that makes the rows of the nth resource, which is to be called in the order of the file. */
export function createDirectoryRows(types: ReadonlyMap<string, ResourceType>, history: History, toId: ToId) {
  const rivalOf = createRivals()

  const rowsOf = (key: number, { resource }: Item): readonly TableRow[] => {
    const type = types.get(resource.type)
    if (!type) return []
    const document = JSON.stringify(resource.document)
    const content = prepareResource(type, toResourceId(resource.id), resourceFromDocument({ document }))
    return livingRows(
      {
        ...{ key, type: resource.type, id: resource.id, version: resource.revisions },
        created: Date.parse(resource.created),
        lastModified: Date.parse(resource.lastModified),
        predecessor: resource.predecessor ?? null,
      },
      {
        ...content,
        ...{ document, label: resource.label, display: resource.display },
        enabled: resource.status === 'active',
      },
      rivalOf,
    )
  }

  const deletedRow = (key: number, { resource, history }: Item): TableRow => {
    const { id, type, label, display, deleted, document } = resource
    const isPurged = history.some(entry => entry.kind === 'revision' && entry.action === 'purged')
    return [
      'deleted_resources',
      {
        ...{ key, type, id, label, display },
        folded_label: fold(label),
        names: searchableNames({ label, display }),
        document: document ? JSON.stringify(document) : null,
        groups: JSON.stringify(resource.groups),
        version: resource.revisions,
        created: Date.parse(resource.created),
        last_written: Date.parse(resource.lastModified),
        deleted_at: Date.parse(deleted?.at ?? resource.lastModified),
        exchange: deleted?.exchange === undefined ? null : toId(deleted.exchange),
        state: resource.status === 'retained' ? 'retained' : isPurged ? 'purged' : 'removed',
        predecessor: resource.predecessor ?? null,
        successor: resource.successor ?? null,
      },
    ]
  }

  const entryRow = (key: number, moment: number, entry: Entry): TableRow => {
    const shared = {
      moment,
      at: Date.parse(entry.at),
      exchange: entry.exchange === undefined ? null : toId(entry.exchange),
      via: viaText(entry),
    }
    if (entry.kind === 'revision')
      return ['versions', { resource_key: key, ...shared, ...revisionColumns(entry) }]
    return [
      'membership_events',
      { group_key: key, ...shared, event: entry.event, ...memberColumns(entry, history.keyOf) },
    ]
  }

  return (place: number, item: Item): readonly TableRow[] => {
    const key = history.key(place)
    const { status, lastModified, lastSeen, deleted } = item.resource
    const isLiving = status === 'active' || status === 'disabled'
    const moments = history.moments(place)
    const entries = item.history.toReversed().flatMap((entry, at) => {
      const moment = moments[at]
      return moment === undefined ? [] : [entryRow(key, moment, entry)]
    })
    const known = Math.max(Date.parse(lastModified), Date.parse(deleted?.at ?? lastModified))
    const seen = Date.parse(lastSeen)
    return [
      ...(isLiving ? rowsOf(key, item) : [deletedRow(key, item)]),
      ...entries,
      ...(seen > known ? [['last_seen', { key, at: seen }] as const] : []),
    ]
  }
}

const revisionColumns = ({ revision, action, document }: Revision) => ({
  version: revision,
  action: action === 'modified' ? 'changed' : action,
  document: document ? JSON.stringify(document) : null,
  difference: null,
  previous_document: null,
})

/** Rows that are written at once, and the characters of their texts: a few milliseconds of work. */
const rowsPerBatch = 100
const batchLength = 32 * 1024

export function* inBatches(rows: Iterable<TableRow>): Generator<SessionRows> {
  const waiting = new Map<TableRow[0], { rows: TableRow[1][]; length: number }>()
  for (const [table, row] of rows) {
    const batch = waiting.get(table) ?? { rows: [], length: 0 }
    waiting.set(table, batch)
    batch.rows.push(row)
    for (const value of Object.values(row)) if (typeof value === 'string') batch.length += value.length
    if (batch.rows.length < rowsPerBatch && batch.length < batchLength) continue
    waiting.delete(table)
    yield { table, rows: batch.rows }
  }
  for (const [table, batch] of waiting) yield { table, rows: batch.rows }
}
