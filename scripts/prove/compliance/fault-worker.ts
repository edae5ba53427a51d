import { parentPort, workerData } from 'node:worker_threads'
import { faults } from '../../../test/compliance/faults/index.ts'
import { runFault } from '../../../test/compliance/faults/run-fault.ts'

/** Posts the report on each of the faults in `workerData`, in this order. */
for (const id of workerData as readonly string[]) {
  const fault = faults.find(one => one.id === id)
  if (fault) parentPort?.postMessage(await runFault(fault))
}
