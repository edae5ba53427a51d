import { parentPort, workerData } from 'node:worker_threads'
import { serveCalls } from './calls.ts'
import { openAnotherConnection } from './database.ts'
import { createFileOperations } from './long-write-operations.ts'

if (parentPort) serveCalls(parentPort, createFileOperations(openAnotherConnection(workerData)))
