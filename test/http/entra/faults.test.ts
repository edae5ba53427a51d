import t from 'tap'
import { httpTarget } from '../../../src/entra/http-target.ts'
import { createJob, type Job } from '../../../src/entra/job/job.ts'
import { memoryStore } from '../../../src/entra/job/job-state.ts'
import { memoryLog } from '../../../src/entra/job/log.ts'
import type { NewFault } from '../../../src/faults/fault.ts'
import { presets } from '../../../src/faults/presets.ts'
import { day, guids, jobConfigOf, springfield } from '../../support/entra-job.ts'
import { buildSocketTest, type SocketTest } from '../../support/over-socket.ts'

type JobOverSocket = { readonly job: Job; pass(milliseconds: number): void }

function jobFor(server: SocketTest, profile: 'aws' | 'entra', fetch: typeof globalThis.fetch): JobOverSocket {
  let at = Date.parse('2026-03-02T08:00:00Z')
  const job = createJob({
    config: jobConfigOf(profile),
    state: memoryStore(),
    target: httpTarget({ tenantUrl: server.url, token: server.token, fetch }),
    clock: () => at,
    log: memoryLog(),
    newId: guids(),
  })
  return {
    job,
    pass: milliseconds => {
      at += milliseconds
    },
  }
}

/** A client whose writes time out as soon as one of them is delayed. */
function impatient({ deps }: SocketTest): typeof globalThis.fetch {
  let patience = new AbortController()
  deps.faults.subscribe(() => {
    patience.abort(new DOMException('It took too long.', 'TimeoutError'))
    patience = new AbortController()
  })
  return (url, init) => fetch(url, init?.method === 'GET' ? init : { ...init, signal: patience.signal })
}

/** The test need not wait for seconds. */
const hurried = (fault: NewFault): NewFault =>
  fault.effect.kind === 'delay' && fault.effect.milliseconds < 100_000
    ? { ...fault, effect: { kind: 'delay', milliseconds: 5 } }
    : fault

/** The contents of the target, as far as its profile returns them. */
async function contents({ client }: SocketTest): Promise<unknown> {
  const users = (await client.get('/Users')).body.Resources
  const groups = (await client.get('/Groups')).body.Resources
  const names = new Map(users.map(({ id, userName }: { id: string; userName: string }) => [id, userName]))
  return {
    users: users.map(({ userName, active }: Record<string, unknown>) => [userName, active]).sort(),
    groups: groups
      .map(({ displayName, members = [] }: { displayName: string; members?: { value: string }[] }) => [
        displayName,
        members.map(({ value }) => names.get(value)).sort(),
      ])
      .sort(),
  }
}

for (const profile of ['aws', 'entra'] as const) {
  t.test(`under ${profile}`, async t => {
    const calm = await buildSocketTest(t, profile)
    await jobFor(calm, profile, fetch).job.runCycle({ directory: springfield })
    const expected = await contents(calm)

    for (const { id, fault } of presets) {
      await t.test(`after "${id}" all objects exist once`, async t => {
        const server = await buildSocketTest(t, profile)
        const { faults } = server.deps
        const isSlow = fault.effect.kind === 'delay' && fault.effect.milliseconds > 100_000
        const { job, pass } = jobFor(server, profile, isSlow ? impatient(server) : fetch)
        let hits = 0
        faults.activate(hurried(fault))
        faults.subscribe(() => hits++)
        await job.runCycle({ directory: springfield })
        t.ok(hits > 0, 'the fault has hits')
        t.ok(
          (await server.exchanges()).some(row => row.fault),
          'the journal records them',
        )
        faults.deactivateAll()

        const endings: string[] = []
        for (let cycles = 0; cycles < 3; cycles++) {
          pass(day)
          endings.push((await job.runCycle({ directory: springfield })).ending)
        }
        t.same(endings, ['completed', 'completed', 'completed'])
        pass(day)
        t.match(await job.runCycle({ directory: springfield }), { writes: 0, escrows: 0 })
        t.same(await contents(server), expected)
      })
    }
  })
}
