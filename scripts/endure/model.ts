import { type ConsoleCall, createConsole } from './console.ts'
import type { Lane } from './model-lane.ts'
import { atOneMoment, candidatesIn, pictureOf } from './model-resolve.ts'
import { type LaneState, nothing, purged, type Rules } from './model-state.ts'
import { createModelTenant, type ModelTenant, requireSame } from './model-tenant.ts'
import { createRandom, type Random } from './random.ts'
import { type Served, serve } from './server.ts'
import { inspect, requireSound } from './soundness.ts'
import { number } from './spread.ts'
import { type Figure, require, type Surroundings, type Trial } from './trial.ts'

const profiles = ['rfc', 'entra', 'aws'] as const
/** Of the two tenants. */
const clients = { main: 12, side: 4 }
const operationsToARound = 2_000
const mostSnapshots = 20

/** A snapshot and what was in it, by tenant. */
type Kept = { readonly id: string; readonly tenants: ReadonlyMap<string, Held> }
type Held = { readonly born: number; readonly lanes: readonly LaneState[] }

const counted = [
  ...['operations, each as in the model', 'snapshots', 'of them amid requests'],
  ...['restores', 'restores amid requests', 'resets', 'resets amid requests'],
  ...['purges of all', 'tenants created under the id of a deleted one', 'races for a userName'],
] as const
type Counted = (typeof counted)[number]
const sent: Counted = 'operations, each as in the model'
type Counts = Map<Counted, number>

type World = {
  readonly tenants: readonly ModelTenant[]
  readonly random: Random
  readonly rules: Rules
  readonly api: ConsoleCall
  readonly count: (what: Counted, more?: number) => void
  kept: readonly Kept[]
}

/** When something was asked for and when it was answered. */
type Window = { readonly sent: number; readonly answered: number }

async function timed<Result>(work: () => Promise<Result>): Promise<Window & { readonly result: Result }> {
  const sent = performance.now()
  const result = await work()
  return { sent, answered: performance.now(), result }
}

/** Has all clients send so many requests; `half` is called once half of them are. */
async function round(world: World, operations: number, half: () => Promise<void> = async () => {}) {
  let left = operations
  let amid: Promise<void> | undefined
  const work = async (lane: Lane) => {
    while (left-- > 0) {
      await lane.act()
      if (left < operations / 2) amid ??= half()
    }
  }
  await Promise.all(world.tenants.flatMap(tenant => tenant.lanes.map(work)))
  await amid
  world.count(sent, operations)
}

async function requireAllSame({ tenants }: World, when: string): Promise<void> {
  for (const tenant of tenants) requireSame(tenant, await tenant.look(), when)
}

const settleAll = (tenant: ModelTenant, states: readonly LaneState[]) => {
  for (const [at, lane] of tenant.lanes.entries()) lane.settle(states[at] ?? nothing())
}

const held = (tenant: ModelTenant): Held => ({
  born: tenant.born(),
  lanes: tenant.lanes.map(lane => lane.state()),
})

/** Whether a restore brings this tenant back: another one may have its id by now. */
const isIn = ({ tenants }: Kept, tenant: ModelTenant) => tenants.get(tenant.id)?.born === tenant.born()

async function askForRestore(world: World, kept: Kept) {
  const answer = await world.api('POST', `/snapshots/${kept.id}/restore`)
  const left = world.tenants.filter(tenant => !isIn(kept, tenant)).map(({ id }) => id)
  require(JSON.stringify(answer.leftOut) ===
    JSON.stringify(left), `a restore left out ${answer.leftOut} instead of ${left}`)
}

/** Has the clients know what they have after it was replaced, or copied where `by` is undefined, at one moment. */
async function resolve(
  { rules }: World,
  tenant: ModelTenant,
  by: readonly LaneState[] | undefined,
  window: Window,
  when: string,
): Promise<void> {
  const seen = await tenant.look()
  const candidates = tenant.lanes.map((lane, at) =>
    candidatesIn(lane.log(), by?.[at], pictureOf(seen.lanes[at] ?? nothing()), rules),
  )
  for (const [at, some] of candidates.entries()) {
    require(some.length > 0, `${when}: nothing explains what client ${at} of ${tenant.id} has`)
  }
  const states = atOneMoment(candidates, window, seen.sharedVersion)
  require(states !== undefined, `${when}: no one moment explains what ${tenant.id} holds`)
  settleAll(tenant, states)
}

const nothingOf = (tenant: ModelTenant) => tenant.lanes.map(() => nothing())

