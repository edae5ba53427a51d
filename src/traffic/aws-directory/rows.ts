import { randomUUID } from 'node:crypto'
import type { ImportResult } from '../../domain/contract/aws-import.ts'
import { idAt } from '../../domain/journal/request-id.ts'
import type { Via } from '../../domain/ports/resources.ts'
import type { SessionRows } from '../../domain/ports/snapshots.ts'
import { newSessionPrefix } from '../../domain/tenants/tenant.ts'
import { freeTenantId } from '../../domain/tenants/tenant-id.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { noDeclarations } from '../../scim/declare/declarations.ts'
import { prepareResource } from '../../scim/document.ts'
import { compact } from '../../scim/json.ts'
import { toResourceId } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { createRivals, inBatches, livingRows, type TableRow } from '../session-import/directory-rows.ts'
import type { SessionImport } from '../session-import/rows-in-thread.ts'
import type { Audit, AwsDirectory } from './directory.ts'

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

/** What stores a directory as a tenant. */
export function newImport(
  directory: AwsDirectory,
  { tenant, taken, working, switches, result, at, version }: ImportDestination,
): SessionImport {
  const { instance, accounts, applications, read, users, groups, memberships } = directory
  const asOf = read.finished ?? read.started ?? at
  const { schema } = loadProfile('aws', switches, noDeclarations)
  const session = {
    ...({ kind: 'import', tenant: instance.store, exported: asOf, tenantTime: asOf, version } as const),
    ...{ prefix: newSessionPrefix(randomUUID()), findings: [] },
  }
  const resources = users.size + groups.size
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
      counts: { resources, moments: resources + memberships.length, exchanges: 0, cycles: 0 },
    },
    rows: () => inBatches(tableRows(directory, schema.resourceTypes, asOf, read.name)),
  }
}

/** What a copy in memory needs: users, groups and memberships without their history. */
export const scratchRows = (
  directory: AwsDirectory,
  resourceTypes: readonly ResourceType[],
): Generator<SessionRows> => inBatches(tableRows(directory, resourceTypes, 0))

/**
 * What was created, in order. Users precede groups of the same time, and these their members. Each type keeps the order of the export
 * then, and members join a group that exists.
 */
function timelineOf(
  { users, groups, memberships }: AwsDirectory,
  types: readonly ResourceType[],
  asOf: number,
) {
  const ofType = (name: string, records: AwsDirectory['users']) => {
    const type = types.find(known => known.name === name)
    if (!type) throw new Error(`The profile has no type ${name}.`)
    return Array.from(records.values(), record => ({ type, record, at: record.audit?.at ?? asOf }))
  }
  const latest = new Map<string, number>()
  const placed = [...ofType('User', users), ...ofType('Group', groups)]
  for (const { record, at } of placed) latest.set(record.id, at)
  const joined = Array.from(memberships, membership => {
    const at = Math.max(membership.audit?.at ?? asOf, latest.get(membership.group) ?? 0)
    latest.set(membership.group, at)
    return { membership, at }
  })
  return [...placed, ...joined].sort((one, other) => one.at - other.at)
}

/**
 * Objects whose times were not exported are of the time `asOf`, in milliseconds since 1970. Without `file`, the name of the export,
 * there is no history, and no access.
 */
function* tableRows(
  directory: AwsDirectory,
  types: readonly ResourceType[],
  asOf: number,
  file?: string,
): Generator<TableRow> {
  const timeline = timelineOf(directory, types, asOf)
  const keys = new Map<string, number>()
  for (const change of timeline) if ('record' in change) keys.set(change.record.id, keys.size + 1)
  const keyOf = (id: string): number | null => keys.get(id) ?? null
  const rivalOf = createRivals()
  const principals = new Set(directory.assignments.map(({ principal }) => principal.id))
  const labels = new Map<string, string>()

  for (const [before, change] of timeline.entries()) {
    const moment = before + 1
    if ('membership' in change) {
      const { id, group, user, audit } = change.membership
      const row = {
        ...{ group_key: keyOf(group), member_id: user, member_key: keyOf(user), at: audit?.at ?? asOf },
        via: file === undefined ? null : viaText(file, audit, id),
      }
      if (file !== undefined) yield ['membership_events', { ...row, moment, event: 'added', exchange: null }]
      yield ['memberships', { ...row, key: moment }]
      continue
    }
    const { type, record, at } = change
    const { id, audit } = record
    const key = keys.get(id) ?? 0
    const content = prepareResource(type, toResourceId(id), JSON.parse(record.document))
    if (principals.has(id)) labels.set(id, content.label)
    const row = { key, type: type.name, id, version: 1, created: at, predecessor: null }
    yield* livingRows({ ...row, lastModified: audit?.updatedAt ?? asOf }, content, rivalOf)
    if (file === undefined) continue
    yield [
      'versions',
      {
        ...{ resource_key: key, moment, at, version: 1, action: 'created', exchange: null },
        via: viaText(file, audit),
        // The resource has the document of its only version.
        ...{ document: null, difference: null, previous_document: null },
      },
    ]
  }
  if (file !== undefined) yield* accessRows(directory, labels, asOf)
}

const viaText = (file: string, audit: Audit | undefined, membership?: string): string =>
  JSON.stringify({
    ...{ api: 'import', file },
    ...compact({ created: audit?.by, updated: audit?.updatedBy, membership }),
  } satisfies Via)

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
