import { inspect, requireConsistent } from './consistency.ts'
import { createConsole } from './console.ts'
import { events, restoreKept } from './model-events.ts'
import type { Rules } from './model-state.ts'
import { createModelTenant } from './model-tenant.ts'
import { type Counts, counted, requireAllSame, sent, settleAll, type World } from './model-world.ts'
import { createRandom } from './random.ts'
import { type Served, serve } from './server.ts'
import { number } from './spread.ts'
import type { Figure, Trial, TrialContext } from './trial.ts'

const profiles = ['rfc', 'entra', 'aws'] as const
/** Clients per tenant. */
const clients = { main: 12, side: 4 }
const operationsPerRound = 2_000
const maxSnapshots = 20

/** After each round: checks the data, creates a shared group if there is none, and deletes a surplus snapshot. */
async function finishRound(world: World, when: string): Promise<void> {
  await requireAllSame(world, when)
  for (const tenant of world.tenants) {
    const states = tenant.lanes.map(lane => lane.state())
    settleAll(tenant, states)
    if (states[0]?.shared.id === undefined) await tenant.share()
  }
  if (world.kept.length > maxSnapshots) {
    const { id } = world.random.of(world.kept)
    await world.api('DELETE', `/snapshots/${id}`)
    world.kept = world.kept.filter(one => one.id !== id)
  }
}

/** Runs rounds on a server with one profile. */
async function tryProfile(
  profile: (typeof profiles)[number],
  { folder, size, report, isStopped }: TrialContext,
  seed: number,
  counts: Counts,
): Promise<void> {
  const file = `${folder}/${profile}.db`
  const operations = size(1_000, 100_000)
  const perRound = Math.min(operationsPerRound, Math.ceil(operations / 12))
  const random = createRandom(seed)
  const rules: Rules = { unknownMembers: profile === 'aws' ? 'reject' : 'keep' }
  const flags = ['--keep-exchanges', '5000']
  const first = await serve(file, { flags })
  let api = createConsole(`${first.console}/api/v1`)
  const tenants = Object.entries(clients).map(([id, number]) =>
    createModelTenant(first, { id, profile, clients: number, random, rules }),
  )
  const world: World = {
    tenants,
    random,
    rules,
    kept: [],
    api: (...call) => api(...call),
    count: (event, more = 1) => counts.set(event, (counts.get(event) ?? 0) + more),
  }
  for (const tenant of tenants) await tenant.create()
  const moveTo = (server: Served) => {
    api = createConsole(`${server.console}/api/v1`)
    for (const tenant of tenants) tenant.moveTo(server)
  }
  let left = operations
  // Each event occurs once before the choice is random.
  const order = [
    'snapshotDuringRequests',
    'restoreDuringRequests',
    'snapshot',
    'resetDuringRequests',
    'restore',
    'race',
    'recreate',
    'reset',
    'purge',
  ]
  for (let at = 0; left > 0 && !isStopped(); at++) {
    const name = order[at] ?? random.of(['snapshot', 'restoreDuringRequests', ...Object.keys(events)])
    const when = `${profile}, seed ${seed}, round ${at + 1} (${name})`
    const before = counts.get(sent) ?? 0
    try {
      await events[name]?.(world, Math.min(perRound, left))
      await finishRound(world, when)
    } catch (error) {
      throw error instanceof Error ? Object.assign(error, { message: `${when}: ${error.message}` }) : error
    }
    left -= (counts.get(sent) ?? 0) - before
    if (at % 10 === 9) report(`${profile}: ${number(operations - left)} operations`)
  }
  await first.end()
  inspect(file, db => requireConsistent(db, `${profile}, after all rounds`))
  const second = await serve(file, { flags })
  moveTo(second)
  await requireAllSame(world, `${profile}, after a restart`)
  for (const kept of world.kept) {
    await restoreKept(world, kept)
    await requireAllSame(world, `${profile}, seed ${seed}, a snapshot restored at the end`)
  }
  for (const tenant of tenants) for (const lane of tenant.lanes) lane.close()
  await second.end()
  inspect(file, db => requireConsistent(db, `${profile}, at the end`))
}

export const model: Trial = {
  id: 'model',
  title: '100,000 random operations per profile',
  statement:
    'Clients create, read, find, change, replace, delete and purge resources, and add and remove members, while snapshots are saved and restored and tenants are reset, deleted and created again. After each round, the server’s data equal those of a model, including every version and member. A request that runs during a restore or reset takes effect before it or after it, at one moment for all clients. Each snapshot restores exactly the data that it saved.',
  run: async context => {
    const seed = Date.now() % 1_000_000_000
    const counts: Counts = new Map()
    for (const profile of profiles) {
      if (!context.isStopped()) await tryProfile(profile, context, seed, counts)
    }
    const figures: readonly Figure[] = [
      ['profiles', profiles.join(', ')],
      ['concurrent clients', number(clients.main + clients.side)],
      ['seed', String(seed)],
      ...counted.map((event): Figure => [event, number(counts.get(event) ?? 0)]),
    ]
    return figures
  },
}
