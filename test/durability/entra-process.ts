import { createJob } from '../../src/provisioning/entra/job/job.ts'
import { openStateFile } from '../../src/provisioning/entra/job/job-state.ts'
import { noLog } from '../../src/provisioning/entra/job/log.ts'
import { generateDirectory } from '../../src/provisioning/kit/directory/generate.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import { jobConfigOf } from '../support/entra-job.ts'

/** Endless cycles, so that a kill interrupts one; the state is saved after each object. */
const [, , path = '', tenantUrl = '', token = ''] = process.argv
const store = await openStateFile(path)
const job = createJob({
  config: jobConfigOf('entra'),
  state: store,
  target: httpTarget({ tenantUrl, token }),
  clock: Date.now,
  log: noLog,
})
await job.runCycle({
  directory: generateDirectory({ users: 60, groups: 3, groupSize: 10, seed: 1 }),
  onProgress: () => void store.save(),
})
await store.close()
process.stdout.write('done\n')
