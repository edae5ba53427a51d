import type { SessionFacts } from '../../domain/contract/session-file.ts'
import type { NewSession, SessionRows } from '../../domain/ports/snapshots.ts'
import type { TenantSettings } from '../../domain/tenants/tenant.ts'
import { checkSwitches, declaredTypes, loadProfile } from '../../profiles/registry.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import { DeclarationError } from '../../scim/declare/fields.ts'
import { compact } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { SessionFileError } from '../session-file/read-blocks.ts'
import { createDirectoryRows, createResourceCheck, type TableRow } from './directory-rows.ts'
import { createHistoryReader, type History } from './history.ts'
import { createToId, type ToId } from './ids.ts'
import { readFacts, readItems } from './items.ts'
import { createJournalRows } from './journal-rows.ts'

export type CheckedSession = Omit<NewSession, 'rows'>

export type SessionImport = { readonly checked: CheckedSession; readonly rows: () => Generator<SessionRows> }

export type Destination = {
  /** The id of the tenant; by default, one like that of the exported tenant that is not taken. */
  readonly tenant?: string
  readonly taken: readonly string[]
  readonly prefix: string
}

/** Rows that are written at once, and the characters of their texts: a few milliseconds of work. */
const rowsPerBatch = 200
const batchLength = 64 * 1024

/** More would be no findings of this program. */
const maxFindings = 1000

/**
 * Checks a session file completely, and returns what it has and the rows that store it. Reads the file twice, and holds no
 * document in memory. Throws `SessionFileError`.
 */
export function importSession(file: Buffer, { tenant: given, taken, prefix }: Destination): SessionImport {
  const facts = readFacts(file)
  const tenant = given ?? freeId(facts.tenant, taken)
  const toId = createToId(prefix)
  const types = readTypes(facts)
  const { history, findings, counts } = checkItems(file, tenant, types, toId)
  const { profile, onDelete, throttle, switches } = facts
  return {
    checked: {
      id: tenant,
      settings: { profile, onDelete, throttle, switches },
      declared: facts.declared as Declarations,
      session: {
        tenant: facts.tenant,
        exported: Date.parse(facts.exported),
        tenantTime: Date.parse(facts.tenantTime),
        version: facts.version,
        ...compact({ q: facts.q }),
        prefix,
        findings,
      },
      counts: { resources: history.resources, moments: history.changes, ...counts },
    },
    rows: () => inBatches(sessionRows(file, tenant, types, history, toId)),
  }
}

const longestStem = 48

function freeId(exported: string, taken: readonly string[]): string {
  const stem = `${exported.slice(0, longestStem)}-session`
  for (let nth = 1; ; nth++) {
    const id = nth === 1 ? stem : `${stem}-${nth}`
    if (!taken.includes(id)) return id
  }
}

type Types = ReadonlyMap<string, ResourceType>

function readTypes({ profile, switches, declared, exported, tenantTime }: SessionFacts): Types {
  if (tenantTime < exported) {
    throw new SessionFileError('The session file is damaged: the clock of its tenant is behind real time.')
  }
  const [mistake] = checkSwitches(profile, switches)
  if (mistake !== undefined) throw new SessionFileError(`The session can't be opened: ${mistake}`)
  try {
    const { schema } = loadProfile(profile, switches as TenantSettings['switches'], declared as Declarations)
    const types = [...declaredTypes(declared as Declarations), ...schema.resourceTypes]
    return new Map(types.map(type => [type.name, type]))
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error
    throw new SessionFileError(
      `The session can't be opened: its declared types are invalid. ${error.message}`,
    )
  }
}

function checkItems(file: Buffer, tenant: string, types: Types, toId: ToId) {
  const check = createResourceCheck(types, toId)
  const reader = createHistoryReader()
  const journal = createJournalRows(tenant, toId)
  const findings = []
  let exchanges = 0
  let cycles = 0
  for (const { name, item } of readItems(file)) {
    switch (name) {
      case 'session':
        journal.setup(item)
        break
      case 'requests':
        journal.request(item)
        exchanges++
        break
      case 'observations':
        journal.observations(item)
        break
      case 'cycles':
        journal.cycle(item)
        cycles++
        break
      case 'findings':
        findings.push(journal.finding(item))
        break
      case 'resources':
        check(item)
        reader.add(item)
        break
    }
  }
  if (findings.length > maxFindings) {
    throw new SessionFileError(`The session file is damaged: it has more than ${maxFindings} findings.`)
  }
  return { history: reader.end(), findings, counts: { exchanges, cycles } }
}

function* sessionRows(
  file: Buffer,
  tenant: string,
  types: Types,
  history: History,
  toId: ToId,
): Generator<TableRow> {
  const journal = createJournalRows(tenant, toId)
  const directory = createDirectoryRows(types, history, toId)
  let place = 0
  for (const { name, item } of readItems(file)) {
    if (name === 'session') yield* journal.setup(item)
    if (name === 'requests') yield* journal.request(item)
    if (name === 'observations') yield* journal.observations(item)
    if (name === 'cycles') yield* journal.cycle(item)
    if (name === 'resources') yield* directory(place++, item)
  }
  for (const row of history.memberships()) yield ['memberships', row]
}

function* inBatches(rows: Iterable<TableRow>): Generator<SessionRows> {
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
