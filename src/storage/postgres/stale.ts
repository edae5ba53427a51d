import { createStaleReader, type StaleDialect } from '../common/stale.ts'
import { indexEntrySql, postgresDialect } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { RunSearch } from './search.ts'
import { toQuery } from './statement.ts'

const dialect: StaleDialect = {
  ...postgresDialect,
  entryOf: indexEntrySql,
  countedTypes: '(select distinct type from counts where tenant = @tenant)',
  disabledResources: 'resources x',
}

export const createStale = (search: RunSearch, { withKeys }: Pick<Identities, 'withKeys'>) =>
  createStaleReader(dialect, {
    read: (tenant, statement, signal) => search([tenant], toQuery(statement), signal),
    withKeys,
  })
