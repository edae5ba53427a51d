import { createStaleReader, type StaleDialect } from '../common/stale.ts'
import type { Rows } from '../common/statement.ts'
import { countedTypes } from './counts.ts'
import { longReadDialect } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { Read } from './long-reads.ts'
import { toReadQuery } from './statements.ts'

const dialect: StaleDialect = {
  ...longReadDialect,
  entryOf: text => text,
  countedTypes,
  // SQLite would read all resources by ID.
  disabledResources: 'resources x indexed by resources_disabled',
}

/** `isLarge` returns whether reading all identities takes long. */
export const createStale = (read: Read, isLarge: () => boolean, identities: Pick<Identities, 'at'>) =>
  createStaleReader(dialect, {
    async read(_tenant, statement, signal) {
      const [rows = []] = await read([toReadQuery(statement)], isLarge(), signal)
      return rows as Rows
    },
    withKeys: async (_tenant, keys) => keys.flatMap(key => identities.at(key) ?? []),
  })
