import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import { BusyError } from '../../domain/ports/database.ts'
import { createAssignmentStore } from '../common/account-assignments.ts'
import type { AssignmentDialect, NamedStatement } from '../common/assignment-sql.ts'
import type { Reads } from './connect.ts'
import { lockNotAvailable, sqlStateOf } from './connection.ts'
import { canStore } from './dialect.ts'
import type { LongReads } from './long-reads.ts'
import type { SerialLane } from './serial-lane.ts'
import { prepared, type Statement, withNames } from './statement.ts'

const dialect: AssignmentDialect = {
  isListed: (text, list) => `${text} = any(${list}::text[])`,
  // Writes of resources lock the row for key share, and do not wait for this.
  lockTenant: 'select 1 from tenants where key = @tenant for no key update',
}

type AssignmentOptions = {
  readonly reads: Pick<Reads, 'queryByKey'>
  readonly longReads: LongReads
  /** For transactions, one after the other. */
  readonly lane: Pick<SerialLane, 'transaction'>
}

/** The only values in rows. */
const isStorable = ({ params }: NamedStatement): boolean =>
  Object.values(params)
    .flat()
    .every(value => typeof value !== 'string' || canStore(value))

/** Statements that are prepared. Their texts are few: one for each combination of conditions. */
const statements = new Map<string, Statement>()

function preparedOnce(text: string): Statement {
  const statement = statements.get(text) ?? prepared(text)
  statements.set(text, statement)
  return statement
}

/** Permission sets and account assignments in PostgreSQL. */
export function createAccountAssignments({ reads, longReads, lane }: AssignmentOptions): AccountAssignments {
  return createAssignmentStore(dialect, {
    async change(plan) {
      try {
        return await lane.transaction(async connection => {
          let step = plan.next([])
          while (!step.done) {
            const { text, values } = withNames(step.value.text, step.value.params)
            step = plan.next(await connection.query({ text }, values))
          }
          return step.value
        })
      } catch (error) {
        if (sqlStateOf(error) !== lockNotAvailable) throw error
        throw new BusyError('The database is busy with other changes of the tenant. Try again later.')
      }
    },
    async read(statement) {
      if (!isStorable(statement)) return []
      const { text, values } = withNames(statement.text, statement.params)
      return reads.queryByKey(preparedOnce(text), values)
    },
    async readLong({ text, params }) {
      const [rows = []] = await longReads.run([withNames(text, params)])
      return rows
    },
  })
}
