import type {
  Page,
  StaleCountQuery,
  StaleCounts,
  StaleIdentity,
  StaleQuery,
} from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import { parsePosition, toPage } from '../common/paging.ts'
import { reasonsOf, type StaleDialect, type StaleRow, staleCountsSql, staleSql } from '../common/stale-sql.ts'
import { countedTypes } from './counts.ts'
import { longReadDialect } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { Read } from './long-reads.ts'

const dialect: StaleDialect = {
  ...longReadDialect,
  entryOf: text => text,
  countedTypes,
  // SQLite would read all resources by ID.
  disabledResources: 'resources x indexed by resources_disabled',
}

const countsSql = staleCountsSql(dialect)

/** Reads the stale identities with their reasons. `isLarge` returns whether reading all identities takes long. */
export function createStaleReader(read: Read, isLarge: () => boolean, identities: Identities) {
  const parametersOf = (tenant: number, { inactiveSince, references, containers }: StaleCountQuery) => ({
    tenant,
    inactiveSince,
    references: JSON.stringify(references),
    containers: JSON.stringify(containers),
  })

  const page = async (tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>> => {
    const { reason, limit, cursor, signal } = query
    const params = {
      ...parametersOf(tenant, query),
      before: parsePosition(cursor),
      limit: limit + 1,
    }
    const [rows = []] = await read([{ text: staleSql(dialect, reason), params }], isLarge(), signal)
    const { items, next } = toPage(rows as readonly StaleRow[], limit, ({ key }) => key)
    return { items: items.flatMap(toStale), ...compact({ next }) }
  }

  const counts = async (tenant: number, query: StaleCountQuery): Promise<StaleCounts> => {
    const params = parametersOf(tenant, query)
    const [rows = []] = await read([{ text: countsSql, params }], isLarge(), query.signal)
    return (rows as readonly StaleCounts[])[0] as StaleCounts
  }

  return { page, counts }

  function toStale(row: StaleRow): readonly StaleIdentity[] {
    const identity = identities.at(row.key)
    return identity ? [{ ...identity, reasons: reasonsOf(row) }] : []
  }
}
