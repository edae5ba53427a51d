import { createConsole } from './console.ts'
import { events, restoreKept } from './model-events.ts'
import type { Rules } from './model-state.ts'
import { createModelTenant } from './model-tenant.ts'
import { type Counts, counted, requireAllSame, sent, settleAll, type World } from './model-world.ts'
import { createRandom } from './random.ts'
import { type Served, serve } from './server.ts'
import { inspect, requireSound } from './soundness.ts'
import { number } from './spread.ts'
import type { Figure, Surroundings, Trial } from './trial.ts'

const profiles = ['rfc', 'entra', 'aws'] as const
/** Of the two tenants. */
const clients = { main: 12, side: 4 }
const operationsToARound = 2_000
const mostSnapshots = 20

/** After each round: all is as it has to be, a group is shared, and there is room for another snapshot. */
async function tidy(world: World, when: string): Promise<void> {
  await requireAllSame(world, when)
  for (const tenant of world.tenants) {
    const states = tenant.lanes.map(lane => lane.state())
    settleAll(tenant, states)
    if (states[0]?.shared.id === undefined) await tenant.share()
  }
  if (world.kept.length > mostSnapshots) {
    const { id } = world.random.of(world.kept)
    await world.api('DELETE', `/snapshots/${id}`)
    world.kept = world.kept.filter(one => one.id !== id)
  }
}

/** Runs rounds on a server with one profile. */
async function tryProfile(
  profile: (typeof profiles)[number],
  { folder, size, say, isEnough }: Surroundings,
  seed: number,
  counts: Counts,
): Promise<void> {
  const file = `${folder}/${profile}.db`
  const operations = size(1_000, 100_000)
  const atOnce = Math.min(operationsToARound, Math.ceil(operations / 12))
  const random = createRandom(seed)
  const rules: Rules = { unknownMembers: profile === 'aws' ? 'refuse' : 'keep' }
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
    count: (what, more = 1) => counts.set(what, (counts.get(what) ?? 0) + more),
  }
  for (const tenant of tenants) await tenant.create()
  const moveTo = (server: Served) => {
    api = createConsole(`${server.console}/api/v1`)
    for (const tenant of tenants) tenant.moveTo(server)
  }
  let left = operations
  // Each event occurs once before the choice is random.
  const order = [
    'snapshotAmid',
    'restoreAmid',
    'snapshot',
    'resetAmid',
    'restore',
    'race',
    'anew',
    'reset',
    'purge',
  ]
  for (let at = 0; left > 0 && !isEnough(); at++) {
    const name = order[at] ?? random.of(['snapshot', 'restoreAmid', ...Object.keys(events)])
    const when = `${profile}, seed ${seed}, round ${at + 1} (${name})`
    const before = counts.get(sent) ?? 0
    try {
      await events[name]?.(world, Math.min(atOnce, left))
      await tidy(world, when)
    } catch (error) {
      throw error instanceof Error ? Object.assign(error, { message: `${when}: ${error.message}` }) : error
    }
    left -= (counts.get(sent) ?? 0) - before
    if (at % 10 === 9) say(`${profile}: ${number(operations - left)} operations`)
  }
  await first.end()
  inspect(file, db => requireSound(db, `${profile}, after all rounds`))
  const second = await serve(file, { flags })
  moveTo(second)
  await requireAllSame(world, `${profile}, after a restart`)
  for (const kept of world.kept) {
    await restoreKept(world, kept)
    await requireAllSame(world, `${profile}, seed ${seed}, a snapshot restored at the end`)
  }
  for (const tenant of tenants) for (const lane of tenant.lanes) lane.close()
  await second.end()
  inspect(file, db => requireSound(db, `${profile}, at the end`))
}

export const model: Trial = {
  id: 'model',
  title: 'A hundred thousand random operations on each profile',
  shows:
    'Clients create, read, find, change, replace, delete and purge, and add and remove members, while snapshots are saved and restored, tenants reset, deleted and created anew: after each round the server holds exactly what a model holds, to the last version and member; what comes at the same time as a restore or reset is before it or after it, for all clients at one moment; and each snapshot comes back as it was.',
  run: async surroundings => {
    const seed = Date.now() % 1_000_000_000
    const counts: Counts = new Map()
    for (const profile of profiles) {
      if (!surroundings.isEnough()) await tryProfile(profile, surroundings, seed, counts)
    }
    const figures: readonly Figure[] = [
      ['profiles', profiles.join(', ')],
      ['clients at once', number(clients.main + clients.side)],
      ['seed', String(seed)],
      ...counted.map((what): Figure => [what, number(counts.get(what) ?? 0)]),
    ]
    return figures
  },
}
