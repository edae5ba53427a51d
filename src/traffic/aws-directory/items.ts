import { randomUUID } from 'node:crypto'
import type { ImportResult } from '../../domain/contract/aws-import.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type { SessionItems } from '../../domain/contract/session-file.ts'
import { idAt } from '../../domain/journal/request-id.ts'
import type { SessionCounts, SessionRows } from '../../domain/ports/snapshots.ts'
import { newSessionPrefix } from '../../domain/tenants/tenant.ts'
import { freeTenantId } from '../../domain/tenants/tenant-id.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { noDeclarations } from '../../scim/declare/declarations.ts'
import { prepareResource } from '../../scim/document.ts'
import { compact } from '../../scim/json.ts'
import { toResourceId } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { SessionFileError } from '../session-file.ts'
import {
  createDirectoryRows,
  createResourceCheck,
  inBatches,
  type TableRow,
} from '../session-import/directory-rows.ts'
import { createHistoryReader } from '../session-import/history.ts'
import type { SessionImport } from '../session-import/rows-in-thread.ts'
import {
  type Audit,
  type AwsDirectory,
  type DirectoryMembership,
  type DirectoryRecord,
  ImportError,
} from './directory.ts'

type Item = SessionItems['resources']
type Entry = Item['history'][number]
type Types = ReadonlyMap<string, ResourceType>

export type ImportDestination = {
  /** The ID of the tenant; by default, that of the identity store, or one like it that is not taken. */
  readonly tenant?: string | undefined
  readonly taken: readonly string[]
  /** Whether clients may change the tenant. */
  readonly working: boolean
  readonly switches: Readonly<Record<string, string>>
  readonly result: ImportResult
  /** The time of the import, in milliseconds since 1970. */
  readonly at: number
  /** The version of this program. */
  readonly version: string
}

/** Those of accounts and of applications that are stored with the tenant. */
const maxStored = 10_000

/** What stores a directory as a tenant. Throws `ImportError` if it can't be stored. */
export function newImport(
  directory: AwsDirectory,
  { tenant, taken, working, switches, result, at, version }: ImportDestination,
): SessionImport {
  const { instance, accounts, applications, read } = directory
  const asOf = read.finished ?? read.started ?? at
  const { schema } = loadProfile('aws', switches, noDeclarations)
  const { counts, rows } = importedRows(directory, schema.resourceTypes, asOf)
  const session = {
    ...({ kind: 'import', tenant: instance.store, exported: asOf, tenantTime: asOf, version } as const),
    ...{ prefix: newSessionPrefix(randomUUID()), findings: [] },
  }
  return {
    checked: {
      id: tenant ?? freeTenantId(instance.store, taken),
      settings: { profile: 'aws', onDelete: 'remove', throttle: 'off', switches },
      declared: noDeclarations,
      ...(!working && { session }),
      imported: {
        ...{ instance, at, result },
        accounts: Object.fromEntries([...accounts].slice(0, maxStored)),
        applications: applications.slice(0, maxStored),
      },
      counts,
    },
    rows,
  }
}

/**
 * The rows of a directory, with the keys of these types. Objects whose times were not exported are of the time `asOf`, in
 * milliseconds since 1970. Throws `ImportError`.
 */
export function importedRows(
  directory: AwsDirectory,
  resourceTypes: readonly ResourceType[],
  asOf: number,
): { readonly counts: SessionCounts; readonly rows: () => Generator<SessionRows> } {
  const types = new Map(resourceTypes.map(type => [type.name, type]))
  const items = () => itemsOf(directory, types, asOf)
  const check = createResourceCheck(types, toId)
  const reader = createHistoryReader()
  const labels = new Map<string, string>()
  const principals = new Set(directory.assignments.map(({ principal }) => principal.id))
  for (const item of items()) {
    checkItem(check, item)
    reader.add(item)
    if (principals.has(item.resource.id)) labels.set(item.resource.id, item.resource.label)
  }
  const history = reader.end()

  function* tableRows(): Generator<TableRow> {
    const rowsOf = createDirectoryRows(types, history, toId)
    let place = 0
    for (const item of items()) yield* rowsOf(place++, item)
    for (const row of history.memberships()) yield ['memberships', row]
    yield* accessRows(directory, labels, asOf)
  }

  return {
    counts: { resources: history.resources, moments: history.changes, exchanges: 0, cycles: 0 },
    rows: () => inBatches(tableRows()),
  }
}

