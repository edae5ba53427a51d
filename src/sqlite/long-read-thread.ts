import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import type { ReadRequest, ReadResponse } from './long-reads.ts'
import { createQueryRunner } from './query.ts'

/** A thread of `createLongReads`: runs the queries of one message at a time. */
const db = new Sqlite(workerData, { readonly: true, timeout: 2000 })
db.pragma('cache_size = -65536')

let unwanted = new Uint8Array(new SharedArrayBuffer(1))
const run = createQueryRunner(db, () => {
  if (unwanted[0] === 1) throw new Error('nobody waits for the rows')
})

const respond = (queries: ReadRequest['queries']): ReadResponse => {
  try {
    return { rows: run(queries) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (request: ReadRequest) => {
  unwanted = new Uint8Array(request.unwanted)
  parentPort?.postMessage(respond(request.queries))
})
