import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { DatabaseError, type Writer } from '../../domain/ports/database.ts'
import { type AttributePath, pathText } from '../../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { IndexOf } from '../common/filter-to-sql.ts'
import { createIndexOf, minIndexed } from '../common/text-index.ts'
import type { Counts } from './counts.ts'
import type { Database } from './database.ts'
import { jsonPath } from './dialect.ts'

/** Resources that are indexed in one write, which takes a few milliseconds. */
const resourcesPerPortion = 500

type IndexedAttribute = {
  readonly attribute: string
  readonly names: readonly string[]
  isComplete: boolean
}

type AttributeRow = {
  readonly tenant: number
  readonly type: string
  readonly attribute: string
  readonly path: string
  readonly built_to: number | null
}

export type TextRows = ReturnType<typeof createTextRows>

export function createTextRows(db: Database) {
  const allAttributes = db.prepare<[], AttributeRow>('select * from indexed_attributes')
  const insertText = db.prepare(
    'insert or ignore into indexed_texts (tenant, type, attribute, value, resource) values (?, ?, ?, ?, ?)',
  )
  const deleteText = db.prepare(
    'delete from indexed_texts where tenant = ? and type = ? and attribute = ? and value = ? and resource = ?',
  )
  const searchOf = db.prepare<[number], string>('select json(search) from resources where key = ?').pluck()
  const known = new Map<string, IndexedAttribute[]>()
  let generation = 0

  const load = (): void => {
    known.clear()
    for (const { tenant, type, attribute, path, built_to } of allAttributes.all()) {
      add(tenant, type, { attribute, names: JSON.parse(path), isComplete: built_to === null })
    }
  }

  const add = (tenant: number, type: string, attribute: IndexedAttribute): void => {
    const name = `${tenant} ${type}`
    known.set(name, [...(known.get(name) ?? []), attribute])
  }

  const attributesOf = (tenant: number, type: string): readonly IndexedAttribute[] =>
    known.get(`${tenant} ${type}`) ?? []

  const find = (tenant: number, type: string, attribute: string): IndexedAttribute | undefined =>
    attributesOf(tenant, type).find(known => known.attribute === attribute)

  const change = (tenant: number, type: string, key: number, next: JsonObject | undefined): void => {
    const attributes = attributesOf(tenant, type)
    if (attributes.length === 0) return
    const stored = searchOf.get(key)
    const before: JsonObject = stored === undefined ? {} : JSON.parse(stored)
    for (const { attribute, names } of attributes) {
      const had = textAt(before, names)
      const has = next && textAt(next, names)
      if (had === has) continue
      if (had !== undefined) deleteText.run(tenant, type, attribute, had, key)
      if (has !== undefined) insertText.run(tenant, type, attribute, has, key)
    }
  }

  load()
  return {
    add,
    find,
    insert: (tenant: number, type: string, key: number, search: JsonObject): void => {
      for (const { attribute, names } of attributesOf(tenant, type)) {
        const text = textAt(search, names)
        if (text !== undefined) insertText.run(tenant, type, attribute, text, key)
      }
    },
    change,
    reread: (): void => {
      generation++
      load()
    },
    generation: (): number => generation,
  }
}

const insertTextsSql = (names: readonly string[], condition = 'true') => {
  const text = `json_extract(search, ${jsonPath(names)})`
  return `
    insert or ignore into indexed_texts (tenant, type, attribute, value, resource)
    select tenant, type, @attribute, ${text}, key from resources
    where tenant = @tenant and type = @type and ${condition} and typeof(${text}) = 'text'`
}

/** Must be used inside a transaction. */
export function indexTexts(db: Database, tenants: string): void {
  const attributes = db
    .prepare<[], AttributeRow>(`select * from indexed_attributes where tenant in (${tenants})`)
    .all()
  for (const { tenant, type, attribute, path } of attributes) {
    db.prepare(insertTextsSql(JSON.parse(path))).run({ tenant, type, attribute })
  }
  db.exec(`update indexed_attributes set built_to = null where tenant in (${tenants})`)
}

function textAt(search: JsonObject, names: readonly string[]): string | undefined {
  const value = names.reduce<Json | undefined>(
    (above, name) => (isObject(above) ? above[name] : undefined),
    search,
  )
  return typeof value === 'string' ? value : undefined
}

export type TextIndex = ReturnType<typeof createTextIndex>

export type TextIndexOptions = {
  readonly minimum?: number
  readonly onError?: (error: unknown) => void
}

export function createTextIndex(
  db: Database,
  writer: Writer,
  rows: TextRows,
  counts: Counts,
  { minimum = minIndexed, onError = () => {} }: TextIndexOptions = {},
) {
  const insertAttribute = db.prepare(`
    insert into indexed_attributes (tenant, type, attribute, path, built_to) values (?, ?, ?, ?, 0)`)
  const deleteTexts = db.prepare('delete from indexed_texts where tenant = ? and type = ? and attribute = ?')
  const builtTo = db
    .prepare<[number, string, string], number | null>(
      'select built_to from indexed_attributes where tenant = ? and type = ? and attribute = ?',
    )
    .pluck()
  const setBuiltTo = db.prepare(
    'update indexed_attributes set built_to = ? where tenant = ? and type = ? and attribute = ?',
  )
  const lastOfPortion = db
    .prepare<[number, string, number], number | null>(`
      select max(key) from (
        select key from resources where tenant = ? and type = ? and key > ? order by key limit ${resourcesPerPortion})`)
    .pluck()
  const building = new Set<string>()

  const buildPortion = (tenant: number, type: string, indexed: IndexedAttribute): boolean => {
    const { attribute, names } = indexed
    const from = builtTo.get(tenant, type, attribute)
    if (from === undefined || from === null) return false
    const to = lastOfPortion.get(tenant, type, from) ?? null
    if (to !== null) {
      const parameters = { tenant, type, attribute, from, to }
      db.prepare(insertTextsSql(names, 'key > @from and key <= @to')).run(parameters)
    }
    setBuiltTo.run(to, tenant, type, attribute)
    indexed.isComplete = to === null
    return to !== null
  }

  const start = (tenant: number, type: string, path: AttributePath): void => {
    const attribute = pathText(path)
    if (rows.find(tenant, type, attribute)) return
    deleteTexts.run(tenant, type, attribute)
    const names = path.map(({ name }) => name)
    insertAttribute.run(tenant, type, attribute, JSON.stringify(names))
    rows.add(tenant, type, { attribute, names, isComplete: false })
  }

  const build = async (tenant: number, type: string, path: AttributePath): Promise<void> => {
    const attribute = pathText(path)
    await writer.write(() => start(tenant, type, path))
    const next = () => {
      const indexed = rows.find(tenant, type, attribute)
      return indexed !== undefined && buildPortion(tenant, type, indexed)
    }
    do await sharedSlices.next()
    while (await writer.write(next))
  }

  const request = (tenant: number, type: string, path: AttributePath): void => {
    const name = `${tenant} ${type} ${pathText(path)}`
    if (building.has(name)) return
    building.add(name)
    build(tenant, type, path)
      .catch(error => {
        // The writer reports a failing disk. If the server closes, the next list after a start resumes the build.
        if (!(error instanceof DatabaseError)) onError(error)
      })
      .finally(() => building.delete(name))
  }

  const indexOf = (tenant: number): IndexOf =>
    createIndexOf({
      isComplete: (type, attribute) => rows.find(tenant, type, attribute)?.isComplete ?? false,
      request(type, path) {
        if (counts.number(tenant, type) >= minimum) request(tenant, type, path)
      },
    })

  return { indexOf, generation: rows.generation }
}
