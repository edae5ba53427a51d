import t from 'tap'
import { createAuditTrail } from '../../../src/console/audit.ts'
import type { ConsoleCaller } from '../../../src/console/caller.ts'
import { Problem } from '../../../src/console/problem.ts'
import type { AuditBeginning, AuditOutcome } from '../../../src/domain/audit/audit.ts'

const now = 1_000_000

/** A trail whose log is an array. */
function openTrail() {
  const entries: (AuditBeginning & { readonly outcome?: AuditOutcome })[] = []
  const errors: unknown[] = []
  const trail = createAuditTrail(
    {
      async add(entry) {
        return String(entries.push(entry) - 1)
      },
      async complete(id, outcome) {
        const entry = entries[Number(id)]
        if (entry) entries[Number(id)] = { ...entry, outcome }
      },
    },
    { clock: () => now, onError: error => errors.push(error) },
  )
  return { trail, entries, errors }
}

type Request = Parameters<ReturnType<typeof createAuditTrail>['around']>[0]

const requestOf = (caller: ConsoleCaller | undefined, parts: object = {}, operationId = 'deleteToken') =>
  ({
    method: 'DELETE',
    ip: '192.0.2.1',
    params: { tenant: 'acme', token: 't-1' },
    body: undefined,
    consoleCaller: caller,
    routeOptions: { url: '/tenants/:tenant/tokens/:token', schema: { operationId } },
    ...parts,
  }) as unknown as Request

const anna: ConsoleCaller = {
  ...{ kind: 'person', issuer: 'https://idp.example', subject: 'u-1', name: 'Anna', role: 'write' },
  ...{ authenticated: now - 42_500, acr: 'c1', session: 'secret-session', expires: now + 1 },
}

t.test('TS-170 an entry says who the caller is, and how they authenticated', async t => {
  const { trail, entries } = openTrail()
  const callers: readonly ConsoleCaller[] = [
    { kind: 'open' },
    { kind: 'token', id: 'console-token', name: 'console-token', level: 'destroy' },
    anna,
    { kind: 'identity', issuer: 'https://idp.example', subject: 'robot', role: 'write', expires: now + 1 },
  ]
  for (const caller of callers) await trail.around(requestOf(caller), 204, async () => undefined)
  const common = {
    ...{ at: now, operation: 'deleteToken', tenant: 'acme', address: '192.0.2.1' },
    outcome: { status: 204, objects: { ids: ['t-1'], count: 1 } },
  }
  t.same(entries, [
    { ...common, caller: { kind: 'open' } },
    { ...common, caller: { kind: 'token', id: 'console-token', name: 'console-token' } },
    {
      ...common,
      caller: { kind: 'person', issuer: 'https://idp.example', subject: 'u-1', name: 'Anna' },
      authentication: { age: 42, acr: 'c1' },
    },
    { ...common, caller: { kind: 'identity', issuer: 'https://idp.example', subject: 'robot' } },
  ])
})

t.test('TS-170 the entry is stored before the operation runs, and completed after it', async t => {
  const { trail, entries } = openTrail()
  const running = Promise.withResolvers<object>()
  const started = Promise.withResolvers<void>()
  const result = trail.around(requestOf({ kind: 'open' }), 201, () => {
    started.resolve()
    return running.promise
  })
  await started.promise
  t.same(
    entries.map(({ outcome }) => outcome),
    [undefined],
  )
  running.resolve({ id: 'new', purged: ['a', 't-1'], tenants: ['b', { id: 'c' }], value: 'a-secret' })
  t.match(await result, { value: 'a-secret' })
  t.same(entries[0]?.outcome, { status: 201, objects: { ids: ['t-1', 'new', 'a', 'b'], count: 4 } })
})

t.test('TS-170 a failed operation has the status and kind of its problem', async t => {
  const { trail, entries } = openTrail()
  for (const error of [new Problem('limit-reached', 'Too many.'), new Error('a bug')]) {
    await t.rejects(
      trail.around(requestOf({ kind: 'open' }), 200, () => Promise.reject(error)),
      error,
    )
  }
  t.same(
    entries.map(({ outcome }) => [outcome?.status, outcome?.problem]),
    [
      [409, 'limit-reached'],
      [500, 'internal-error'],
    ],
  )
})

t.test('TS-170 a refusal is one entry, and an address that is no operation has none', async t => {
  const { trail, entries, errors } = openTrail()
  const problem = new Problem('recent-sign-in-needed', 'Sign in again to confirm this.')
  await trail.refused(requestOf(anna), problem)
  await trail.refused(requestOf(anna, { routeOptions: { url: '/', schema: undefined } }), problem)
  await trail.refused(requestOf(undefined), problem)
  t.same(errors, [])
  t.match(entries, [
    {
      operation: 'deleteToken',
      outcome: {
        status: 401,
        problem: 'recent-sign-in-needed',
        objects: { ids: ['t-1'], count: 1 },
      },
    },
  ])
  t.equal(entries.length, 1)
})

t.test('TS-170 a refusal that cannot be stored is reported, and does not fail the response', async t => {
  const errors: unknown[] = []
  const failure = new Error('disk full')
  const trail = createAuditTrail(
    { add: () => Promise.reject(failure), complete: async () => {} },
    { clock: () => now, onError: error => errors.push(error) },
  )
  await trail.refused(requestOf(anna), new Problem('not-allowed', 'You may read.'))
  t.same(errors, [failure])
  await t.rejects(
    trail.around(requestOf(anna), 200, async () => t.fail('it does not run')),
    failure,
  )
})

t.test('TS-170 sign-in, step-up and sign-out are entries', async t => {
  const { trail, entries } = openTrail()
  for (const operation of ['signIn', 'stepUp', 'signOut'] as const) {
    await trail.note({ operation, caller: anna, address: '::1', status: 302 })
  }
  t.same(
    entries,
    ['signIn', 'stepUp', 'signOut'].map(operation => ({
      ...{ at: now, operation, address: '::1' },
      caller: { kind: 'person', issuer: 'https://idp.example', subject: 'u-1', name: 'Anna' },
      authentication: { age: 42, acr: 'c1' },
      outcome: { status: 302, objects: { ids: [], count: 0 } },
    })),
  )
})

t.test('TS-170 a credential in the place of an ID is not recorded', async t => {
  const { trail, entries } = openTrail()
  const params = { tenant: 'scimulator-console-abc', token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' }
  await trail.around(requestOf({ kind: 'open' }, { params }), 204, async () => undefined)
  await trail.around(
    requestOf({ kind: 'open' }, { params: {}, body: { tenant: 'scimulator-secret-abc' } }),
    204,
    async () => undefined,
  )
  t.same(
    entries.map(({ tenant, outcome }) => [tenant, outcome?.objects.ids]),
    [
      ['***', ['***']],
      ['***', []],
    ],
  )
})
