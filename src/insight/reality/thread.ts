import { parentPort } from 'node:worker_threads'
import type { Reality } from '../../domain/contract/reality.ts'
import { type RealityMessage, sizeOf } from './in-thread.ts'

/** Nothing is compared yet. */
const none: Reality = {
  ...{ reality: 1, requests: 0, compared: 0, notPredicted: 0, mirrorCorrected: 0 },
  ...{ findings: [], findingsOmitted: 0, switches: [] },
}
let requests = 0

parentPort?.on('message', (message: RealityMessage) => {
  if ('report' in message) parentPort?.postMessage({ report: { ...none, requests, notPredicted: requests } })
  else {
    requests++
    parentPort?.postMessage({ done: sizeOf(message.exchange) })
  }
})
