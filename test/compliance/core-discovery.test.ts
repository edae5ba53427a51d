import t from 'tap'
import type { CheckContext } from '../../scim-compliance/check.ts'
import { createClient } from '../../scim-compliance/client/client.ts'
import { fail } from '../../scim-compliance/expect.ts'
import { discover } from '../../scim-compliance/run/discovery.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { enterpriseUrn, groupUrn, userUrn } from '../../scim-compliance/scim.ts'
import { check, type Respond, runOptions, smallServer } from './small-server.ts'

async function discovered(t: Parameters<typeof smallServer>[0], respond: Respond) {
  const { url } = await smallServer(t, respond)
  const client = createClient(runOptions(url, []))
  t.teardown(client.close)
  return discover(url, path => client.send('GET', path))
}

const names = (types: readonly { readonly name: string; readonly endpoint: string }[]) =>
  types.map(({ name, endpoint }) => `${name} ${endpoint}`)

t.test('without discovery, a server is assumed to have the users and groups that exist', async t => {
  const { service, types, notes } = await discovered(t, ({ path }) =>
    path.startsWith('/Users') ? { body: { totalResults: 0 } } : { status: 404 },
  )
  t.same(names(types), ['User /Users'])
  t.same(
    types.map(({ extensions }) => extensions.map(({ schema }) => schema)),
    [[enterpriseUrn]],
  )
  t.equal(service.config, undefined)
  t.match(service.offers, { patch: true, bulk: undefined, sort: false, etag: false, indexPaging: true })
  t.equal(notes.length, 3)
})

t.test('lists are read in any format', async t => {
  const user = { name: 'User', endpoint: '/Users', schema: userUrn }
  const group = { name: 'Group', endpoint: '/Groups', schema: groupUrn }
  const shapes: Readonly<Record<string, unknown>> = {
    'a bare array': [user, group],
    'a list in lower case': { resources: [user, group] },
    'a list without a count': { Resources: [user, group] },
    'a list without paging that reports more resources': { totalResults: 9, Resources: [user, group] },
  }
  for (const [what, body] of Object.entries(shapes)) {
    const { types } = await discovered(t, ({ path }) =>
      path.startsWith('/ResourceTypes') ? { body } : { status: 404 },
    )
    t.same(names(types), ['User /Users', 'Group /Groups'], what)
  }
})

t.test('a list in pages is read completely', async t => {
  const types = ['A', 'B', 'C'].map(name => ({ name, endpoint: `/${name}`, schema: `urn:${name}` }))
  const answered = await discovered(t, ({ path }) => {
    const from = Number(/startIndex=(\d+)/.exec(path)?.[1] ?? 1)
    return path.startsWith('/ResourceTypes')
      ? { body: { totalResults: 3, Resources: types.slice(from - 1, from) } }
      : { status: 404 }
  })
  t.same(names(answered.types), ['A /A', 'B /B', 'C /C'])
})

t.test('endpoints are recognized in any notation, and booleans as strings', async t => {
  const { types, service } = await discovered(t, ({ path, headers }) => {
    if (path === '/ServiceProviderConfig')
      return { body: { patch: { supported: 'True' }, filter: { supported: true, maxResults: '50' } } }
    if (path !== '/ResourceTypes') return { status: 404 }
    return {
      body: {
        Resources: [
          { name: 'Whole', schema: 'urn:a', endpoint: `http://${headers.host}/scim/Whole` },
          { name: 'Path', schema: 'urn:b', endpoint: '/scim/Path/' },
          { name: 'Bare', schema: 'urn:c', endpoint: 'Bare' },
          { name: 'None', schema: 'urn:d' },
        ],
      },
    }
  })
  t.same(names(types), ['Whole /Whole', 'Path /Path', 'Bare /Bare'])
  t.match(service.offers, { patch: true, filter: { maxResults: 50 }, bulk: undefined })
})

t.test('a dropped connection affects only one list', async t => {
  const { types } = await discovered(t, ({ path }) =>
    path === '/Schemas' ? undefined : path === '/ServiceProviderConfig' ? { body: {} } : { status: 404 },
  )
  t.same(names(types), [])
})

t.test('a failure of discovery data refers to the exchange that contains it', async t => {
  const bodies: Readonly<Record<string, unknown>> = {
    '/ServiceProviderConfig': { patch: { supported: 'yes' } },
    '/Schemas': { Resources: [{ id: 'urn:x', attributes: [] }] },
  }
  const { url } = await smallServer(t, ({ path }) => ({ body: bodies[path] ?? {} }))
  const reads = (id: string, read: (context: CheckContext) => unknown) =>
    check(id, async context => {
      read(context)
      fail('something else', 'this')
    })
  const { result } = await runChecks(
    runOptions(url, [
      reads('rfc/discovery/config', context => context.service.config),
      reads('rfc/schemas/names', context => context.service.schemas),
    ]),
  )
  t.same(
    result.outcomes.map(({ exchange, exchanges }) => [
      exchanges,
      result.exchanges[(exchange ?? 0) - 1]?.url.replace(url, ''),
    ]),
    [
      [[1], '/ServiceProviderConfig'],
      [[2], '/Schemas'],
    ],
  )
})
