import t from 'tap'
import { userChecks as awsUsers } from '../../scim-compliance/checks/aws/users.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { check, type ReceivedRequest, type Respond, runOptions, smallServer } from './small-server.ts'

const creates = check('rfc/makes', async context => {
  await context.post('/Users', context.sample(context.users))
})

const called = ({ body }: ReceivedRequest): string => JSON.parse(body).userName

const list = (resources: readonly unknown[]) => ({
  body: { totalResults: resources.length, Resources: resources },
})

/** A server with users by path; `make` handles their creation. */
async function serverOf(
  t: Parameters<typeof smallServer>[0],
  make: Respond,
  users = new Map<string, string>(),
) {
  const server = await smallServer(t, request => {
    const { method, path } = request
    if (method === 'POST') return make(request)
    if (method === 'DELETE') return { status: users.delete(path) ? 204 : 404 }
    if (!path.startsWith('/Users')) return { status: 404 }
    const [, wanted] = /userName (?:sw|eq) "(.*)"/.exec(decodeURIComponent(path.replaceAll('+', ' '))) ?? []
    return list(
      [...users]
        .filter(([, userName]) => wanted === undefined || userName.startsWith(wanted))
        .map(([path, userName]) => ({ id: path.replace('/Users/', ''), userName })),
    )
  })
  return { ...server, users }
}

t.test('an existing user is not removed, even if a POST returns it', async t => {
  const { url, users } = await serverOf(
    t,
    () => ({ status: 200, body: { id: '1', userName: 'Administrator' } }),
    new Map([['/Users/1', 'Administrator']]),
  )
  const { result } = await runChecks(runOptions(url, [creates]))
  t.same([...users.values()], ['Administrator'])
  t.same(result.leftBehind, [])
})

t.test('a created resource with another name is not removed, but reported', async t => {
  const { url, users } = await serverOf(
    t,
    () => ({ status: 201, body: { id: '1', userName: 'mira' } }),
    new Map([['/Users/1', 'mira']]),
  )
  const { result } = await runChecks(runOptions(url, [creates]))
  t.same([...users.values()], ['mira'])
  t.same(result.leftBehind, [
    {
      path: '/Users/1',
      name: 'mira',
      reason: 'it may belong to another client, since its name does not contain the mark of this run',
    },
  ])
})

t.test('the check of a reserved name runs only if it is unused, and removes what it creates', async t => {
  const reserved = awsUsers.filter(({ id }) => id === 'aws/users/reserved-name')
  for (const [before, verdict] of [
    [['Administrator'], 'skipped'],
    [[], 'failed'],
  ] as const) {
    let made = 1
    const { url, users } = await serverOf(
      t,
      request => {
        const id = String(++made)
        users.set(`/Users/${id}`, called(request))
        return { status: 201, body: { ...JSON.parse(request.body), id } }
      },
      new Map(before.map(name => ['/Users/1', name])),
    )
    const { result } = await runChecks(runOptions(url, reserved, { as: ['aws'] }))
    t.same([result.outcomes.map(({ verdict }) => verdict), [...users.values()]], [[verdict], before])
    t.same(result.leftBehind, [])
  }
})

t.test('IDs that are numbers, and IDs in Id, are removed', async t => {
  for (const body of [{ id: 7 }, { Id: '7' }]) {
    const { url, users } = await serverOf(t, request => {
      users.set('/Users/7', called(request))
      return { status: 201, body: { ...body, userName: called(request) } }
    })
    await runChecks(runOptions(url, [creates]))
    t.same([...users], [])
  }
})

t.test('after a failure, requests in progress are awaited and their resources removed', async t => {
  const arrival = Promise.withResolvers<void>()
  const failure = Promise.withResolvers<void>()
  const breaks = async () => {
    await arrival.promise
    failure.resolve()
    throw new Error('It broke.')
  }
  const both = check('rfc/both', async context => {
    await Promise.all([context.post('/Users', context.sample(context.users)), breaks()])
  })
  const { url, users } = await serverOf(t, async request => {
    arrival.resolve()
    await failure.promise
    users.set('/Users/9', called(request))
    return { status: 201, body: { id: '9' } }
  })
  await runChecks(runOptions(url, [both]))
  t.same([...users], [])
})

