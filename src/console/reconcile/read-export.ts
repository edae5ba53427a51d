import { setImmediate as nextTurn } from 'node:timers/promises'
import { attributesNamedIn } from '../../entra/directory/attributes.ts'
import { graphName } from '../../entra/directory/names.ts'
import type { Notes } from '../../entra/directory/notes.ts'
import { matchingAttribute, membersIn, readExported, valueMatchedBy } from '../../entra/exported.ts'
import { sourcesOf } from '../../entra/expression-sources.ts'
import type { Mapping, ObjectMapping } from '../../entra/mapping.ts'
import { slice } from '../../journal/turns.ts'
import { fold } from '../../scim/text.ts'
import { type Entries, type ExportEntry, entriesOf } from './entries.ts'
import { type Export, ExportError, type ExportMistake, type ExportRow, mostMistakes } from './export.ts'

/** So many objects of the directory are read at a time. */
export const portion = 200

/**
 * Reads a file that was exported from Entra ID: what Microsoft Graph answers, or a CSV file of the portal. Throws
 * ExportError with what is wrong, line by line.
 */
export async function readExport(text: string, mapping: Mapping, name?: string): Promise<Export> {
  const file = entriesOf(text, name)
  const reading = startReading(file, mapping)
  let began = performance.now()
  for (const entry of file.entries) {
    reading.add(entry)
    if (reading.mistakes.length >= mostMistakes) break
    if (performance.now() - began < slice) continue
    await nextTurn()
    began = performance.now()
  }
  const mistakes = [...file.mistakes, ...reading.mistakes]
  if (mistakes.length > 0) throw new ExportError(mistakes.sort((one, other) => lineOf(one) - lineOf(other)))
  return {
    format: file.format,
    type: file.type,
    rows: reading.rows,
    ignored: reading.ignored(),
  }
}

const lineOf = ({ line = 0 }: ExportMistake) => line

function startReading({ type, titles, named }: Entries, mapping: Mapping) {
  const own = type === 'User' ? mapping.users : mapping.groups
  const matching = matchingSource(own)
  const places = new Map<string, string>()
  const names = new Set<string>(named)
  const rows: ExportRow[] = []
  const mistakes: ExportMistake[] = []
  let membersAreTold = true

  const add = (entry: ExportEntry) => {
    const { line } = entry
    const tell = (says: string) => {
      mistakes.push({ message: `${entry.place}: ${says}`, ...(line !== undefined && { line }) })
    }
    const notes = notesTo(tell)
    const exported = readExported(entry, notes, named)
    if (!named) for (const name of attributesNamedIn(entry.value)) names.add(name)
    const label = valueMatchedBy(own, exported.context)
    if (label === undefined) return tell(`it has no ${matching}, by which it would be found.`)
    const known = places.get(fold(label))
    if (known !== undefined) {
      return tell(
        `the ${matching} "${label}" is that of ${lowered(known)}, too; only one of them can be found by it.`,
      )
    }
    places.set(fold(label), entry.place)
    const members = type === 'Group' ? membersIn(entry, mapping, notes) : []
    const told = members.filter(member => member !== undefined)
    if (told.length < members.length) membersAreTold = false
    rows.push({
      ...exported,
      label,
      ...(line !== undefined && { line }),
      ...(told.length === members.length && 'members' in entry.value && { members: told }),
    })
  }

  const ignored = () => {
    const used = new Set(
      own.attributes.filter(({ reference }) => !reference).flatMap(({ source }) => sourcesOf(source)),
    )
    if (type === 'Group' && membersAreTold) used.add('members')
    return [...names]
      .filter(name => !used.has(name.toLowerCase()))
      .map(name => titles.get(name) ?? graphName(name))
  }
  return { add, rows, mistakes, ignored }
}

const lowered = (place: string) => place.replace(/^Line/, 'line')

/** `userPrincipalName` of `[userPrincipalName]`. */
const matchingSource = (mapping: ObjectMapping): string =>
  matchingAttribute(mapping)?.written.replace(/^\[|\]$/g, '') ?? ''

/** Notes of which the mistakes are all that is kept. */
const notesTo = (tell: (says: string) => void): Notes => ({
  mistakes: [],
  warnings: [],
  leftOut: new Set(),
  mistake: (_place, says) => tell(says),
  warning: () => {},
})
