import { parentPort, workerData } from 'node:worker_threads'
import { type RealityMessage, sizeOf } from './in-thread.ts'
import { createReality } from './reality.ts'

const reality = createReality(workerData)
let work = Promise.resolve()

parentPort?.on('message', (message: RealityMessage) => {
  work = work.then(async () => {
    if ('report' in message) return parentPort?.postMessage({ report: reality.report() })
    await reality.observe(message.exchange)
    parentPort?.postMessage({ done: sizeOf(message.exchange) })
  })
})
