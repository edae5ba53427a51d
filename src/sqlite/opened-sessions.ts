import { tenantTaken } from '../persistence/tenant-rules.ts'
import type { Writer } from '../ports/database.ts'
import type { NewSession, OpenedSessions } from '../ports/opened-sessions.ts'
import { loadProfile } from '../profiles/registry.ts'
import { TenantError } from '../tenants/tenant.ts'
import { checkTenantId } from '../tenants/tenant-id.ts'
import type { JournalDatabase } from './journal-writer.ts'
import type { LongWrites } from './long-writes.ts'
import { isDirectoryTable } from './session-directory.ts'
import type { TenantRow } from './tenant-rows.ts'
import type { SqliteTenants } from './tenants.ts'

type SessionsOptions = {
  readonly writer: Writer
  readonly longWrites: Pick<LongWrites, 'callSession'>
  readonly journal: Pick<JournalDatabase, 'call'>
  readonly tenants: Pick<SqliteTenants, 'reload' | 'find'>
  /** Called once resources were added. */
  readonly reload: () => void
}

/**
 * Sessions in SQLite. The requests are written first, to the file of the journal, where a start deletes those of a tenant that does
 * not exist. The directory follows in one transaction with the tenant.
 */
export function createSqliteSessions({
  writer,
  longWrites: { callSession },
  journal,
  tenants,
  reload,
}: SessionsOptions): OpenedSessions {
  const store = async ({ counts: _counts, rows, ...session }: NewSession): Promise<TenantRow> => {
    const row = await callSession('startSession', { ...session, created: Date.now() })
    if (!row) throw tenantTaken(session.id)
    for await (const batch of rows()) {
      if (isDirectoryTable(batch.table)) await callSession('addSessionRows', batch)
      else await journal.call('addSessionRows', session.id, batch)
    }
    await callSession('endSession', 'commit')
    return row
  }

  return {
    async open(session) {
      const { id, settings, declared, counts } = session
      checkTenantId(id)
      loadProfile(settings.profile, settings.switches, declared)
      if (tenants.find(id)) throw tenantTaken(id)
      if (!(await journal.call('startSession', id, counts))) {
        throw new TenantError(
          'taken',
          `The journal has requests to a former tenant "${id}". Choose another ID.`,
        )
      }
      try {
        const row = await writer.betweenCommits(() =>
          store(session).catch(async error => {
            await callSession('endSession', 'rollback')
            throw error
          }),
        )
        reload()
        tenants.reload([row])()
      } catch (error) {
        await journal.call('deleteSession', id)
        throw error
      }
      const tenant = tenants.find(id)
      if (!tenant) throw tenantTaken(id)
      return tenant
    },
  }
}