/** No exchange made what is imported. */
const toId = (exchange: string): string => exchange

function checkItem(check: (item: Item) => void, item: Item): void {
  try {
    check(item)
  } catch (error) {
    if (!(error instanceof SessionFileError)) throw error
    throw new ImportError([{ file: '', message: error.message }])
  }
}

/** Newest first within a type, as history readers expect: the objects of an export are in the order of creation. */
function* itemsOf(directory: AwsDirectory, types: Types, asOf: number): Generator<Item> {
  const { users, groups, memberships, read } = directory
  const membersOf = Map.groupBy(memberships, ({ group }) => group)
  const places = [
    ['User', users],
    ['Group', groups],
  ] as const
  for (const [name, records] of places) {
    const type = types.get(name)
    if (!type) throw new Error(`The profile has no type ${name}.`)
    for (const record of [...records.values()].toReversed()) {
      const entries = (membersOf.get(record.id) ?? []).map(membership => toEntry(membership, asOf, read.name))
      yield toItem(type, record, asOf, read.name, entries)
    }
  }
}

function toItem(
  type: ResourceType,
  { id, document: given, audit }: DirectoryRecord,
  asOf: number,
  file: string,
  memberships: readonly Entry[],
): Item {
  const { document, label, display, enabled } = prepareResource(type, toResourceId(id), JSON.parse(given))
  const created = toIsoTime(audit?.at ?? asOf)
  return {
    resource: {
      ...{ id, type: type.name, status: enabled ? 'active' : 'disabled', label, display, groups: [] },
      ...{ revisions: 1, created, lastModified: toIsoTime(audit?.updatedAt ?? asOf), lastSeen: created },
      document: JSON.parse(document),
    },
    history: [
      ...memberships.toReversed(),
      {
        ...{ kind: 'revision', revision: 1, action: 'created', at: created, differences: [] },
        via: viaOf(file, audit),
      },
    ],
  }
}

const toEntry = ({ id, group, user, audit }: DirectoryMembership, asOf: number, file: string): Entry => ({
  ...{ kind: 'membership', event: 'added', at: toIsoTime(audit?.at ?? asOf) },
  via: { ...viaOf(file, audit), ...compact({ membership: id }) },
  group: { id: group, type: 'Group' },
  member: { id: user, type: 'User' },
})

const viaOf = (file: string, audit: Audit | undefined) => ({
  ...{ api: 'import' as const, file },
  ...compact({ created: audit?.by, updated: audit?.updatedBy }),
})

function* accessRows(
  { permissionSets, assignments }: AwsDirectory,
  labels: ReadonlyMap<string, string>,
  asOf: number,
): Generator<TableRow> {
  const present = { exchange: null, deleted_at: null, deletion_exchange: null }
  for (const { id, name, created = asOf, ...content } of permissionSets.values()) {
    yield ['permission_sets', { id, name, content: JSON.stringify(content), created_at: created, ...present }]
  }
  for (const [nth, { account, permissionSet, principal }] of assignments.entries()) {
    yield [
      'account_assignments',
      {
        ...{ id: assignmentId(nth), account, permission_set: permissionSet, created_at: asOf, ...present },
        ...{ principal_type: principal.type, principal_id: principal.id },
        principal_name: labels.get(principal.id) ?? principal.id,
      },
    ]
  }
}

/** IDs of assignments rise in order of creation. These are less than those of any request. */
const assignmentId = (nth: number): string => `${idAt(0)}-7000-8000-${nth.toString(16).padStart(12, '0')}`
