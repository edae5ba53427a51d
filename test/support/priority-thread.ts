import { getPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { sendResult } from '../../src/domain/event-loop/file-thread.ts'
import { type CheckedSession, sendRows } from '../../src/traffic/session-import/rows-in-thread.ts'

/** Sends the priority that it has when its work begins, as a result or as a session. */
if (parentPort && workerData === 'result')
  await sendResult(
    parentPort,
    [],
    async () => ({ priority: getPriority() }),
    () => undefined,
  )
if (parentPort && workerData === 'session')
  await sendRows(
    parentPort,
    () => ({ checked: { priority: getPriority() } as unknown as CheckedSession, rows: function* () {} }),
    () => undefined,
  )
