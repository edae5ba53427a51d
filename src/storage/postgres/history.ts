import type { DocumentRevision, HistoryEntry, Page, PageRequest } from '../../domain/ports/directory.ts'
import {
  type DocumentRow,
  type EventRow,
  findDocumentChanges,
  membershipEventsSql,
  toHistoryPage,
  type VersionRow,
} from '../common/history.ts'
import { parsePosition } from '../common/paging.ts'
import type { Reads } from './connect.ts'
import { postgresDialect } from './dialect.ts'
import { numberPlaceholders, prepared } from './statement.ts'
import { type DocumentReader, textColumns, type VersionText } from './version-documents.ts'

export const eventsSql = membershipEventsSql(postgresDialect)

/** The number of versions that one statement reads while changes are searched: each may have 256 KiB. */
const versionsPerRead = 32

export function createHistoryReader(reads: Reads, documents: DocumentReader) {
  const versionsOf = prepared(`
    select v.version, v.action, v.at, v.exchange, v.via, ${textColumns('v')} from versions v
    where v.tenant = $1 and v.resource_key = $2 and v.moment < $3 order by v.moment desc limit $4`)
  const eventsOf = (side: 'group_key' | 'member_key') =>
    prepared(
      numberPlaceholders(
        `${eventsSql} where e.tenant = ? and e.${side} = ? and e.moment < ? order by e.moment desc limit ?`,
      ),
    )
  const eventsOfGroup = eventsOf('group_key')
  const eventsOfMember = eventsOf('member_key')

  type StoredVersion = Omit<VersionRow, 'document'> & VersionText

  return {
    history: async (tenant: number, key: number, page: PageRequest): Promise<Page<HistoryEntry>> => {
      const { limit, cursor } = page
      const values = [tenant, key, parsePosition(cursor), limit + 1]
      const [versions = [], ofGroup = [], ofMember = []] = await reads.snapshot(
        [versionsOf, eventsOfGroup, eventsOfMember].map(statement => ({ ...statement, values })),
      )
      const rows = await documents(tenant, versions as readonly StoredVersion[])
      return toHistoryPage(rows, [...ofGroup, ...ofMember] as readonly EventRow[], limit)
    },

    documentChanges: (
      tenant: number,
      key: number,
      limit: number,
      signal?: AbortSignal,
    ): Promise<readonly DocumentRevision[]> =>
      findDocumentChanges(limit, async (moment): Promise<readonly DocumentRow[]> => {
        signal?.throwIfAborted()
        return documents(
          tenant,
          await reads.query<StoredVersion>(versionsOf, [tenant, key, moment, versionsPerRead]),
        )
      }),
  }
}
