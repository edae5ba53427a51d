import { parentPort, workerData } from 'node:worker_threads'
import { serveCalls } from './calls.ts'
import { openSqlite } from './database.ts'
import { createFileOperations } from './long-write-operations.ts'

/** The thread of `createLongWrites`. Its data is the path of the database. */
if (parentPort) serveCalls(parentPort, createFileOperations(openSqlite(workerData)))
