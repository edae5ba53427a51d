import type { NewSession, OpenedSessions } from '../../domain/ports/snapshots.ts'
import { TenantError } from '../../domain/tenants/tenant.ts'
import { checkTenantId } from '../../domain/tenants/tenant-id.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { compact } from '../../scim/json.ts'
import { isOfFile, tenantTaken, tenantUnlisted } from '../common/tenant-rules.ts'
import type { JournalDatabase } from './journal.ts'
import type { LongWrites, UnlistedTenants } from './long-writes.ts'
import type { SqliteResourceStore } from './resources.ts'
import { isDirectoryTable, type SessionPlace } from './session-directory.ts'
import type { SessionTenant, TenantRow } from './tenant-rows.ts'
import type { SqliteTenants } from './tenants.ts'

type SessionsOptions = {
  readonly longWrites: Pick<LongWrites, 'callUnlisted'>
  readonly journal: Pick<JournalDatabase, 'call'>
  readonly tenants: Pick<SqliteTenants, 'reload' | 'find'>
  readonly store: Pick<SqliteResourceStore, 'reserveKeys'>
  readonly unlisted: Pick<UnlistedTenants, 'clear'>
  readonly onError: (error: unknown) => void
}

/**
 * Sessions in SQLite. The rows are written in portions, each in a transaction of its own, so that other writes pass between them. The
 * last transaction lists the tenant. Until then nothing shows the rows, and a start deletes what an interruption left.
 */
export function createSqliteSessions({
  longWrites: { callUnlisted },
  journal,
  tenants,
  store,
  unlisted,
  onError,
}: SessionsOptions): OpenedSessions {
  const storeRows = async (
    session: NewSession,
    tenant: SessionTenant,
    place: SessionPlace,
  ): Promise<TenantRow> => {
    const { id, counts, rows } = session
    if (isOfFile(session) && !(await journal.call('startSession', id, counts))) throw hasRequests(id)
    for await (const batch of rows()) {
      if (isDirectoryTable(batch.table)) await callUnlisted('addSessionRows', place, batch)
      else await journal.call('addSessionRows', id, batch)
    }
    const row = await callUnlisted('endSession', place, tenant)
    if (!row) throw new Error(`The tenant "${id}" was not written.`)
    return row
  }

  return {
    async open(session) {
      const { id, settings, declared, counts } = session
      checkTenantId(id)
      loadProfile(settings.profile, settings.switches, declared)
      if (tenants.find(id)) throw tenantTaken(id)
      const tenant: SessionTenant = {
        ...{ id, settings, declared, created: Date.now() },
        ...compact({ session: session.session, imported: session.imported }),
      }
      const place = await callUnlisted('startSession', tenant, counts, store.reserveKeys(counts.resources))
      if (!place) throw tenants.find(id) ? tenantTaken(id) : tenantUnlisted(id)
      const row = await storeRows(session, tenant, place).catch(async error => {
        await unlisted.clear({ key: place.tenant, id }).catch(onError)
        throw error
      })
      tenants.reload([row])()
      const opened = tenants.find(id)
      if (!opened) throw tenantTaken(id)
      return opened
    },
  }
}

const hasRequests = (id: string): TenantError =>
  new TenantError('taken', `The journal has requests to a former tenant "${id}". Choose another ID.`)
