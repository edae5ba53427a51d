import type {
  Page,
  StaleCountQuery,
  StaleCounts,
  StaleIdentity,
  StaleQuery,
} from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import { parsePosition, toPage } from '../common/paging.ts'
import {
  reasonsOf,
  type StaleDialect,
  type StaleRow,
  staleCountsSql,
  staleReasons,
  staleSql,
} from '../common/stale-sql.ts'
import { indexEntrySql, postgresDialect } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { RunSearch } from './search.ts'
import { preparedWithNames } from './statement.ts'

const dialect: StaleDialect = {
  ...postgresDialect,
  entryOf: indexEntrySql,
  countedTypes: '(select distinct type from counts where tenant = @tenant)',
  disabledResources: 'resources x',
}

const statements = new Map(
  [undefined, ...staleReasons].map(reason => [reason, preparedWithNames(staleSql(dialect, reason))]),
)

const countStatement = preparedWithNames(staleCountsSql(dialect))

/** Reads the stale identities with their reasons. */
export function createStaleReader(search: RunSearch, identities: Identities) {
  const page = async (tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>> => {
    const { inactiveSince, reason, references, containers, limit, cursor, signal } = query
    const statement = statements.get(reason)
    if (!statement) throw new Error(`There is no reason "${reason}".`)
    const params = {
      tenant,
      inactiveSince,
      references,
      containers,
      before: parsePosition(cursor),
      limit: limit + 1,
    }
    const rows = await search<StaleRow>([tenant], statement(params), signal)
    const { items, next } = toPage(rows, limit, ({ key }) => key)
    const reasons = new Map(items.map(row => [row.key, reasonsOf(row)]))
    const found = await identities.withKeys(tenant, [...reasons.keys()])
    return {
      items: found.map(identity => ({ ...identity, reasons: reasons.get(identity.key) ?? [] })),
      ...compact({ next }),
    }
  }

  const counts = async (tenant: number, query: StaleCountQuery): Promise<StaleCounts> => {
    const { inactiveSince, references, containers, signal } = query
    const statement = countStatement({ tenant, inactiveSince, references, containers })
    const [row] = await search<StaleCounts>([tenant], statement, signal)
    return row as StaleCounts
  }

  return { page, counts }
}
