import { parentPort, workerData } from 'node:worker_threads'
import { isRecorded } from '../../src/domain/journal/record-layout.ts'
import { createRingReader } from '../../src/domain/journal/record-ring.ts'

export type RingReaderData = { readonly buffer: SharedArrayBuffer; readonly count: number }

const { buffer, count } = workerData as RingReaderData
const reader = createRingReader(buffer)
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Takes `count` records, whose `status` counts from 0 and whose body has `results` characters. Sends how many were otherwise. */
let wrong = 0
for (let next = 0; next < count; ) {
  const taken = reader.take()
  if (!taken) {
    Atomics.wait(pause, 0, 0, 1)
    continue
  }
  const isRight =
    'entry' in taken &&
    isRecorded(taken.entry) &&
    taken.entry.status === next &&
    taken.entry.response.body?.length === taken.entry.results
  if (!isRight) wrong++
  next++
}
parentPort?.postMessage(wrong)
