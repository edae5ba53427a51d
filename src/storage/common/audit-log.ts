import type { AuditSearch } from '../../domain/audit/search.ts'
import { createRequestIdGenerator, idAt } from '../../domain/journal/request-id.ts'
import { type Audit, AuditCursorError } from '../../domain/ports/audit.ts'
import { type AuditRow, outcomeColumns, toAuditEntry, toAuditRow } from './audit-rows.ts'
import { auditSearchToSql } from './audit-sql.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './list-sql.ts'
import type { NamedStatement, Rows } from './statement.ts'

type AuditRunner = {
  readonly dialect: Dialect
  /** The change is on disk when the promise resolves. Returns rows of `returning`. */
  change(statement: NamedStatement): Promise<Rows>
  read(statement: Sql): Promise<Rows>
}

const columns = [
  'id',
  'at',
  'caller',
  'issuer',
  'subject',
  'name',
  'age',
  'acr',
  'operation',
  'tenant',
  'address',
  'status',
  'problem',
  'objects',
  'object_count',
] as const satisfies readonly (keyof AuditRow)[]

const insert = `
  insert into audit (${columns.join(', ')}) values (${columns.map(column => `@${column}`).join(', ')})`
const complete = `
  update audit set status = @status, problem = @problem, objects = @objects, object_count = @object_count
  where id = @id and status is null`
const selected = columns.map(column => (column === 'objects' ? 'cast(objects as text) as objects' : column))
const deleteOldest = `
  delete from audit where id in (select id from audit where id < @end order by id limit @limit) returning id`

const batchSize = 1000

/** Above all IDs. */
const newest = '~'

export function createAuditLog({ dialect, change, read }: AuditRunner): Audit {
  const newId = createRequestIdGenerator()

  const find = async (search: AuditSearch, end: string, limit: number) => {
    const { sql, params } = auditSearchToSql(search, dialect)
    const text = `select ${selected.join(', ')} from audit where id < @end and ${sql} order by id desc limit @limit`
    const rows = await read({ text, params: { ...params, end, limit } })
    return rows.map(row => toAuditEntry(row as AuditRow))
  }

  return {
    async add(entry) {
      const id = newId(entry.at)
      await change({ text: insert, params: toAuditRow(id, entry) })
      return id
    },

    async complete(id, outcome) {
      await change({ text: complete, params: { id, ...outcomeColumns(outcome) } })
    },

    async page({ search, limit, cursor }) {
      const found = await find(search, parseCursor(cursor), limit + 1)
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return found.length > limit && last ? { items, next: last.id } : { items }
    },

    async *batches(search) {
      let end: string | undefined = newest
      while (end !== undefined) {
        const found = await find(search, end, batchSize)
        if (found.length > 0) yield found
        end = found.length === batchSize ? found.at(-1)?.id : undefined
      }
    },

    async prune(before) {
      const end = idAt(before)
      let deleted: Rows
      do {
        deleted = await change({ text: deleteOldest, params: { end, limit: batchSize } })
      } while (deleted.length === batchSize)
    },
  }
}

/** A cursor is the ID of the last entry of a page. */
function parseCursor(cursor: string | undefined): string {
  if (cursor === undefined) return newest
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(cursor)) return cursor
  throw new AuditCursorError()
}
