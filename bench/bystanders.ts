import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { worstBodies } from '../test/support/worst-texts.ts'
import { groupOf, patchOf, spread, userOf } from './data.ts'
import { openConnection } from './driver.ts'
import type { BenchOptions, Fixture, Target } from './fixture.ts'
import { tenant } from './fixture.ts'
import { bulkOfCreates, listPath } from './lists.ts'
import type { PartResult } from './part.ts'
import type { SlowRequest, SlowResponse } from './requester.ts'
import { canPin, waitUntilAnalyzed } from './servers.ts'
import { type Measured, measuredOf } from './statistics.ts'
import { milliseconds, number, table } from './table.ts'

/** Milliseconds for which a bystander continues after the response: work can go on. */
const afterResponse = 500

type SlowWork = {
  readonly name: string
  /** `saved` is the ID of the snapshot that an earlier one saved. */
  readonly request: (target: Target, saved: string) => SlowRequest
}

const groupMembers = 20_000
const bulkOperations = 700

const fromConsole = (name: string, path: string): SlowWork => ({
  name,
  request: ({ console }) => ({ method: 'GET', url: `${console}${path}` }),
})

const fromTenant = (name: string, method: string, path: string, body?: () => string): SlowWork => ({
  name,
  request: ({ directory: { base, headers } }) => ({
    method,
    url: `${base}${path}`,
    headers: { ...headers, 'content-type': 'application/scim+json' },
    ...(body && { body: body() }),
  }),
})

/** A CSV file of all users, as the Microsoft Entra admin center writes it. Every tenth has another name than in the directory. */
function csvOf(users: number): string {
  const rows = Array.from({ length: users }, (_, at) => {
    const { userName, displayName, name, title } = userOf(at)
    const changed = at % 10 === 0 ? `${displayName} II` : displayName
    return [
      userName,
      changed,
      name.givenName,
      name.familyName,
      `"${title}"`,
      userName,
      'Sector 7G',
      'True',
    ].join()
  })
  const header = 'userPrincipalName,displayName,givenName,surname,jobTitle,mail,department,accountEnabled'
  return [header, ...rows].join('\r\n')
}

/** In this order: the last ones delete what the others read. */
const slowWorks = ({ seeded }: Target): readonly SlowWork[] => {
  const large = `/Groups/${seeded.largeGroup}`
  const member = { value: seeded.outsiders.at(-1) }
  const members = seeded.users.slice(0, groupMembers)
  return [
    fromConsole('journal export, NDJSON', '/api/v1/exchanges/export?format=ndjson'),
    fromConsole('journal export, HAR', '/api/v1/exchanges/export?format=har'),
    fromConsole('journal export, CSV', '/api/v1/exchanges/export?format=csv'),
    fromConsole('session export', `/api/v1/tenants/${tenant}/session`),
    fromConsole('session export, status:500', `/api/v1/tenants/${tenant}/session?q=status:500`),
    {
      name: 'reconciliation of all users',
      request: ({ console }) => ({
        method: 'POST',
        url: `${console}/api/v1/tenants/${tenant}/reconcile`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: csvOf(seeded.users.length) }),
      }),
    },
    fromConsole('journal text search, no match', '/api/v1/exchanges?q=no-such-text'),
    fromConsole('/metrics', '/metrics'),
    fromConsole('stale users', `/api/v1/tenants/${tenant}/stale`),
    fromConsole('users by text, no match', `/api/v1/tenants/${tenant}/users?text=no-such-text`),
    fromTenant('page of 1,000', 'GET', listPath({ count: 1000 })),
    fromTenant(
      'page of 100 at the end',
      'GET',
      listPath({ count: 100, startIndex: seeded.users.length - 100 }),
    ),
    fromTenant('name.familyName co "x"', 'GET', listPath({ count: 100, filter: 'name.familyName co "x"' })),
    fromTenant(
      'co on two attributes, no match',
      'GET',
      listPath({ count: 100, filter: 'title co "zzz" or nickName co "zzz"' }),
    ),
    fromTenant('sorted by name.givenName', 'GET', listPath({ count: 100, sortBy: 'name.givenName' })),
    fromTenant(`bulk of ${bulkOperations} creates`, 'POST', '/Bulk', () => bulkOfCreates(bulkOperations)),
    fromTenant(`read a group of ${number(seeded.users.length >> 1)}`, 'GET', large),
    fromTenant('add a member to it', 'PATCH', large, () =>
      patchOf({ op: 'add', path: 'members', value: [member] }),
    ),
    fromTenant(`create a group of ${number(members.length)}`, 'POST', '/Groups', () =>
      JSON.stringify(groupOf('posted at once', members)),
    ),
    {
      name: 'save a snapshot',
      request: ({ console }) => ({ method: 'POST', url: `${console}/api/v1/snapshots` }),
    },
    {
      name: 'restore the snapshot',
      request: ({ console }, saved) => ({
        method: 'POST',
        url: `${console}/api/v1/snapshots/${saved}/restore`,
      }),
    },
    fromTenant(`delete a group of ${number(seeded.users.length >> 1)}`, 'DELETE', large),
    {
      name: 'reset',
      request: ({ console }) => ({ method: 'POST', url: `${console}/api/v1/reset` }),
    },
  ]
}