const events: Readonly<Record<string, (world: World, operations: number) => Promise<void>>> = {
  async snapshot(world, operations) {
    await round(world, operations)
    const { id } = await world.api('POST', '/snapshots', {})
    world.kept = [...world.kept, { id, tenants: new Map(world.tenants.map(one => [one.id, held(one)])) }]
    world.count('snapshots')
  },

  /** It is restored at once, to know what is in it. */
  async snapshotAmid(world, operations) {
    let taken: (Window & { readonly result: { readonly id: string } }) | undefined
    await round(world, operations, async () => {
      taken = await timed(() => world.api('POST', '/snapshots', {}))
    })
    if (!taken) return
    await requireAllSame(world, 'after a snapshot amid requests')
    await world.api('POST', `/snapshots/${taken.result.id}/restore`)
    for (const tenant of world.tenants) {
      await resolve(world, tenant, undefined, taken, 'a snapshot amid requests')
    }
    const tenants = new Map(world.tenants.map(one => [one.id, held(one)]))
    world.kept = [...world.kept, { id: taken.result.id, tenants }]
    world.count('snapshots')
    world.count('of them amid requests')
  },

  async restore(world, operations) {
    await round(world, operations)
    if (world.kept.length > 0) await restoreKept(world, world.random.of(world.kept))
  },

  async restoreAmid(world, operations) {
    if (world.kept.length === 0) return
    const kept = world.random.of(world.kept)
    const theirs = world.tenants.filter(tenant => isIn(kept, tenant))
    await amid(
      world,
      operations,
      theirs,
      () => askForRestore(world, kept),
      tenant => heldIn(kept, tenant),
    )
    world.count('restores amid requests')
  },

  async reset(world, operations) {
    await round(world, operations)
    const { ids, body } = resetOf(world)
    await world.api('POST', '/reset', body)
    for (const tenant of world.tenants.filter(({ id }) => ids.includes(id))) {
      settleAll(tenant, nothingOf(tenant))
    }
    const left = await world.api('GET', '/exchanges?limit=200')
    const stray = left.items.filter((one: { tenant?: string }) => ids.includes(one.tenant ?? ''))
    require(stray.length === 0, `the journal has ${stray.length} requests of before a reset`)
    world.count('resets')
  },

  async resetAmid(world, operations) {
    const { ids, body } = resetOf(world)
    const theirs = world.tenants.filter(({ id }) => ids.includes(id))
    await amid(world, operations, theirs, () => world.api('POST', '/reset', body), nothingOf)
    world.count('resets amid requests')
  },

  async purge(world, operations) {
    await round(world, operations)
    const tenant = world.random.of(world.tenants)
    const states = tenant.lanes.map(lane => lane.state())
    const retained = states.flatMap(({ gone }) => [...gone].flatMap(([id, one]) => (one.purged ? [] : [id])))
    const answer = await tenant.console('POST', '/stale/purge', { all: true })
    require(JSON.stringify([...answer.purged].sort()) ===
      JSON.stringify(
        retained.sort(),
      ), `a purge took ${answer.purged.length} records instead of ${retained.length}`)
    settleAll(
      tenant,
      states.map(state => purged(state)),
    )
    world.count('purges of all')
  },

  async race(world, operations) {
    await round(world, operations)
    const [tenant] = world.tenants
    const name = `race-${world.random.below(1_000_000_000)}`
    const results = await Promise.all(
      tenant?.lanes.map(lane => {
        // Each client knows of its own users only.
        lane.loosen()
        return lane.send({ do: 'create user', name })
      }) ?? [],
    )
    const winners = results.filter(result => result === 'done')
    require(winners.length === 1, `${winners.length} clients created the user ${name}`)
    world.count('races for a userName')
  },

  async anew(world, operations) {
    await round(world, operations)
    const tenant = world.tenants[1]
    await tenant?.remove()
    await tenant?.create()
    world.count('tenants created under the id of a deleted one')
  },
}

/** Replaces what these tenants have while all clients go on. */
async function amid(
  world: World,
  operations: number,
  tenants: readonly ModelTenant[],
  replace: () => Promise<unknown>,
  by: (tenant: ModelTenant) => readonly LaneState[],
): Promise<void> {
  for (const tenant of tenants) for (const lane of tenant.lanes) lane.loosen()
  let window: Window | undefined
  await round(world, operations, async () => {
    window = await timed(replace)
  })
  require(window !== undefined, 'a round ended before its half')
  for (const tenant of tenants) await resolve(world, tenant, by(tenant), window, 'amid requests')
}

const heldIn = ({ tenants }: Kept, tenant: ModelTenant) => tenants.get(tenant.id)?.lanes ?? []

const resetOf = ({ random, tenants }: World) => {
  const one = random.chance(0.6) ? random.of(tenants) : undefined
  return one ? { ids: [one.id], body: { tenant: one.id } } : { ids: tenants.map(({ id }) => id), body: {} }
}

async function restoreKept(world: World, kept: Kept): Promise<void> {
  await askForRestore(world, kept)
  for (const tenant of world.tenants) if (isIn(kept, tenant)) settleAll(tenant, heldIn(kept, tenant))
  world.count('restores')
}

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

/** Goes through rounds on a server of one profile. */
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
  const rules: Rules = { unknownMembers: profile === 'entra' ? 'keep' : 'refuse' }
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
  // Each has its turn before chance decides.
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
