import { parsePosition, toPage } from '../persistence/paging.ts'
import { reasonsOf, type StaleDialect, type StaleRow, staleSql } from '../persistence/stale-sql.ts'
import type { Page, StaleIdentity, StaleQuery } from '../ports/directory.ts'
import { compact } from '../scim/json.ts'
import { countedTypes } from './counts.ts'
import { longReadDialect } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { Read } from './long-reads.ts'

const dialect: StaleDialect = {
  ...longReadDialect,
  isListed: (text, list) => `${text} in (select value from json_each(${list}))`,
  entryOf: text => text,
  countedTypes,
}

/** Reads the stale identities with their reasons. `isLarge` returns whether reading all identities takes long. */
export function createStaleReader(read: Read, isLarge: () => boolean, identities: Identities) {
  return async (tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>> => {
    const { inactiveSince, reason, references, containers, limit, cursor, signal } = query
    const params = {
      tenant,
      inactiveSince,
      references: JSON.stringify(references),
      containers: JSON.stringify(containers),
      before: parsePosition(cursor),
      limit: limit + 1,
    }
    const [rows = []] = await read([{ text: staleSql(dialect, reason), params }], isLarge(), signal)
    const { items, next } = toPage(rows as readonly StaleRow[], limit, ({ key }) => key)
    return { items: items.flatMap(toStale), ...compact({ next }) }
  }

  function toStale(row: StaleRow): readonly StaleIdentity[] {
    const identity = identities.at(row.key)
    return identity ? [{ ...identity, reasons: reasonsOf(row) }] : []
  }
}
