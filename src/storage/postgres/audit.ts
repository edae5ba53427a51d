import type { Audit } from '../../domain/ports/audit.ts'
import { createAuditLog } from '../common/audit-log.ts'
import type { Reads } from './connect.ts'
import { postgresDialect } from './dialect.ts'
import type { LongReads } from './long-reads.ts'
import { createStatementRunner, withNames } from './statement.ts'

type AuditOptions = {
  readonly statements: Pick<Reads, 'query'>
  readonly longReads: LongReads
}

export const createPostgresAudit = ({ statements, longReads }: AuditOptions): Audit =>
  createAuditLog({
    dialect: postgresDialect,
    change: createStatementRunner(statements.query),
    async read({ text, params }) {
      const [rows = []] = await longReads.run([withNames(text, params)])
      return rows
    },
  })
