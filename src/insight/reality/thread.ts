import { parentPort, workerData } from 'node:worker_threads'
import { lowerPriority } from '../../domain/event-loop/priority.ts'
import type { RealityMessage } from './in-thread.ts'
import { createReality } from './reality.ts'

lowerPriority()
const { observe, skip, report } = createReality(workerData)
let work = Promise.resolve()

async function handle(message: RealityMessage): Promise<void> {
  if (message === 'skipped') return skip()
  if (message === 'report') return parentPort?.postMessage(report())
  await observe(message)
  parentPort?.postMessage('observed')
}

parentPort?.on('message', (message: RealityMessage) => {
  work = work.then(() => handle(message))
})
