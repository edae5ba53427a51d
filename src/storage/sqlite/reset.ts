import type { Writer } from '../../domain/ports/database.ts'
import type { Engine } from '../../domain/ports/engine.ts'
import type { ClearableAnalysis } from '../common/analysis.ts'
import type { LongWrites } from './long-writes.ts'
import type { SqliteTenants } from './tenants.ts'

type ResetDeps = {
  readonly writer: Writer
  readonly longWrites: Pick<LongWrites, 'reset'>
  readonly tenants: Pick<SqliteTenants, 'reload'>
  readonly analysis: Pick<ClearableAnalysis, 'clear'>
}

/** The journal is in another file and follows; if that fails or is interrupted, a second reset completes it. */
export function createReset({ writer, longWrites, tenants, analysis }: ResetDeps): Engine['reset'] {
  return async id => {
    // Two commits in one turn: the first writes what was deferred before, and the reset deletes it, too.
    const before = writer.flush()
    const done = longWrites.reset(id).then(rows => {
      tenants.reload(rows)()
      return rows.map(row => row.id)
    })
    await Promise.all([before, writer.flush(), analysis.clear(id, done)])
    return await done
  }
}
