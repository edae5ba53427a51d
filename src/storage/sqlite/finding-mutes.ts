import type { Database } from 'better-sqlite3'
import type { Writer } from '../../domain/ports/database.ts'
import type { FindingMutes } from '../../domain/ports/finding-mutes.ts'
import {
  createFindingMuteRegister,
  type FindingMuteRow,
  toMute,
  toMuteKey,
  toMuteRow,
} from '../common/finding-mute-register.ts'
import { noSuchTenant } from '../common/tenant-rules.ts'
import type { SqliteTenants } from './tenants.ts'

/** Muted findings in SQLite. Memory is updated once changes are on disk. */
export function createSqliteFindingMutes(
  db: Database,
  writer: Writer,
  tenants: Pick<SqliteTenants, 'exists'>,
): FindingMutes {
  const all = db.prepare<[], FindingMuteRow>('select * from finding_mutes')
  const put = db.prepare<object>(
    'insert or replace into finding_mutes (tenant, finding, reason, muted_by, at) values (@tenant, @finding, @reason, @muted_by, @at)',
  )
  const remove = db.prepare<[number, string]>('delete from finding_mutes where tenant = ? and finding = ?')
  const register = createFindingMuteRegister()
  for (const row of all.all()) register.set(row)

  return {
    find: register.find,

    async set(tenant, mute) {
      const row = toMuteRow(tenant, mute, Date.now())
      await writer.write(() => {
        if (!tenants.exists(tenant.key)) throw noSuchTenant(tenant.id)
        put.run(row)
      })
      register.set(row)
      return toMute(row)
    },

    async remove(tenant, finding) {
      const isRemoved = await writer.write(() => remove.run(tenant.key, finding).changes > 0)
      if (isRemoved) register.delete(toMuteKey(tenant.key, finding))
      return isRemoved
    },
  }
}
