import t from 'tap'
import { groupBody, patchOp, userBody } from '../../scripts/endure/client.ts'
import { until } from '../support/cluster.ts'
import { watchEvents } from '../support/event-stream.ts'
import { type Instance, startInstances } from '../support/instances.ts'
import { createSigningKey, signJwt, startIssuer } from '../support/jwt-issuer.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'

t.jobs = 1

type Three = readonly [Instance, Instance, Instance]

t.test('three instances over one database', { skip: skipWithoutPostgres }, async t => {
  const [a, b, c] = (await startInstances(t, await createSchema(t), 3)) as unknown as Three
  const all: Three = [a, b, c]

  await t.test('instances that start at once create one tenant with one token', async t => {
    for (const { api } of all) {
      const tenants = await api('GET', '/tenants')
      const tokens = await api('GET', '/tenants/acme/tokens')
      t.same([tenants.body.items.length, tokens.body.items.length], [1, 1])
    }
  })

  await t.test('a token that was deleted on one instance is rejected by the others', async t => {
    const accepted = new Set<number>()
    const rejected = new Set<number>()
    for (let round = 0; round < 100; round++) {
      const deleting = all[round % 3] as Instance
      const { body: token } = await deleting.api('POST', '/tenants/acme/tokens', {})
      const request = async ({ scimAs }: Instance) =>
        (await scimAs(token.value)('GET', '/ServiceProviderConfig')).status
      for (const status of await Promise.all(all.map(request))) accepted.add(status)
      await deleting.api('DELETE', `/tenants/acme/tokens/${token.id}`)
      for (const status of await Promise.all(all.map(request))) rejected.add(status)
    }
    t.same([...accepted], [200], 'each new token is accepted')
    t.same([...rejected], [401], 'each deleted token is rejected')
  })

  await t.test('a tenant that was created on one instance is served by the others', async t => {
    t.equal((await a.api('POST', '/tenants', { id: 'other', profile: 'rfc' })).status, 201)
    const { body: token } = await b.api('POST', '/tenants/other/tokens', {})
    const created = await c.scimAs(token.value, 'other')('POST', '/Users', userBody('moe'))
    t.equal(created.status, 201)
    const found = await a.scimAs(token.value, 'other')('GET', `/Users/${created.body.id}`)
    t.equal(found.body.userName, 'moe')
    t.equal((await b.api('DELETE', '/tenants/other')).status, 204)
    t.equal((await a.scimAs(token.value, 'other')('GET', '/Users')).status, 401)
  })

  await t.test('TS-067 TS-043 a credential that one instance revokes is rejected by the others', async t => {
    const key = await createSigningKey('one')
    const issuer = await startIssuer(t, key.jwk)
    t.equal((await a.api('POST', '/tenants', { id: 'oauth', profile: 'entra' })).status, 201)
    const exp = Math.floor(Date.now() / 1000) + 3600
    const jwt = await signJwt(key, { iss: issuer.issuer, aud: 'scim', sub: 'script', exp })
    const statuses = (token: string) =>
      Promise.all(all.map(async ({ scimAs }) => (await scimAs(token, 'oauth')('GET', '/Users')).status))
    const path = '/tenants/oauth'
    for (let round = 0; round < 3; round++) {
      const [first, second] = [all[round], all[(round + 1) % 3]] as unknown as readonly [Instance, Instance]
      const { body: client } = await first.api('POST', `${path}/clients`, {})
      const getToken = async ({ base }: Instance, secret: string) => {
        const response = await fetch(new URL('/oauth/oauth2/token', base), {
          method: 'POST',
          body: new URLSearchParams({
            ...{ grant_type: 'client_credentials', client_id: client.id, client_secret: secret },
          }),
        })
        const { access_token: token } = (await response.json()) as { readonly access_token?: string }
        return token ?? String(response.status)
      }
      const [revoked, ofSecret] = [
        await getToken(second, client.secret.value),
        await getToken(c, client.secret.value),
      ]
      t.same([await statuses(revoked), await statuses(ofSecret)], [Array(3).fill(200), Array(3).fill(200)])
      const { body: tokens } = await first.api('GET', `${path}/access-tokens?client=${client.id}`)
      const known = tokens.items.find(({ ending }: { readonly ending: string }) => revoked.endsWith(ending))
      t.equal((await first.api('DELETE', `${path}/access-tokens/${known.id}`)).status, 204)
      t.same([await statuses(revoked), await statuses(ofSecret)], [Array(3).fill(401), Array(3).fill(200)])
      const secret = `${path}/clients/${client.id}/secrets/${client.secret.id}`
      t.equal((await second.api('DELETE', secret)).status, 204)
      t.same(await statuses(ofSecret), Array(3).fill(401))
      t.same(await Promise.all(all.map(one => getToken(one, client.secret.value))), Array(3).fill('401'))

      const settings = { kind: 'oauth', issuer: issuer.issuer, audiences: ['scim'] }
      const { body: trusted } = await second.api('POST', `${path}/issuers`, settings)
      t.same(await statuses(jwt), Array(3).fill(200))
      t.equal((await first.api('DELETE', `${path}/issuers/${trusted.id}`)).status, 204)
      t.same(await statuses(jwt), Array(3).fill(401), 'although all have verified and remembered it')
    }
  })

  await t.test('a cursor of one instance is continued by the others', async t => {
    const names = ['moe', 'apu', 'ned', 'lou', 'bart', 'lisa', 'otto']
    for (const name of names) t.equal((await a.scim('POST', '/Users', userBody(name))).status, 201)
    const walk = async (query: string) => {
      const found: string[] = []
      let cursor = ''
      for (let page = 0; page === 0 || cursor; page++) {
        const { scim } = all[page % 3] as Instance
        const { status, body } = await scim('GET', `/Users?${query}&cursor=${encodeURIComponent(cursor)}`)
        t.equal(status, 200)
        found.push(...body.Resources.map((user: { readonly userName: string }) => user.userName))
        cursor = body.nextCursor ?? ''
      }
      return found
    }
    t.same(await walk('count=2'), names)
    t.same(await walk('count=2&sortBy=userName'), names.toSorted())
    t.same(await walk('count=2&sortBy=userName&sortOrder=descending'), names.toSorted().toReversed())
  })

  await t.test('a fault applies to every third request, whichever instance receives it', async t => {
    const fault = await b.api('POST', '/faults', {
      match: { methods: ['POST'], type: 'Group', every: 3 },
      effect: { kind: 'status', status: 500 },
    })
    t.equal(fault.status, 201)
    const statuses: number[] = []
    for (const { scim } of [a, b, c, c, a, b, b, c, a]) {
      statuses.push((await scim('POST', '/Groups', groupBody(`group ${statuses.length}`))).status)
    }
    t.same(statuses, [201, 201, 500, 201, 201, 500, 201, 201, 500])
    t.equal((await c.api('DELETE', '/faults')).status, 204)
    t.same((await a.api('GET', '/faults')).body.items, [])
  })

  await t.test('the stream of one instance has the requests to all, once each', async t => {
    const stream = await watchEvents(t, `${b.console}/api/v1/events`)
    await stream.nextCalled('hello')
    const expected = Array.from({ length: 30 }, (_, at) => `/Users/nobody-${at}`)
    await Promise.all(expected.map((path, at) => (all[at % 3] as Instance).scim('GET', path)))
    const seen: string[] = []
    const ids: string[] = []
    const analyzed = new Set<string>()
    while (seen.length < expected.length || !ids.every(id => analyzed.has(id))) {
      const { event, data } = (await stream.next()) ?? { event: 'end' }
      if (event === 'end') throw new Error('The stream ended.')
      // Other instances may still write the requests of earlier tests.
      if (event === 'exchange' && data.url.includes('/nobody-')) {
        seen.push(data.url.replace('/acme/scim/v2', ''))
        ids.push(data.id)
      }
      if (event === 'analyzed') for (const { id } of data.items) analyzed.add(id)
    }
    t.same(seen.toSorted(), expected.toSorted())
    await a.scim('GET', '/Users/the-last')
    t.match((await stream.nextCalled('exchange'))?.data.url, /the-last$/, 'none appears again')
  })

  await t.test('a snapshot that one instance restores is visible on the others', async t => {
    const { body: before } = await b.scim('GET', '/Users?count=0')
    const { body: saved } = await a.api('POST', '/snapshots', { name: 'before' })
    const { body: user } = await c.scim('POST', '/Users', userBody('unsaved'))
    t.equal((await b.scim('GET', `/Users/${user.id}`)).status, 200)
    t.equal((await a.api('POST', `/snapshots/${saved.id}/restore`)).status, 200)
    for (const { scim } of all) {
      t.equal((await scim('GET', `/Users/${user.id}`)).status, 404)
      t.equal((await scim('GET', '/Users?count=0')).body.totalResults, before.totalResults)
    }
  })

  await t.test('an instance that was suspended rejects requests until it has read what changed', async t => {
    const { body: token } = await a.api('POST', '/tenants/acme/tokens', {})
    const request = c.scimAs(token.value)
    t.equal((await request('GET', '/Users')).status, 200)
    c.signal('SIGSTOP')
    // Waits for the lease of the suspended instance.
    t.equal((await a.api('DELETE', `/tenants/acme/tokens/${token.id}`)).status, 204)
    const first = Promise.all(Array.from({ length: 20 }, () => request('GET', '/Users')))
    c.signal('SIGCONT')
    const statuses = new Set((await first).map(({ status }) => status))
    let last = await request('GET', '/Users')
    while (last.status === 503) {
      t.equal(last.headers['retry-after'], '1')
      last = await request('GET', '/Users')
    }
    t.equal(statuses.has(200), false)
    t.equal(last.status, 401)
    t.equal((await c.scim('GET', '/Users')).status, 200)
    t.equal(await c.readiness(), 200)
  })

  await t.test(
    'what a killed instance has acknowledged is on the others, and its work is taken over',
    async t => {
      const { body: user } = await a.scim('POST', '/Users', userBody('killed'))
      const { body: group } = await c.scim('POST', '/Groups', groupBody('killed'))
      const add = { op: 'add', path: 'members', value: [{ value: user.id }] }
      const remove = { op: 'remove', path: `members[value eq "${user.id}"]` }
      const rename = { op: 'replace', path: 'title', value: 'renamed' }
      for (const change of [add, remove]) await a.scim('PATCH', `/Groups/${group.id}`, patchOp(change))
      await c.scim('PATCH', `/Users/${user.id}`, patchOp(rename))
      const last = await a.scim('GET', `/Users/${user.id}`)
      const newest = async () => (await b.api('GET', '/exchanges?limit=50')).body.items
      // Each instance writes its part of the journal after the response: these are the last requests to both.
      const isWritten = async (method: string) =>
        (await newest()).some(
          (item: { readonly method: string; readonly url: string }) =>
            item.method === method && item.url.endsWith(user.id),
        )
      await until(async () => (await isWritten('GET')) && (await isWritten('PATCH')))
      a.signal('SIGKILL')
      c.signal('SIGKILL')
      await Promise.all([a.ended, c.ended])

      t.same((await b.scim('GET', `/Users/${user.id}`)).body.title, last.body.title)
      const { body: history } = await b.api('GET', `/tenants/acme/users/${user.id}/history`)
      const actions = history.items.map((entry: { readonly action: string }) => entry.action)
      t.equal(actions.length, 4, actions.join())
      await b.scim('GET', '/Users/after-the-kill')
      await until(async () => {
        const items: readonly { readonly url: string; readonly analyzed: boolean }[] = await newest()
        return items[0]?.url.endsWith('after-the-kill') === true && items.every(({ analyzed }) => analyzed)
      })
      const writes = (await newest()).filter(
        (item: { readonly method: string; readonly url: string }) =>
          [user.id, group.id].some(id => item.url.endsWith(id)) && item.method === 'PATCH',
      )
      t.equal(writes.length, 3)
    },
  )
})
