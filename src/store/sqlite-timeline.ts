import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../database/sqlite.ts'
import type { Timeline } from './directory.ts'

/** So many moments are looked at before requests are let through. */
const lookedAtOnce = 20_000

const isOfTenant = (key: string) => `(
  exists (select 1 from resources where key = ${key} and tenant = @tenant)
  or exists (select 1 from departed where key = ${key} and tenant = @tenant))`

type Asked = {
  tenant: number
  from: number
  until: number
  parts: number
  first: number
  last: number
}

/** Counts what happened in a tenant over time. */
export function createTimeline(db: Database) {
  const beginning = db
    .prepare<[{ tenant: number }], number | null>(`
      select min(created) from (
        select created from resources where key = (select min(key) from resources where tenant = @tenant)
        union all select created from departed where key = (select min(key) from departed where tenant = @tenant))`)
    .pluck()
  const lastMoment = db
    .prepare<[], number>(`
      select max(coalesce((select max(moment) from versions), 0),
        coalesce((select max(moment) from membership_events), 0))`)
    .pluck()
  const changes = db
    .prepare<[Asked], [part: number, n: number]>(`
      select max(0, min(@parts - 1, cast((at - @from) * @parts / max(1.0, @until - @from) as integer))) as part,
        count(*)
      from (
        select v.at from versions v
        where v.moment > @first and v.moment <= @last and ${isOfTenant('v.resource_key')}
        union all
        select e.at from membership_events e
        where e.moment > @first and e.moment <= @last and ${isOfTenant('e.group_key')})
      where at <= @until group by part`)
    .raw()

  return async (tenant: number, until: number, parts: number): Promise<Timeline> => {
    const from = Math.min(until, beginning.get({ tenant }) ?? until)
    const counted = new Array<number>(parts).fill(0)
    const end = lastMoment.get() ?? 0
    for (let first = 0; first < end; first += lookedAtOnce) {
      const last = Math.min(end, first + lookedAtOnce)
      for (const [part, n] of changes.all({ tenant, from, until, parts, first, last })) {
        counted[part] = (counted[part] ?? 0) + n
      }
      await nextTurn()
    }
    return { from, until, changes: counted }
  }
}
