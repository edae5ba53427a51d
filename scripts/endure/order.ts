import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Data } from '../../bench/servers.ts'
import { createJob } from '../../src/provisioning/entra/job/job.ts'
import { defaultJobConfig, memoryStore } from '../../src/provisioning/entra/job/job-state.ts'
import { noLog } from '../../src/provisioning/entra/job/log.ts'
import { defaultMappings } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import { readDirectory } from '../../src/provisioning/kit/directory/read-directory.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import { defaultRequestOptions } from '../../src/provisioning/kit/target.ts'
import { findPrograms, startPostgresServer } from '../../test/support/postgres-server.ts'
import { type Client, createClient, runConcurrently, userBody } from './client.ts'
import { tenant as firstTenant, type Served, serve } from './server.ts'
import { number } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

const instanceCount = 3
const otherClients = 15
const requestsPerCycle = 25
const pageSize = 200
const pollInterval = 100
/** Milliseconds. Each instance estimates the database's clock to about one. */
const betweenRequests = 5

const springfield = fileURLToPath(new URL('../../samples/springfield.json', import.meta.url))

/** Instances of a server, and a client of the console of the first one. */
type Servers = { readonly instances: readonly Served[]; readonly api: Client['callApi'] }

/** Sends each request to the next instance, as a load balancer does. */
function roundRobin({ instances }: Servers): typeof globalThis.fetch {
  let requests = 0
  return (input, init) => {
    const { pathname, search } = new URL(String(input))
    const instance = instances[requests++ % instances.length]
    return fetch(new URL(pathname + search, instance?.base), init)
  }
}

/** Runs Entra ID's initial cycle into a new tenant. Returns the number of its requests. */
async function runInitialCycle(servers: Servers, tenant: string): Promise<number> {
  const made = await servers.api('POST', '/tenants', { id: tenant, profile: 'entra' })
  require(made.status === 201, `POST /tenants: ${made.status}`)
  const { body: token } = await servers.api('POST', `/tenants/${tenant}/tokens`, {})
  const { directory } = await readDirectory(springfield)
  const tenantUrl = new URL(`/${tenant}/scim/v2`, servers.instances[0]?.base).href
  const job = createJob({
    config: {
      ...defaultJobConfig,
      jobId: `scim.${tenant}`,
      tenantId: tenant,
      application: { id: tenant, displayName: tenant },
      mapping: defaultMappings.nonGallery,
      wire: { ...defaultRequestOptions, dialect: 'default' },
    },
    state: memoryStore(),
    target: httpTarget({ tenantUrl, token: token.value, fetch: roundRobin(servers) }),
    clock: Date.now,
    log: noLog,
  })
  return (await job.runCycle({ directory })).requests
}

/** Sends requests one after the other, each to the next instance, while other clients write. */
async function sendInOrder({ instances }: Servers, requests: number): Promise<void> {
  const clients = instances.map(({ base }) => createClient(base, Number.POSITIVE_INFINITY))
  const clientOf = (at: number) => clients[at % clients.length] as Client
  let isOver = false
  const others = runConcurrently(otherClients, async client => {
    for (let at = 0; !isOver; at++) {
      await clientOf(client + at).callApi('POST', '/Users', userBody(`other-${client}-${at}`))
    }
  })
  try {
    for (let at = 0; at < requests; at++) {
      const { status } = await clientOf(at).callApi('GET', `/Users?filter=userName+eq+%22nth-${at}%22`)
      require(status === 200, `request ${at}: ${status}`)
      await pause(betweenRequests)
    }
  } finally {
    isOver = true
    await others
    for (const { close } of clients) close()
  }
}

async function analyzed({ api }: Servers): Promise<void> {
  while ((await api('GET', `/tenants/${firstTenant}/overview`)).body.waiting > 0) await pause(pollInterval)
}

/** The numbers of the sequential requests, in the order of the journal. */
async function journalOrder({ api }: Servers): Promise<readonly number[]> {
  const newestFirst: number[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({
      ...{ tenant: firstTenant, q: 'nth-', limit: String(pageSize) },
      ...(cursor !== undefined && { cursor }),
    })
    const { status, body } = await api('GET', `/exchanges?${query}`)
    require(status === 200, `GET /exchanges: ${status} ${JSON.stringify(body)}`)
    for (const { url } of body.items) newestFirst.push(Number(/nth-(\d+)/.exec(url)?.[1]))
    cursor = body.next
  } while (cursor !== undefined)
  return newestFirst.reverse()
}

async function inspect(what: string, servers: Servers, cycles: number): Promise<readonly Figure[]> {
  const expected: string[] = []
  for (let at = 0; at < cycles; at++) {
    const tenant = `cycle-${at}`
    expected.push(`${tenant}: ${await runInitialCycle(servers, tenant)}`)
    // The analysis of a busy server lags behind, and then finds what all instances have written.
    await analyzed(servers)
  }
  const requests = cycles * requestsPerCycle
  await sendInOrder(servers, requests)
  await analyzed(servers)
  const found: string[] = []
  for (let at = 0; at < cycles; at++) {
    const { body } = await servers.api('GET', `/cycles?tenant=cycle-${at}&limit=${pageSize}`)
    for (const cycle of body.items) found.push(`${cycle.tenant}: ${cycle.requests}`)
  }
  const isSame = found.toSorted().join('\n') === expected.toSorted().join('\n')
  require(isSame, `${what}: ${cycles} initial cycles are ${found.length} cycles: ${found.join(', ')}`)
  const order = await journalOrder(servers)
  require(order.length === requests, `${what}: ${order.length} of ${requests} requests are in the journal`)
  const wrong = order.filter((nth, at) => nth !== at)
  require(wrong.length === 0, `${what}: ${wrong.length} of ${requests} sequential requests are out of order`)
  return [
    [`${what}: initial cycles, each one cycle`, number(cycles)],
    [`${what}: sequential requests beside ${otherClients} clients, in order`, number(requests)],
  ]
}

async function runOver(what: string, data: Data, count: number, cycles: number): Promise<readonly Figure[]> {
  const flags = ['--keep-exchanges', '10000000']
  const instances = await Promise.all(Array.from({ length: count }, () => serve(data, { flags })))
  const client = createClient(`${instances[0]?.console}/api/v1`, 1, undefined, 'application/json')
  try {
    return await inspect(what, { instances, api: client.callApi }, cycles)
  } finally {
    client.close()
    await Promise.all(instances.map(({ end }) => end()))
  }
}

export const order: Trial = {
  id: 'order',
  title: 'Order of the journal, also behind a load balancer',
  statement:
    'Requests that a client sends one after the other, 5 ms apart, are in the journal in this order while others write, and each initial cycle of Entra ID is one cycle. On SQLite, and on PostgreSQL with three instances and a load balancer that sends each request to the next one.',
  run: async ({ size, folder }) => {
    const cycles = size(4, 40)
    const figures = await runOver('SQLite', join(folder, 'order.db'), 1, cycles)
    if (findPrograms() === undefined) return figures
    const database = await startPostgresServer()
    try {
      const data = { url: database.url, schema: 'endurance' }
      return [...figures, ...(await runOver('PostgreSQL', data, instanceCount, cycles))]
    } finally {
      await database.remove()
    }
  },
}
