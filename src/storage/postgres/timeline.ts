import type { Directory, Timeline } from '../../domain/ports/directory.ts'
import { type TimelineRow, timelineRange, toTimeline } from '../common/timeline.ts'
import type { Reads } from './connect.ts'
import type { RunSearch } from './search.ts'
import { prepared } from './statement.ts'

export function createTimeline(reads: Reads, search: RunSearch): Directory['timeline'] {
  const firstCreated = prepared(`
    select min(created) as created from (
      (select created from resources where tenant = $1 order by key limit 1)
      union all (select created from deleted_resources where tenant = $1 order by key limit 1)) first`)
  const changesOf = prepared(`
    select case when at < $2::bigint then -1 when at > $3::bigint then $4::bigint
      else greatest(0, least($4::bigint - 1, (at - $2::bigint) * $4::bigint / greatest(1, $3::bigint - $2::bigint))) end as part,
      count(*) as n, min(at) as first, max(at) as last
    from (
      select at from versions where tenant = $1 and at <= $5
      union all select at from membership_events where tenant = $1 and at <= $5) changes
    group by part`)

  return async (tenant, query): Promise<Timeline> => {
    const { now, parts, signal } = query
    const [first] = await reads.query<{ readonly created: number | null }>(firstCreated, [tenant])
    const range = timelineRange(query, first?.created)
    const values = [tenant, range.from, range.until, parts, now]
    const rows = await search<TimelineRow>([tenant], { ...changesOf, values }, signal)
    return toTimeline(range, parts, rows)
  }
}
