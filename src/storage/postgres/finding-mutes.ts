import type { FindingMutes } from '../../domain/ports/finding-mutes.ts'
import {
  createFindingMuteRegister,
  type FindingMuteRow,
  toMute,
  toMuteKey,
  toMuteRow,
} from '../common/finding-mute-register.ts'
import { noSuchTenant } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import { prepared } from './statement.ts'
import { toStorable } from './storable.ts'

const changedMutes = prepared(
  'select tenant, finding, reason, muted_by, at from finding_mutes where epoch > $1 order by epoch',
)
const tenantWithId = prepared('select key from tenants where id = $1')
const putMute = prepared(`
  insert into finding_mutes (tenant, finding, reason, muted_by, at, epoch) values ($1, $2, $3, $4, $5, $6)
  on conflict (tenant, finding) do update
    set reason = excluded.reason, muted_by = excluded.muted_by, at = excluded.at, epoch = excluded.epoch`)
const deleteMute = prepared(`
  with gone as (delete from finding_mutes where tenant = $1 and finding = $2 returning 1)
  insert into removals (epoch, kind, key) select $3, 'finding_mutes', $4 from gone returning key`)

/** Muted findings in PostgreSQL. Every instance holds them in memory. To be created before the instance joins the cluster. */
export function createPostgresFindingMutes(cluster: Cluster): FindingMutes {
  const register = createFindingMuteRegister()
  cluster.hold<FindingMuteRow>({
    table: 'finding_mutes',
    changes: changedMutes,
    apply(rows, removed) {
      removed.forEach(register.delete)
      rows.forEach(register.set)
    },
    replace(rows) {
      register.clear()
      rows.forEach(register.set)
    },
  })

  return {
    find: register.find,

    async set(tenant, { finding, reason, by }) {
      const storable = {
        finding,
        reason: toStorable(reason),
        ...(by !== undefined && { by: toStorable(by) }),
      }
      const row = toMuteRow(tenant, storable, cluster.now())
      await cluster.change(async (connection, epoch) => {
        const [found] = await connection.query<{ readonly key: number }>(tenantWithId, [tenant.id])
        if (found?.key !== tenant.key) throw noSuchTenant(tenant.id)
        await connection.query(putMute, [
          ...[row.tenant, row.finding, row.reason, row.muted_by, row.at],
          epoch,
        ])
        return row
      })
      return toMute(row)
    },

    async remove(tenant, finding) {
      const isFound = await cluster.change(async (connection, epoch) => {
        const values = [tenant.key, finding, epoch, toMuteKey(tenant.key, finding)]
        const rows = await connection.query(deleteMute, values)
        return rows.length > 0 || undefined
      })
      return isFound === true
    },
  }
}
