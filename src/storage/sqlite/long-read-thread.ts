import { parentPort, workerData } from 'node:worker_threads'
import { serveCalls } from './calls.ts'
import { openConnection } from './connection.ts'
import { createQueryRunner, type Query, type ReadRows } from './statements.ts'

export type ReadOperations = ReturnType<typeof createReadOperations>

/** `unwanted` holds 1 once the caller has gone. */
function createReadOperations(path: string) {
  const db = openConnection(path, { readonly: true, timeout: 2000 })
  db.pragma('cache_size = -16384')
  let state = new Uint8Array(new SharedArrayBuffer(1))
  const run = createQueryRunner(db, () => {
    if (state[0] === 1) throw new Error('the caller has gone')
  })
  return {
    run(queries: readonly Query[], unwanted: SharedArrayBuffer): readonly ReadRows[] {
      state = new Uint8Array(unwanted)
      return run(queries)
    },
  }
}

if (parentPort) serveCalls(parentPort, createReadOperations(workerData))
