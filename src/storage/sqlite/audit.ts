import type { Audit } from '../../domain/ports/audit.ts'
import type { Writer } from '../../domain/ports/database.ts'
import { createAuditLog } from '../common/audit-log.ts'
import type { Connections } from './connections.ts'
import { sqliteDialect } from './dialect.ts'

/** The audit log in SQLite, whose table `migrate` created. */
export const createSqliteAudit = (
  { writes, longReads }: Pick<Connections, 'writes' | 'longReads'>,
  writer: Pick<Writer, 'write'>,
): Audit =>
  createAuditLog({
    dialect: sqliteDialect,
    change: ({ text, params }) =>
      writer.write(() => {
        const statement = writes.prepare<[object]>(text)
        if (statement.reader) return statement.all(params)
        statement.run(params)
        return []
      }),
    async read(statement) {
      const [rows = []] = await longReads.run([statement])
      return rows as readonly unknown[]
    },
  })
