import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import { BusyError } from '../../domain/ports/database.ts'
import { createAssignmentStore } from '../common/account-assignments.ts'
import type { AssignmentDialect } from '../common/assignment-sql.ts'
import type { Reads } from './connect.ts'
import { lockNotAvailable, sqlStateOf } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import type { LongReads } from './long-reads.ts'
import type { SerialLane } from './serial-lane.ts'
import { createStatementReader, toQuery } from './statement.ts'

const dialect: AssignmentDialect = {
  ...postgresDialect,
  // Writes of resources lock the row for key share, and do not wait for this.
  lockTenant: 'select 1 from tenants where key = @tenant for no key update',
}

type AssignmentOptions = {
  readonly reads: Pick<Reads, 'queryByKey'>
  readonly longReads: LongReads
  readonly lane: Pick<SerialLane, 'transaction'>
}

export function createAccountAssignments({ reads, longReads, lane }: AssignmentOptions): AccountAssignments {
  return createAssignmentStore(dialect, {
    async change(plan) {
      try {
        return await lane.transaction(async connection => {
          let step = plan.next([])
          while (!step.done) {
            const { text, values } = toQuery(step.value)
            step = plan.next(await connection.query({ text }, values))
          }
          return step.value
        })
      } catch (error) {
        if (sqlStateOf(error) !== lockNotAvailable) throw error
        throw new BusyError('The database is busy with other changes of the tenant. Try again later.')
      }
    },
    read: createStatementReader(reads.queryByKey),
    async readLong(statement) {
      const { text, values } = toQuery(statement)
      const [rows = []] = await longReads.run([{ text, values }])
      return rows
    },
  })
}
