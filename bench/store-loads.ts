import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { newRequestId } from '../src/domain/journal/request-id.ts'
import type { Engine } from '../src/domain/ports/engine.ts'
import type { Draft, ResourceStore } from '../src/domain/ports/resources.ts'
import { prepareResource } from '../src/scim/document.ts'
import { parseFilter } from '../src/scim/filter/bind.ts'
import type { MembershipEdit } from '../src/scim/patch/elements.ts'
import { type ResourceId, toResourceId } from '../src/scim/resource.ts'
import { typeByName } from '../src/scim/resource-types.ts'
import { openPostgresEngine } from '../src/storage/postgres/engine.ts'
import { openSqliteEngine } from '../src/storage/sqlite/engine.ts'
import { newUser, type Seeded, spread, userNameOf, userOf } from './data.ts'
import { type EngineDirectory, newcomersTenant, tenant } from './fixture.ts'
import type { Data } from './servers.ts'
import { type Measured, measuredOf } from './statistics.ts'

/** An operation of the store, on random resources. */
export type StoreOperation = 'create' | 'PATCH' | 'join' | 'look-up' | 'get'
export const writingOperations: readonly StoreOperation[] = ['create', 'PATCH', 'join']
export const readingOperations: readonly StoreOperation[] = ['look-up', 'get']

/** A store in this process, without the server around it. */
export type StoreTarget = {
  readonly run: Readonly<Record<StoreOperation, () => Promise<unknown>>>
  close(): Promise<void>
}

const members = { types: ['User', 'Group'], unknown: 'refuse' } as const
const limit = 100_000_000

export async function openStore({ data, seeded }: EngineDirectory): Promise<StoreTarget> {
  const engine = await openEngine(data)
  return { run: operationsOn(engine, seeded), close: engine.close }
}

async function openEngine(data: Data): Promise<Engine> {
  const options = {
    retention: { count: 1_000_000, days: 90 },
    log: { info() {}, warn() {}, error: console.error },
  }
  return typeof data === 'string'
    ? openSqliteEngine({ ...options, path: data })
    : openPostgresEngine({ ...options, ...data })
}

const cause = () => ({ now: Date.now(), exchange: newRequestId() })
const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item

function operationsOn({ store, tenants }: Engine, seeded: Seeded): StoreTarget['run'] {
  const tenantWith = (id: string) => {
    const found = tenants.list().find(each => each.id === id)
    if (!found) throw new Error(`no tenant ${id}`)
    return found
  }
  const { key, profile } = tenantWith(tenant)
  const newcomers = tenantWith(newcomersTenant).key
  const type = (name: string) => {
    const found = typeByName(profile.schema.resourceTypes, name)
    if (!found) throw new Error(`no type ${name}`)
    return found
  }
  const userType = type('User')
  const groupType = type('Group')
  const userDraft = (id: ResourceId, { schemas: _, ...values }: ReturnType<typeof userOf>): Draft => ({
    next: prepareResource(userType, id, values),
    memberships: [],
    members,
  })
  const groupNames = new Map(seeded.smallGroups.map((id, at) => [id, `small ${at}`]))
  const groupDraft = (id: ResourceId, memberships: readonly MembershipEdit[]): Draft => ({
    next: prepareResource(groupType, id, { displayName: groupNames.get(id) ?? '' }),
    memberships,
    members,
  })
  const place = (type: string, id: string) => ({ tenant: key, type, id: toResourceId(id) })
  const { users, smallGroups, outsiders } = seeded
  let joins = 0
  const { requests } = profile
  const lookUp = (userName: string): ReturnType<ResourceStore['list']> =>
    store.list(key, {
      typeQueries: [
        {
          type: 'User',
          filter: parseFilter(`userName eq "${userName}"`, userType, requests, requests.limits),
        },
      ],
      slice: { by: 'index', offset: 0, count: 100 },
      total: true,
    })

  return {
    create() {
      const id = toResourceId(randomUUID())
      return store.insert({ tenant: newcomers, type: 'User', id }, cause(), userDraft(id, newUser()), limit)
    },
    PATCH() {
      const at = Math.floor(Math.random() * users.length)
      return store.update(place('User', users[at] ?? ''), cause(), ({ id }) =>
        userDraft(id, { ...userOf(at), title: `Inspector ${Math.random()}` }),
      )
    },
    // Removes each user again, because a group that grows takes longer.
    join() {
      const pair = Math.floor(joins / 50) * 25 + (joins % 25)
      const kind = joins++ % 50 < 25 ? 'add' : 'remove'
      return store.update(place('Group', spread(smallGroups, pair)), cause(), ({ id }) =>
        groupDraft(id, [{ kind, members: [spread(outsiders, pair)] }]),
      )
    },
    'look-up': async () => lookUp(userNameOf(Math.floor(Math.random() * users.length))),
    get: async () => store.find(place('User', oneOf(users))),
  }
}

/** A load of the store, and the CPU time of this process in microseconds per operation. */
export type StoreMeasured = Measured & { readonly cpu: number }

/** Milliseconds after which a worker lets the event loop run: operations may resolve at once, and leases have to be renewed. */
const pause = 10

/** Runs operations, at most this number at once. */
export async function loadStore(
  operation: () => Promise<unknown>,
  atOnce: number,
  seconds: number,
): Promise<StoreMeasured> {
  const times: number[] = []
  const cpu = process.cpuUsage()
  const began = performance.now()
  const until = began + seconds * 1000
  const work = async () => {
    let paused = began
    for (let now = began; now < until; ) {
      await operation()
      const after = performance.now()
      times.push(after - now)
      now = after
      if (now - paused < pause) continue
      await setImmediate()
      now = paused = performance.now()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const { user, system } = process.cpuUsage(cpu)
  return {
    ...measuredOf(times, (performance.now() - began) / 1000),
    cpu: (user + system) / Math.max(1, times.length),
  }
}
