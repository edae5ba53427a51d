import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import type { Writer } from '../../domain/ports/database.ts'
import { createAssignmentStore } from '../common/account-assignments.ts'
import type { AssignmentDialect } from '../common/assignment-sql.ts'
import type { Rows } from '../common/statement.ts'
import type { Connections } from './connections.ts'
import { sqliteDialect } from './dialect.ts'
import { createStatementRunner, toReadQuery } from './statements.ts'

const dialect: AssignmentDialect = {
  ...sqliteDialect,
  // The writer runs one transaction at a time.
  lockTenant: 'select 1 from tenants where key = @tenant',
}

export function createAccountAssignments(
  { writes, reads, longReads }: Pick<Connections, 'writes' | 'reads' | 'longReads'>,
  writer: Pick<Writer, 'write'>,
): AccountAssignments {
  const runWrite = createStatementRunner(writes)
  return createAssignmentStore(dialect, {
    change: plan =>
      writer.write(() => {
        let step = plan.next([])
        while (!step.done) step = plan.next(runWrite(step.value))
        return step.value
      }),
    read: createStatementRunner(reads),
    async readLong(statement) {
      const [rows = []] = await longReads.run([toReadQuery(statement)])
      return rows as Rows
    },
  })
}
