import type { ZodError } from 'zod'
import {
  type SessionBlock,
  type SessionFacts,
  type SessionItems,
  sessionFormats,
  sessionItemSchemas,
} from '../../domain/contract/session-file.ts'
import { findExcess, jsonLimits } from '../../scim/json.ts'
import { readBlocks, SessionFileError } from '../session-file/read-blocks.ts'

export type SessionItem = {
  [Name in SessionBlock]: { readonly name: Name; readonly item: SessionItems[Name] }
}[SessionBlock]

/**
 * The items of a session file as their schemas parse them, in the order of the file; the first one is `session`. Blocks of unknown
 * names are ignored. Throws `SessionFileError`.
 */
export function* readItems(file: Buffer): Generator<SessionItem> {
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
export function readFacts(file: Buffer): SessionFacts {
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
