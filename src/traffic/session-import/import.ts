import type { ZodError } from 'zod'
import {
  type SessionBlock,
  type SessionFacts,
  type SessionItems,
  sessionFormats,
  sessionItemSchemas,
} from '../../domain/contract/session-file.ts'
import type { TenantSettings } from '../../domain/tenants/tenant.ts'
import { freeTenantId } from '../../domain/tenants/tenant-id.ts'
import { checkSwitches, declaredTypes, loadProfile } from '../../profiles/registry.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import { DeclarationError } from '../../scim/declare/fields.ts'
import { compact, findExcess, jsonLimits } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { readBlocks, SessionFileError } from '../session-file.ts'
import { createDirectoryRows, createResourceCheck, inBatches, type TableRow } from './directory-rows.ts'
import { createHistoryReader, createToId, type History, type ToId } from './history.ts'
import { createJournalRows } from './journal-rows.ts'
import type { SessionImport } from './rows-in-thread.ts'

export type Destination = {
  /** The id of the tenant; by default, one like that of the exported tenant that is not taken. */
  readonly tenant?: string
  readonly taken: readonly string[]
  readonly prefix: string
}

/** With the rest of a free ID, at most the length of one. */
const longestStem = 48

/** More would be no findings of this program. */
const maxFindings = 1000

/**
 * Checks a session file completely, and returns what it has and the rows that store it. Reads the file twice, and holds no
 * document in memory. Throws `SessionFileError`.
 */
export function importSession(file: Buffer, { tenant: given, taken, prefix }: Destination): SessionImport {
  const facts = readFacts(file)
  const tenant = given ?? freeTenantId(`${facts.tenant.slice(0, longestStem)}-session`, taken)
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
        ...compact({ q: facts.q, test: facts.test }),
        prefix,
        findings,
      },
      ...compact({ imported: facts.imported }),
      counts: { resources: history.resources, moments: history.changes, ...counts },
    },
    rows: () => inBatches(sessionRows(file, tenant, types, history, toId)),
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

export type SessionItem = {
  [Name in SessionBlock]: { readonly name: Name; readonly item: SessionItems[Name] }
}[SessionBlock]

/**
 * The items of a session file as their schemas parse them, in the order of the file; the first one is `session`. Blocks of unknown
 * names are ignored. Throws `SessionFileError`.
 */
function* readItems(file: Buffer): Generator<SessionItem> {
  const counts = new Map<string, number>()
  for (const { name, text } of readBlocks(file)) {
    if (!isKnown(name)) continue
    for (const value of parseBlock(name, text)) {
      const at = counts.get(name) ?? 0
      if (at === 0 && (name === 'session') !== (counts.size === 0)) throw noFacts()
      counts.set(name, at + 1)
      if (name === 'session') checkFormat(value)
      yield { name, item: parseItem(name, at, value) } as SessionItem
    }
  }
  if (counts.get('session') !== 1) throw noFacts()
}

/** Throws `SessionFileError`. */
function readFacts(file: Buffer): SessionFacts {
  for (const { name, item } of readItems(file)) if (name === 'session') return item
  throw noFacts()
}

const noFacts = () =>
  new SessionFileError(
    'The session file is damaged: it does not begin with what it contains. Export it again.',
  )

const isKnown = (name: string): name is SessionBlock => Object.hasOwn(sessionItemSchemas, name)

/** A document of a resource is in the fourth level of its block. */
const blockLimits = { ...jsonLimits, levels: jsonLimits.levels + 4 }

function parseBlock(name: SessionBlock, text: string): readonly unknown[] {
  const excess = findExcess(text, blockLimits)
  if (excess !== undefined)
    throw new SessionFileError(`The session can't be opened: a block of ${name} ${excess}.`)
  try {
    const items: unknown = JSON.parse(text)
    if (Array.isArray(items)) return items
  } catch {
    // Reported below.
  }
  throw new SessionFileError(
    `The session file is damaged: a block of ${name} is no JSON array. Export the session again.`,
  )
}

/** Items of another format would be reported as damaged. */
function checkFormat(facts: unknown): void {
  const { format, version } = (facts ?? {}) as { readonly format?: unknown; readonly version?: unknown }
  if (sessionFormats.some(known => known === format)) return
  const writer =
    typeof version === 'string' ? `Scimulator ${version.slice(0, 64)}` : 'another version of Scimulator'
  const written = typeof format === 'number' ? `has format ${format}` : 'has no format'
  throw new SessionFileError(
    `The session file of ${writer} ${written}; this version opens formats ${sessionFormats.join(' and ')}. Export the session with this version, or open the file with that one.`,
  )
}

function parseItem(name: SessionBlock, at: number, value: unknown): unknown {
  const parsed = sessionItemSchemas[name].safeParse(value)
  if (parsed.success) return parsed.data
  throw new SessionFileError(`The session file is damaged: ${name}[${at}]${describeIssue(parsed.error)}`)
}

function describeIssue({ issues: [issue] }: ZodError): string {
  if (!issue) return ' is invalid.'
  const path = issue.path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return `${path.slice(0, 200)}: ${issue.message.slice(0, 200)}`
}
