import { type LaneState, nothing, purged } from './model-state.ts'
import type { ModelTenant } from './model-tenant.ts'
import {
  held,
  isIn,
  type Kept,
  requestRestore,
  requireAllSame,
  resolve,
  round,
  settleAll,
  timed,
  type Window,
  type World,
} from './model-world.ts'
import { require } from './trial.ts'

const nothingOf = (tenant: ModelTenant) => tenant.lanes.map(() => nothing())

/** The events of a round. */
export const events: Readonly<Record<string, (world: World, operations: number) => Promise<void>>> = {
  async snapshot(world, operations) {
    await round(world, operations)
    const { id } = await world.api('POST', '/snapshots', {})
    world.kept = [...world.kept, { id, tenants: new Map(world.tenants.map(one => [one.id, held(one)])) }]
    world.count('snapshots')
  },

  /** Restored at once to learn its content. */
  async snapshotDuringRequests(world, operations) {
    let taken: (Window & { readonly result: { readonly id: string } }) | undefined
    await round(world, operations, async () => {
      taken = await timed(() => world.api('POST', '/snapshots', {}))
    })
    if (!taken) return
    await requireAllSame(world, 'after a snapshot during requests')
    await world.api('POST', `/snapshots/${taken.result.id}/restore`)
    for (const tenant of world.tenants) {
      await resolve(world, tenant, undefined, taken, 'a snapshot during requests')
    }
    const tenants = new Map(world.tenants.map(one => [one.id, held(one)]))
    world.kept = [...world.kept, { id: taken.result.id, tenants }]
    world.count('snapshots')
    world.count('of these, during requests')
  },

  async restore(world, operations) {
    await round(world, operations)
    if (world.kept.length > 0) await restoreKept(world, world.random.of(world.kept))
  },

  async restoreDuringRequests(world, operations) {
    if (world.kept.length === 0) return
    const kept = world.random.of(world.kept)
    const theirs = world.tenants.filter(tenant => isIn(kept, tenant))
    await replaceDuringRequests(
      world,
      operations,
      theirs,
      () => requestRestore(world, kept),
      tenant => heldIn(kept, tenant),
    )
    world.count('restores during requests')
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
    require(stray.length === 0, `the journal has ${stray.length} requests from before a reset`)
    world.count('resets')
  },

  async resetDuringRequests(world, operations) {
    const { ids, body } = resetOf(world)
    const theirs = world.tenants.filter(({ id }) => ids.includes(id))
    await replaceDuringRequests(world, operations, theirs, () => world.api('POST', '/reset', body), nothingOf)
    world.count('resets during requests')
  },

  async purge(world, operations) {
    await round(world, operations)
    const tenant = world.random.of(world.tenants)
    const states = tenant.lanes.map(lane => lane.state())
    const retained = states.flatMap(({ gone }) => [...gone].flatMap(([id, one]) => (one.purged ? [] : [id])))
    const response = await tenant.console('POST', '/stale/purge', { all: true })
    require(JSON.stringify([...response.purged].sort()) ===
      JSON.stringify(
        retained.sort(),
      ), `a purge deleted ${response.purged.length} records instead of ${retained.length}`)
    settleAll(
      tenant,
      states.map(state => purged(state)),
    )
    world.count('purges of all deleted resources')
  },

  async race(world, operations) {
    await round(world, operations)
    const [tenant] = world.tenants
    const name = `race-${world.random.below(1_000_000_000)}`
    const results = await Promise.all(
      tenant?.lanes.map(lane => {
        // Each client knows only its own users.
        lane.loosen()
        return lane.send({ do: 'create user', name })
      }) ?? [],
    )
    const winners = results.filter(result => result === 'done')
    require(winners.length === 1, `${winners.length} clients created the user ${name}`)
    world.count('concurrent creates of one userName')
  },

  async recreate(world, operations) {
    await round(world, operations)
    const tenant = world.tenants[1]
    await tenant?.remove()
    await tenant?.create()
    world.count('tenants created with the ID of a deleted one')
  },
}

/** Replaces the data of these tenants while all clients continue. */
async function replaceDuringRequests(
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
  require(window !== undefined, 'a round ended before its middle')
  for (const tenant of tenants) await resolve(world, tenant, by(tenant), window, 'during requests')
}

const heldIn = ({ tenants }: Kept, tenant: ModelTenant) => tenants.get(tenant.id)?.lanes ?? []

const resetOf = ({ random, tenants }: World) => {
  const one = random.chance(0.6) ? random.of(tenants) : undefined
  return one ? { ids: [one.id], body: { tenant: one.id } } : { ids: tenants.map(({ id }) => id), body: {} }
}

export async function restoreKept(world: World, kept: Kept): Promise<void> {
  await requestRestore(world, kept)
  for (const tenant of world.tenants) if (isIn(kept, tenant)) settleAll(tenant, heldIn(kept, tenant))
  world.count('restores')
}
