import type { FindingMute, FindingMutes } from '../../../domain/ports/analysis.ts'
import { type HeldTables, heldTable } from '../held-tables.ts'
import { requireTenant } from '../tenant-rules.ts'

type FindingMuteRow = FindingMute & {
  readonly tenant: number
}

const table = heldTable<FindingMuteRow>(
  'finding_mutes',
  { tenant: 'tenant', finding: 'finding', reason: 'reason', by: 'muted_by', at: 'at' },
  ['tenant', 'finding'],
)

const toMute = ({ tenant, ...mute }: FindingMuteRow): FindingMute => mute

export function createFindingMuteStore(tables: HeldTables): FindingMutes {
  const mutes = tables.hold(table)
  return {
    find({ key }, finding) {
      const row = mutes.get(`${key} ${finding}`)
      return row && toMute(row)
    },

    async set(tenant, { finding, reason, by }) {
      const row = { tenant: tenant.key, finding, reason, by, at: tables.now() }
      const muted = await tables.change(function* () {
        yield* requireTenant(tenant)
        return yield* table.put(row)
      })
      return toMute(muted)
    },

    remove: ({ key }, finding) => tables.change(() => table.remove({ tenant: key, finding })),
  }
}
