import { parentPort, workerData } from 'node:worker_threads'
import { answerCalls } from './calls.ts'
import { openSqlite } from './database.ts'
import { createFileOperations } from './long-write-operations.ts'

/** The thread of `createLongWrites`. Its data is the path of the database. */
if (parentPort) answerCalls(parentPort, createFileOperations(openSqlite(workerData)))