t.test('resources created without a response are found by name and removed', async t => {
  const { url, users } = await serverOf(t, request => void users.set('/Users/9', called(request)))
  const { result } = await runChecks(runOptions(url, [creates]))
  t.same([...users], [])
  t.same(result.leftBehind, [])
})

t.test('without filters they are found in the list; if no search is possible, they are reported', async t => {
  for (const canList of [true, false]) {
    const users = new Map([['/Users/1', 'mira']])
    const { url } = await smallServer(t, request => {
      const { method, path } = request
      if (method === 'POST') return void users.set('/Users/9', called(request))
      if (method === 'DELETE') return { status: users.delete(path) ? 204 : 404 }
      if (path === '/ServiceProviderConfig') return { body: {} }
      if (!canList || path.includes('filter')) return { status: 400 }
      return list([...users].map(([path, userName]) => ({ id: path.replace('/Users/', ''), userName })))
    })
    const { result } = await runChecks(runOptions(url, [creates]))
    t.same([...users.keys()], canList ? ['/Users/1'] : ['/Users/1', '/Users/9'])
    const { mark } = result
    // A check whose connection is lost runs three times.
    t.same(
      result.leftBehind.map(({ path, name }) => [path, name]),
      canList ? [] : [1, 2, 3].map(number => ['/Users', `${mark}-${number}`]),
    )
  }
})

t.test('a resource created by a 201 without an id is found by its name, in any case', async t => {
  const shouts = check('rfc/shouts', async context => {
    const { userName } = context.sample(context.users)
    await context.post('/Users', context.sample(context.users, { userName: String(userName).toUpperCase() }))
  })
  for (const id of [undefined, 'undefined']) {
    let server = ''
    const { url, users } = await serverOf(
      t,
      request => {
        users.set('/Users/9', called(request))
        return { status: 201, body: { id }, headers: { location: `${server}/Users/undefined` } }
      },
      new Map([['/Users/1', 'mira']]),
    )
    server = url
    const { result } = await runChecks(runOptions(url, [shouts]))
    t.same([...users.values()], ['mira'])
    t.same(result.leftBehind, [])
  }
})

t.test('a resource that still exists after a successful DELETE is reported with its name', async t => {
  const { url, token } = await peerServer(t, peerOf('writes-without-effect'), 'rfc')
  const { result } = await runChecks(runOptions(url, [creates], { token }))
  const { mark } = result
  t.match(result.leftBehind, [
    {
      path: /^\/Users\/[^/]+$/,
      name: `${mark}-1`,
      reason: 'DELETE reported success, but the resource still exists',
    },
  ])
})

t.test('a resource renamed by a partly failed update is found by its mark', async t => {
  const { url, users } = await serverOf(t, request => {
    users.set('/Users/1', called(request))
    users.set('/Users/2', `${called(request)}-copy`)
    return { status: 201, body: { id: '1', userName: called(request) } }
  })
  const { result } = await runChecks(runOptions(url, [creates]))
  t.same([...users], [])
  t.same(result.leftBehind, [])
})

t.test('a rate-limited removal is retried after Retry-After', async t => {
  let refusals = 3
  const { url, requests } = await smallServer(t, ({ method }) => {
    if (method === 'POST') return { status: 201, body: { id: '1' } }
    if (method === 'DELETE' && refusals-- > 0) return { status: 429, headers: { 'retry-after': '0' } }
    return method === 'GET' ? { body: {} } : { status: 204 }
  })
  const { result } = await runChecks(runOptions(url, [creates]))
  t.same(result.leftBehind, [])
  t.equal(requests.filter(({ method }) => method === 'DELETE').length, 4)
  t.same(result.notes.slice(-1), ['3 responses were 429 (too many requests); retried after waiting.'])
})
