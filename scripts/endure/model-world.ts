import type { ConsoleCall } from './console.ts'
import type { Lane } from './model-lane.ts'
import { atOneMoment, candidatesIn, pictureOf } from './model-resolve.ts'
import { type LaneState, nothing, type Rules } from './model-state.ts'
import { type ModelTenant, requireSame } from './model-tenant.ts'
import type { Random } from './random.ts'
import { require } from './trial.ts'

/** A snapshot and its content by tenant. */
export type Kept = { readonly id: string; readonly tenants: ReadonlyMap<string, Held> }
type Held = { readonly generation: number; readonly lanes: readonly LaneState[] }

export const counted = [
  ...['operations, each with the model’s result', 'snapshots', 'of these, during requests'],
  ...['restores', 'restores during requests', 'resets', 'resets during requests'],
  ...[
    'purges of all deleted resources',
    'tenants created with the ID of a deleted one',
    'concurrent creates of one userName',
  ],
] as const
type Counted = (typeof counted)[number]
export const sent: Counted = 'operations, each with the model’s result'
export type Counts = Map<Counted, number>

export type World = {
  readonly tenants: readonly ModelTenant[]
  readonly random: Random
  readonly rules: Rules
  readonly api: ConsoleCall
  readonly count: (event: Counted, more?: number) => void
  kept: readonly Kept[]
}

/** The times of a request and of its response. */
export type Window = { readonly sent: number; readonly receivedAt: number }

export async function timed<Result>(
  work: () => Promise<Result>,
): Promise<Window & { readonly result: Result }> {
  const sent = performance.now()
  const result = await work()
  return { sent, receivedAt: performance.now(), result }
}

/** Sends the given number of requests with all clients; calls `half` after half of them. */
export async function round(world: World, operations: number, half: () => Promise<void> = async () => {}) {
  let left = operations
  let middle: Promise<void> | undefined
  const work = async (lane: Lane) => {
    while (left-- > 0) {
      await lane.act()
      if (left < operations / 2) middle ??= half()
    }
  }
  await Promise.all(world.tenants.flatMap(tenant => tenant.lanes.map(work)))
  await middle
  world.count(sent, operations)
}

export async function requireAllSame({ tenants }: World, when: string): Promise<void> {
  for (const tenant of tenants) requireSame(tenant, await tenant.observe(), when)
}

export const settleAll = (tenant: ModelTenant, states: readonly LaneState[]) => {
  for (const [at, lane] of tenant.lanes.entries()) lane.settle(states[at] ?? nothing())
}

export const held = (tenant: ModelTenant): Held => ({
  generation: tenant.generation(),
  lanes: tenant.lanes.map(lane => lane.state()),
})

/** Whether a restore restores this tenant: another one may have its ID now. */
export const isIn = ({ tenants }: Kept, tenant: ModelTenant) =>
  tenants.get(tenant.id)?.generation === tenant.generation()

export async function requestRestore(world: World, kept: Kept) {
  const response = await world.api('POST', `/snapshots/${kept.id}/restore`)
  const left = world.tenants.filter(tenant => !isIn(kept, tenant)).map(({ id }) => id)
  require(JSON.stringify(response.skipped) ===
    JSON.stringify(left), `a restore skipped ${response.skipped} instead of ${left}`)
}

/** Updates the clients' states after their data was replaced, or copied if `by` is undefined, at one moment. */
export async function resolve(
  { rules }: World,
  tenant: ModelTenant,
  by: readonly LaneState[] | undefined,
  window: Window,
  when: string,
): Promise<void> {
  const seen = await tenant.observe()
  const candidates = tenant.lanes.map((lane, at) =>
    candidatesIn(lane.log(), by?.[at], pictureOf(seen.lanes[at] ?? nothing()), rules),
  )
  for (const [at, some] of candidates.entries()) {
    require(some.length > 0, `${when}: no moment explains the state of client ${at} of ${tenant.id}`)
  }
  const states = atOneMoment(candidates, window, seen.sharedVersion)
  require(states !== undefined, `${when}: no single moment explains the state of ${tenant.id}`)
  settleAll(tenant, states)
}
