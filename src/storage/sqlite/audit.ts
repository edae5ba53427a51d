import type { Audit } from '../../domain/ports/audit.ts'
import type { Writer } from '../../domain/ports/database.ts'
import { createAuditLog } from '../common/audit-log.ts'
import type { Rows } from '../common/statement.ts'
import type { Connections } from './connections.ts'
import { sqliteDialect } from './dialect.ts'
import { createStatementRunner } from './statements.ts'

export const createSqliteAudit = (
  { writes, longReads }: Pick<Connections, 'writes' | 'longReads'>,
  writer: Pick<Writer, 'write'>,
): Audit => {
  const run = createStatementRunner(writes)
  return createAuditLog({
    dialect: sqliteDialect,
    change: statement => writer.write(() => run(statement)),
    async read(statement) {
      const [rows = []] = await longReads.run([statement])
      return rows as Rows
    },
  })
}
