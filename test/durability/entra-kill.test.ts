import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createJob } from '../../src/provisioning/entra/job/job.ts'
import { openStateFile } from '../../src/provisioning/entra/job/job-state.ts'
import { noLog } from '../../src/provisioning/entra/job/log.ts'
import { generateDirectory } from '../../src/provisioning/kit/directory/generate.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import { jobConfigOf } from '../support/entra-job.ts'
import { buildTestApp } from '../support/scim.ts'

const processFile = new URL('entra-process.ts', import.meta.url).pathname

t.test(
  'a client that is killed during a cycle leaves a consistent state, and the next one resumes',
  async t => {
    const { app, tenant, token, client } = await buildTestApp(t, 'entra')
    let child: ChildProcess | undefined
    let requests = 0
    let killAt = 0
    app.addHook('onRequest', async () => {
      if (++requests === killAt) child?.kill('SIGKILL')
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const tenantUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/${tenant.id}/scim/v2`
    const path = join(t.testdir(), 'job.json')

    const ends: unknown[] = []
    for (const after of [20, 45, 60]) {
      requests = 0
      killAt = after
      child = spawn(process.execPath, [processFile, path, tenantUrl, token], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const [code, signal] = await once(child, 'exit')
      ends.push(signal ?? code)
    }
    t.same(ends, ['SIGKILL', 'SIGKILL', 'SIGKILL'])

    killAt = 0
    const store = await openStateFile(path)
    t.ok(store.state.objects.size > 0, 'the progress is stored')
    const directory = generateDirectory({ users: 60, groups: 3, groupSize: 10, seed: 1 })
    const job = createJob({
      config: jobConfigOf('entra'),
      state: store,
      target: httpTarget({ tenantUrl, token }),
      clock: Date.now,
      log: noLog,
    })
    t.match(await job.runCycle({ directory }), { kind: 'initial', ending: 'completed', escrows: 0 })
    t.match(await job.runCycle({ directory }), { kind: 'incremental', ending: 'completed', writes: 0 })
    await store.close()

    t.equal((await client.get('/Users?count=1')).body.totalResults, 60, 'nobody is there twice')
    const groups = (await client.get('/Groups?count=50')).body.Resources
    t.same(
      groups
        .map(({ displayName, members }: { displayName: string; members: readonly unknown[] }) => [
          displayName,
          members.length,
        ])
        .toSorted(),
      directory.groups.map(({ attributes, members }) => [attributes.displayName, members.length]).toSorted(),
    )
  },
)
