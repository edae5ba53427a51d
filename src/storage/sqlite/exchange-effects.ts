import type { ExchangeEffects, ExchangeMoment, PastResource } from '../../domain/ports/history.ts'
import {
  type EffectRow,
  type ResourceNameRow,
  toAffectedResources,
  toPastResource,
} from '../common/exchange-effects.ts'
import type { Database } from './database.ts'
import { createEventReader } from './history.ts'
import { documentSql } from './version-documents.ts'

const maxVersionsBetween = 32

/**
 * Finds the effects of exchanges without an index on exchanges, which would slow down every write. The change
 * is searched among the newest versions of the exchange's target; its other changes are adjacent, since they
 * were written in one transaction.
 */
export function createExchangeEffects(db: Database): ExchangeEffects {
  // An existing resource, or the last one with the id.
  const existing = db.prepare<[number, string, string], ResourceNameRow>(
    'select key, type, id, label from resources where tenant = ? and type = ? and id = ?',
  )
  const deleted = db.prepare<[number, string, string], ResourceNameRow>(
    `select key, type, id, label from deleted_resources where tenant = ? and type = ? and id = ?
      order by key desc limit 1`,
  )
  const namedAt = db.prepare<[{ key: number }], ResourceNameRow>(`
    select key, type, id, label from resources where key = @key
    union all
    select key, type, id, label from deleted_resources where key = @key`)
  const typeOf = db.prepare<[{ tenant: number; id: string }], ResourceNameRow>(`
    select key, type, id, label from resources where tenant = @tenant and id = @id
    union all
    select * from (
      select key, type, id, label from deleted_resources where tenant = @tenant and id = @id order by key desc)`)
  const holders = db
    .prepare<[number, string, string, string], number>(
      'select resource from keys where tenant = ? and type = ? and attribute = ? and value = ?',
    )
    .pluck()
  const created = db
    .prepare<[number], number>('select at from versions where resource_key = ? order by moment limit 1')
    .pluck()
  const ownMoments = db
    .prepare<[{ key: number; exchange: string }], number>(`
      select moment from (
        select moment, exchange from versions
        where resource_key = @key and (exchange is null or exchange <= @exchange)
        order by moment desc limit ${maxVersionsBetween})
      where exchange = @exchange order by moment`)
    .pluck()
  const columns = `v.moment, v.resource_key as key, v.version, v.at, ${documentSql(db)('v')} as document`
  const previous = db.prepare<[number, number], EffectRow>(
    `select ${columns} from versions v where resource_key = ? and moment < ? order by moment desc limit 1`,
  )
  const latestBefore = db.prepare<[{ key: number } & ExchangeMoment], EffectRow>(`
    select ${columns} from versions v
    where resource_key = @key and (exchange < @exchange or (exchange is null and at <= @at))
    order by moment desc limit 1`)
  const versionsBetween = db.prepare<[number, number, string], EffectRow>(
    `select ${columns} from versions v where moment between ? and ? and exchange = ? order by moment`,
  )
  const neighbour = (direction: 'before' | 'after') => {
    const [beyond, order, choose] = direction === 'before' ? ['<', 'desc', 'max'] : ['>', 'asc', 'min']
    const nearest = (table: string) => `
      select * from (
        select moment from ${table} where moment ${beyond} @from and exchange is not @exchange
        order by moment ${order} limit 1)`
    return db
      .prepare<[{ from: number; exchange: string }], number | null>(
        `select ${choose}(moment) from (${nearest('versions')} union all ${nearest('membership_events')})`,
      )
      .pluck()
  }
  const lastOfOthers = neighbour('before')
  const nextOfOthers = neighbour('after')
  const events = createEventReader(db)

  const named = (tenant: number, type: string, id: string) =>
    existing.get(tenant, type, id) ?? deleted.get(tenant, type, id)

  const nameOf = (key: number) => namedAt.get({ key })

  const toState = (row: EffectRow, name = nameOf(row.key)): PastResource | undefined =>
    name && toPastResource(row, name, created.get(row.key) ?? row.at)

  const stateBefore = (
    key: number,
    moment: ExchangeMoment,
    name?: ResourceNameRow,
  ): PastResource | undefined => {
    const [own] = ownMoments.all({ key, exchange: moment.exchange })
    const row = own === undefined ? latestBefore.get({ key, ...moment }) : previous.get(key, own)
    return row && toState(row, name)
  }

  return {
    causedBy: async (tenant, type, id, { exchange }) => {
      const key = named(tenant, type, id)?.key
      const own = key === undefined ? [] : ownMoments.all({ key, exchange })
      const [first, last] = [own[0], own.at(-1)]
      if (key === undefined || first === undefined || last === undefined) {
        return { resources: [], memberships: [] }
      }
      const from = (lastOfOthers.get({ from: first, exchange }) ?? 0) + 1
      const to = (nextOfOthers.get({ from: last, exchange }) ?? Number.MAX_SAFE_INTEGER) - 1
      const resources = toAffectedResources(key, versionsBetween.all(from, to, exchange), {
        nameOf,
        stateBefore: ({ key, moment }) => {
          const row = previous.get(key, moment)
          return row && toState(row)
        },
      })
      return { resources, memberships: events(from, to, exchange) }
    },
    stateBefore: async (tenant, type, id, moment) => {
      const found = named(tenant, type, id)
      return found && stateBefore(found.key, moment, found)
    },
    typesBefore: async (tenant, ids, moment) =>
      new Map(
        ids.flatMap(id => {
          const found = typeOf.get({ tenant, id })
          return found && stateBefore(found.key, moment) ? [[id, found.type] as const] : []
        }),
      ),
    holdersBefore: async (tenant, type, { attribute, value }, moment) =>
      holders.all(tenant, type, attribute, value).flatMap(key => stateBefore(key, moment) ?? []),
  }
}
