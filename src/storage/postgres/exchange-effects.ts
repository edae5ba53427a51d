import type { ExchangeEffects, ExchangeMoment, PastResource } from '../../domain/ports/history.ts'
import {
  type EffectRow,
  type ResourceNameRow,
  toAffectedResources,
  toPastResource,
} from '../common/exchange-effects.ts'
import { type EventRow, toMembershipEvent } from '../common/history.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import { eventsSql } from './history.ts'
import type { Identities } from './identities.ts'
import { prepared } from './statement.ts'
import { type DocumentReader, textColumns, type VersionText } from './version-documents.ts'

type NamedVersion = VersionText & Pick<EffectRow, 'version' | 'at'> & ResourceNameRow

type State = VersionText &
  Pick<EffectRow, 'version' | 'at'> &
  Pick<ResourceNameRow, 'id' | 'type'> & { readonly created: number }

const names = 'r.tenant, r.key, r.type, r.id, r.label'
const anyResource = `(select ${names} from resources r union all select ${names} from deleted_resources r)`

const newestVersions = (condition: string) => `
  select n.type, n.id, v.*,
    (select f.at from versions f where f.tenant = n.tenant and f.resource_key = n.key order by f.moment limit 1) as created
  from ${anyResource} n join x on n.tenant = $1 and n.key = x.key
    cross join lateral (
      select v.version, v.at, ${textColumns('v')} from versions v
      where v.tenant = $1 and v.resource_key = x.key and ${condition}
      order by v.moment desc limit 1) v`

/** States of more resources take too long for connections whose statements are short. */
const manyKeys = 100

/**
 * Finds the effects of exchanges by the indexes on exchanges. The analysis does so for each write: planning these statements takes
 * ten times as long as running them, so they run where plans are kept.
 */
export function createExchangeEffects(
  reads: Reads,
  { keyOf }: Pick<Identities, 'keyOf'>,
  documents: DocumentReader,
): ExchangeEffects {
  const versionsOf = prepared(`
    select ${textColumns('v')}, v.version, v.at, coalesce(r.type, d.type) as type, coalesce(r.id, d.id) as id,
      coalesce(r.label, d.label) as label
    from versions v
      left join resources r on r.tenant = v.tenant and r.key = v.resource_key
      left join deleted_resources d on d.tenant = v.tenant and d.key = v.resource_key
    where v.tenant = $1 and v.exchange = $2 order by v.moment`)
  const eventsOf = prepared(`${eventsSql} where e.tenant = $1 and e.exchange = $2 order by e.moment`)
  const versionsBefore = prepared(`
    with x as (select * from unnest($2::bigint[], $3::bigint[]) x (key, moment))
    ${newestVersions('v.moment < x.moment')}`)
  // The state before the versions of the exchange, or before its time if it has none.
  const statesBefore = prepared(`
    with x as (
      select k.key, (
        select min(v.moment) from versions v
        where v.tenant = $1 and v.exchange = $3 and v.resource_key = k.key) as own
      from unnest($2::bigint[]) k (key))
    ${newestVersions(`case when x.own is null then v.exchange < $3 or (v.exchange is null and v.at <= $4)
      else v.moment < x.own end`)}`)
  // An ID has an existing resource, or the last one that had it.
  const withIds = prepared(`
    select distinct on (id) key, id, type from (
      select key, id, type, false as deleted from resources where tenant = $1 and id = any($2::text[])
      union all select key, id, type, true from deleted_resources where tenant = $1 and id = any($2::text[])) x
    order by id, deleted, key desc`)
  const holders = prepared(
    `select resource as key from keys
      where tenant = $1 and type = $2 and attribute = $3 and value = $4 order by resource`,
  )

  const queryFor = ({ length }: { readonly length: number }) =>
    length > manyKeys ? reads.query : reads.queryByKey

  const toStates = async (
    tenant: number,
    rows: readonly State[],
  ): Promise<ReadonlyMap<number, PastResource>> =>
    new Map(
      (await documents(tenant, rows)).flatMap(row => {
        const state = toPastResource(row, row, row.created)
        return state ? [[row.key, state] as const] : []
      }),
    )

  const statesAt = async (
    tenant: number,
    keys: readonly number[],
    { exchange, at }: ExchangeMoment,
  ): Promise<ReadonlyMap<number, PastResource>> =>
    keys.length === 0
      ? new Map()
      : toStates(tenant, await queryFor(keys)<State>(statesBefore, [tenant, keys, exchange, at]))

  return {
    causedBy: async (tenant, type, id, { exchange }) => {
      const key = await keyOf(tenant, type, id)
      if (key === undefined) return { resources: [], memberships: [] }
      const values = [tenant, exchange]
      const [found = [], events = []] = await reads.snapshot([
        { ...versionsOf, values },
        { ...eventsOf, values },
      ])
      const versions = await documents(tenant, found as readonly NamedVersion[])
      if (!versions.some(version => version.key === key)) return { resources: [], memberships: [] }
      const firsts = [...Map.groupBy(versions, version => version.key).values()].flatMap(
        ([first]) => first ?? [],
      )
      const before = await toStates(
        tenant,
        await queryFor(firsts)<State>(versionsBefore, [
          tenant,
          firsts.map(({ key }) => key),
          firsts.map(({ moment }) => moment),
        ]),
      )
      const byKey = new Map(firsts.map(first => [first.key, first]))
      const resources = toAffectedResources(key, versions, {
        nameOf: key => byKey.get(key),
        stateBefore: ({ key }) => before.get(key),
      })
      return { resources, memberships: (events as readonly EventRow[]).map(toMembershipEvent) }
    },

    stateBefore: async (tenant, type, id, moment) => {
      const key = await keyOf(tenant, type, id)
      return key === undefined ? undefined : (await statesAt(tenant, [key], moment)).get(key)
    },

    typesBefore: async (tenant, ids, moment) => {
      const found = await queryFor(ids)<Pick<ResourceNameRow, 'key' | 'id' | 'type'>>(withIds, [
        tenant,
        ids.filter(canStore),
      ])
      const states = await statesAt(
        tenant,
        found.map(({ key }) => key),
        moment,
      )
      return new Map(found.flatMap(({ key, id, type }) => (states.has(key) ? [[id, type] as const] : [])))
    },

    holdersBefore: async (tenant, type, { attribute, value }, moment) => {
      if (!canStore(value)) return []
      const entry = postgresDialect.indexEntry(value)
      const found = await reads.queryByKey<{ readonly key: number }>(holders, [
        tenant,
        type,
        attribute,
        entry,
      ])
      const keys = found.map(({ key }) => key)
      const states = await statesAt(tenant, keys, moment)
      return keys.flatMap(key => states.get(key) ?? [])
    },
  }
}
