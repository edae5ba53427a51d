import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import type { Writer } from '../../domain/ports/database.ts'
import { createAssignmentStore } from '../common/account-assignments.ts'
import type { AssignmentDialect, NamedStatement, StatementParams } from '../common/assignment-sql.ts'
import type { Parameters } from '../common/list-sql.ts'
import type { Connections } from './connections.ts'
import type { Database } from './database.ts'

const dialect: AssignmentDialect = {
  isListed: (text, list) => `${text} in (select value from json_each(${list}))`,
  // The writer runs one transaction at a time.
  lockTenant: 'select 1 from tenants where key = @tenant',
}

type Values = Readonly<Record<string, string | number | null>>

/** A list is a JSON array. */
const toValues = (params: StatementParams): Values =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
    ]),
  )

const maxStatements = 50

function createRunner(db: Database): (statement: NamedStatement) => readonly unknown[] {
  const prepared = new LRUCache<string, Statement<[Values]>>({
    max: maxStatements,
    memoMethod: text => db.prepare(text),
  })
  return ({ text, params }) => {
    const statement = prepared.memo(text)
    if (statement.reader) return statement.all(toValues(params))
    statement.run(toValues(params))
    return []
  }
}

/** Permission sets and account assignments in SQLite, whose tables `migrate` created. */
export function createAccountAssignments(
  { writes, reads, longReads }: Pick<Connections, 'writes' | 'reads' | 'longReads'>,
  writer: Pick<Writer, 'write'>,
): AccountAssignments {
  const runWrite = createRunner(writes)
  return createAssignmentStore(dialect, {
    change: plan =>
      writer.write(() => {
        let step = plan.next([])
        while (!step.done) step = plan.next(runWrite(step.value))
        return step.value
      }),
    read: createRunner(reads),
    async readLong({ text, params }) {
      const [rows = []] = await longReads.run([{ text, params: toValues(params) as Parameters }])
      return rows as readonly unknown[]
    },
  })
}