/** Bytes. The token endpoint reads a sixteenth. */
const hostileBody = 512 * 1024

/** Requests without credentials to each listener, with bodies that are made to take long. */
function hostileWorks({ directory: { base }, aws, console }: Target) {
  const to = (url: string, length: number): readonly SlowRequest[] =>
    worstBodies(length).map(({ type, body }) => ({
      method: 'POST',
      url,
      headers: { 'content-type': type },
      body,
    }))
  return [
    { name: 'SCIM', requests: to(`${base}/Users`, hostileBody) },
    { name: 'AWS APIs', requests: to(aws, hostileBody) },
    { name: 'console', requests: to(`${console}/api/v1/tenants`, hostileBody) },
    {
      name: 'token endpoint',
      requests: to(`${base.replace('/scim/v2', '')}/oauth2/token`, hostileBody / 16),
    },
  ] as const
}

/** How long a client that reads users by ID, one after the other, waits while slow work is done for another client. */
export async function bystanders(fixture: Fixture, { seconds }: BenchOptions): Promise<PartResult> {
  const target = await fixture.serve('rfc', 'large')
  const requester = fork(new URL('requester.ts', import.meta.url).pathname)
  try {
    if (canPin) target.pin(0)
    await waitUntilAnalyzed(target.console)
    const alone = await waitsUntil(target, wait(seconds * 1000))
    const rows = [row('none', alone, '')]
    let hostile = 0
    for (const { name, requests } of hostileWorks(target)) {
      await waitUntilAnalyzed(target.console)
      let duration = 0
      const done = async () => {
        for (const request of requests) {
          const { status, milliseconds: took, text } = await send(requester, request)
          if (status < 400 || status > 499) throw new Error(`${name}: status ${status}: ${text}`)
          duration += took
        }
        await wait(afterResponse)
      }
      const measured = await waitsUntil(target, done())
      rows.push(row(`hostile bodies, ${name}`, measured, milliseconds(duration)))
      hostile = Math.max(hostile, measured.longest - alone.longest)
    }
    const waits = new Map<string, number>()
    let saved = ''
    for (const { name, request } of slowWorks(target)) {
      await waitUntilAnalyzed(target.console)
      let response: SlowResponse | undefined
      const done = send(requester, request(target, saved)).then(received => {
        response = received
        return wait(afterResponse)
      })
      const measured = await waitsUntil(target, done)
      if (!response || response.status < 200 || response.status > 299)
        throw new Error(`${name}: status ${response?.status}: ${response?.text}`)
      if (name === 'save a snapshot') saved = JSON.parse(response.text).id
      rows.push(row(name, measured, milliseconds(response.milliseconds)))
      waits.set(name, measured.longest)
    }
    return {
      text: table([
        ['slow work', 'its duration, ms', 'reads per second', 'median, ms', 'p99, ms', 'longest, ms'],
        ...rows,
      ]),
      figures: {
        'longest wait of a bystander': Math.max(...waits.values()),
        'longer wait of a bystander beside hostile bodies': hostile,
      },
    }
  } finally {
    requester.disconnect()
    await target.stop()
    fixture.discard('rfc', 'large')
  }
}

const row = (name: string, { perSecond, median, p99, longest }: Measured, duration: string) => [
  name,
  duration,
  number(perSecond),
  milliseconds(median),
  milliseconds(p99),
  milliseconds(longest),
]

async function send(requester: ChildProcess, request: SlowRequest): Promise<SlowResponse> {
  requester.send(request)
  const [response] = await once(requester, 'message')
  return response
}

async function waitsUntil({ directory, seeded }: Target, done: Promise<unknown>): Promise<Measured> {
  const connection = await openConnection(directory)
  const times: number[] = []
  let isDone = false
  const ended = done.finally(() => {
    isDone = true
  })
  const began = performance.now()
  for (let at = 0; !isDone; at++) {
    const sent = performance.now()
    const status = await connection.send({ method: 'GET', path: `/Users/${spread(seeded.users, at)}` })
    times.push(performance.now() - sent)
    // A reset deletes the users.
    if (status !== 200 && status !== 404) throw new Error(`a bystander got status ${status}`)
  }
  connection.close()
  await ended
  return measuredOf(times, (performance.now() - began) / 1000)
}
