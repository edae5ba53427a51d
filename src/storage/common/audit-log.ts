import {
  type Audit,
  type AuditBeginning,
  type AuditCaller,
  AuditCursorError,
  type AuditEntry,
  type AuditKey,
  type AuditOutcome,
  type AuditSearch,
} from '../../domain/audit/audit.ts'
import { createRequestIdGenerator, idAt } from '../../domain/journal/request-id.ts'
import { foldAscii, statusRange } from '../../domain/journal/search/values.ts'
import { compact } from '../../scim/json.ts'
import type { Dialect, NamedStatement, Rows } from './dialect.ts'
import { countUpTo } from './list-page.ts'
import type { Parameters, Sql } from './list-sql.ts'

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
      if (found.length <= limit || !last) return { items }
      const total = search.length === 0 ? await countUpTo(read, 'audit') : undefined
      return { items, next: last.id, ...compact({ total }) }
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

type AuditRow = {
  readonly id: string
  readonly at: number
  readonly caller: AuditCaller['kind']
  readonly issuer: string | null
  readonly subject: string | null
  readonly name: string | null
  readonly age: number | null
  readonly acr: string | null
  readonly operation: string
  readonly tenant: string | null
  readonly address: string
  readonly status: number | null
  readonly problem: string | null
  /** IDs as a JSON array. */
  readonly objects: string
  readonly object_count: number
}

/** IDs are shorter; other texts come from clients. */
const maxLength = 256

const clip = (text: string): string => text.slice(0, maxLength).toWellFormed().replaceAll('\0', '\ufffd')

function toAuditRow(id: string, entry: AuditBeginning & { readonly outcome?: AuditOutcome }): AuditRow {
  const { at, caller, authentication, operation, tenant, address, outcome } = entry
  return {
    id,
    at,
    ...callerColumns(caller),
    age: authentication?.age ?? null,
    acr: authentication?.acr === undefined ? null : clip(authentication.acr),
    operation,
    tenant: tenant === undefined ? null : clip(tenant),
    address,
    ...outcomeColumns(outcome),
  }
}

type CallerColumns = Pick<AuditRow, 'caller' | 'issuer' | 'subject' | 'name'>

function callerColumns(caller: AuditCaller): CallerColumns {
  switch (caller.kind) {
    case 'open':
    case 'unknown':
      return { caller: caller.kind, issuer: null, subject: null, name: null }
    case 'token':
      return { caller: 'token', issuer: null, subject: caller.id, name: caller.name }
    case 'person':
    case 'identity': {
      const { kind, issuer, subject, name } = caller
      return {
        caller: kind,
        issuer,
        subject: clip(subject),
        name: name === undefined ? null : clip(name),
      }
    }
  }
}

type OutcomeColumns = Pick<AuditRow, 'status' | 'problem' | 'objects' | 'object_count'>

const outcomeColumns = (outcome: AuditOutcome | undefined): OutcomeColumns => ({
  status: outcome?.status ?? null,
  problem: outcome?.problem ?? null,
  objects: JSON.stringify(outcome?.objects.ids.map(clip) ?? []),
  object_count: outcome?.objects.count ?? 0,
})

function toAuditEntry(row: AuditRow): AuditEntry {
  const { id, at, age, acr, operation, tenant, address, status } = row
  return compact({
    id,
    at,
    caller: toCaller(row),
    authentication:
      age === null && acr === null ? undefined : compact({ age: age ?? undefined, acr: acr ?? undefined }),
    operation,
    tenant: tenant ?? undefined,
    address,
    outcome: status === null ? undefined : toOutcome(row, status),
  })
}

function toCaller({ caller: kind, issuer, subject, name }: AuditRow): AuditCaller {
  if (kind === 'open' || kind === 'unknown') return { kind }
  if (kind === 'token') return { kind, id: subject ?? '', name: name ?? '' }
  return { kind, issuer: issuer ?? '', subject: subject ?? '', ...(name !== null && { name }) }
}

const toOutcome = ({ problem, objects, object_count: count }: AuditRow, status: number): AuditOutcome => ({
  status,
  ...(problem !== null && { problem }),
  objects: { ids: JSON.parse(objects), count },
})

type Condition = { readonly sql: string; readonly params: Parameters }

function auditSearchToSql(search: AuditSearch, dialect: Dialect): Condition {
  const conditions = search.map(({ key, value, not }, at) => {
    const condition = dialect.canStore(value)
      ? createConditions(dialect, `term${at}`)[key](value)
      : { sql: dialect.literal.false, params: {} }
    // A missing value is null, and so is each comparison with it.
    return { ...condition, sql: not ? `(${condition.sql}) is not true` : `(${condition.sql})` }
  })
  return {
    sql: [dialect.literal.true, ...conditions.map(({ sql }) => sql)].join(' and '),
    params: Object.assign({}, ...conditions.map(({ params }) => params)),
  }
}

type Conditions = Readonly<Record<AuditKey | 'words', (value: string) => Condition>>

function createConditions(dialect: Dialect, name: string): Conditions {
  const parameter = dialect.parameter(name)
  const compare =
    (sql: string, toValue: (value: string) => string | number = value => value) =>
    (value: string): Condition => ({ sql, params: { [name]: toValue(value) } })

  /** Ignores the case of ASCII letters. */
  const containedIn = (text: string) => dialect.contains(dialect.lowerAscii(text), parameter)
  const inOneOf = (...texts: readonly string[]) => texts.map(containedIn).join(' or ')
  const object = dialect.scalar(dialect.element('o'), [], 'text')
  const someObject = (condition: string) =>
    `exists (select 1 from ${dialect.each('objects', [], 'o')} where ${condition})`

  return {
    who: compare(inOneOf('name', 'subject'), foldAscii),
    caller: compare(`caller = ${parameter}`),
    operation: compare(containedIn('operation'), foldAscii),
    tenant: compare(`tenant = ${parameter}`),
    object: compare(someObject(`${object} = ${parameter}`)),
    status: value => {
      if (value === 'none') return { sql: 'status is null', params: {} }
      const { from, to } = statusRange(value)
      const [first, last] = [`${name}from`, `${name}to`]
      return {
        sql: `status between ${dialect.parameter(first)} and ${dialect.parameter(last)}`,
        params: { [first]: from, [last]: to },
      }
    },
    after: compare(`at >= ${parameter}`, Date.parse),
    before: compare(`at < ${parameter}`, Date.parse),
    words: compare(
      `${inOneOf('name', 'subject', 'operation', 'tenant')} or ${someObject(containedIn(object))}`,
      foldAscii,
    ),
  }
}
