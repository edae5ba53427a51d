import t from 'tap'
import { openSqlite } from '../../src/sqlite/database.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { patchOp } from '../support/scim.ts'
import { startWith } from '../support/started-server.ts'

const token = 'a-token-for-attackers'
const attacks = [
  "'; drop table resources; --",
  "' or '1'='1",
  '"; delete from users; --',
  "') union select hash, 1, 1 from tokens --",
  "\\'; drop table tokens; --",
  '%',
  '_',
  "x' || (select text from tokens) || '",
  '$.password',
  'a" or ""="',
  ':id',
  '?1',
]

t.test('SQL in any text is stored as text', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const server = await startWith(t, [
    '--data',
    file,
    '--tenant',
    'acme',
    '--token',
    token,
    '--profile',
    'rfc',
  ])
  const statuses = new Set<number>()
  const send = async (url: string, method: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    statuses.add(response.status)
    const text = await response.text()
    return {
      status: response.status,
      body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
    }
  }
  const scim = (method: string, path: string, body?: unknown) =>
    send(server.endpoint + path, method, body, { authorization: `Bearer ${token}` })
  const api = (method: string, path: string, body?: unknown) =>
    send(`${server.console}/api/v1${path}`, method, body)

  for (const [at, attack] of attacks.entries()) {
    const inUrl = encodeURIComponent(attack)
    const literal = JSON.stringify(attack)
    const created = await scim('POST', '/Users', {
      ...aUser(attack, {
        displayName: attack,
        externalId: attack,
        emails: [{ value: attack, type: attack }],
      }),
      [enterpriseUrn]: { department: attack },
    })
    t.equal(created.status, 201, attack)
    const group = await scim('POST', '/Groups', aGroup(attack, [created.body.id]))
    t.equal(group.status, 201, attack)
    const found = async (filter: string) =>
      (await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults
    t.equal(await found(`userName eq ${literal}`), 1, `${attack} is found unchanged`)
    t.equal(
      await found(`userName co ${literal} and userName sw ${literal}`),
      1 + attacks.slice(0, at).filter(one => one.startsWith(attack)).length,
    )
    t.equal(await found(`emails[type eq ${literal} and value ew ${literal}]`), 1)
    t.equal(await found(`${enterpriseUrn}:department eq ${literal}`), 1)

    for (const name of ['filter', 'sortBy', 'attributes', 'cursor', 'startIndex', 'count', attack])
      await scim('GET', `/Users?${encodeURIComponent(name)}=${inUrl}`)
    for (const path of [attack, `emails[type eq ${literal}].value`, `name.${attack}`, `urn:x:${attack}`])
      await scim('PATCH', `/Users/${created.body.id}`, patchOp({ op: 'replace', path, value: attack }))
    for (const path of [`/Users/${inUrl}`, `/${inUrl}`, `/Schemas/${inUrl}`]) await scim('GET', path)
    await scim('DELETE', `/Users/${inUrl}`)
    await scim('POST', '/.search', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: attack,
      sortBy: attack,
    })

    for (const q of [
      attack,
      `user:${literal}`,
      `text:${literal}`,
      `-action:${literal}`,
      `tenant:${literal}`,
      `url:${literal}`,
    ])
      await api('GET', `/exchanges?q=${encodeURIComponent(q)}`)
    for (const name of ['tenant', 'method', 'action', 'status', 'target', 'cursor', 'limit', 'since'])
      await api('GET', `/exchanges?${name}=${inUrl}`)
    for (const name of ['q', 'search', 'status', 'cursor', 'at', 'sort']) {
      await api('GET', `/tenants/acme/users?${name}=${inUrl}`)
      await api('GET', `/tenants/acme/groups?${name}=${inUrl}`)
      await api('GET', `/findings?${name}=${inUrl}`)
      await api('GET', `/cycles?${name}=${inUrl}`)
    }
    for (const path of [
      `/tenants/${inUrl}/users`,
      `/tenants/acme/users/${inUrl}/timeline`,
      `/exchanges/${inUrl}`,
      `/cycles/${inUrl}`,
    ])
      await api('GET', path)
    await api('POST', '/tenants', { id: attack })
    await api('PATCH', '/tenants/acme', { switches: { [attack]: attack } })
    await api('POST', '/tenants/acme/stale/purge', { ids: [attack] })
    const saved = await api('POST', '/snapshots', { name: attack })
    t.equal(saved.body.name, attack)
    await api('POST', `/snapshots/${inUrl}/restore`)
    t.equal((await api('DELETE', `/snapshots/${saved.body.id}`)).status, 204)
    const fault = {
      name: attack,
      match: { text: attack, type: attack, tenant: attack },
      effect: { kind: 'status', status: 500, detail: attack },
    }
    const activated = await api('POST', '/faults', fault)
    if (activated.status === 201) await api('DELETE', `/faults/${activated.body.id}`)
  }
  t.notOk(
    [...statuses].some(status => status >= 500),
    [...statuses].join(', '),
  )
  t.equal((await scim('GET', '/Users?count=1')).body.totalResults, attacks.length)
  t.equal((await scim('GET', '/Groups?count=1')).body.totalResults, attacks.length)
  await server.close()

  const db = openSqlite(file)
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  const names = db.prepare<[], string>(`select document ->> 'userName' from resources where type = 'User'`)
  t.same(names.pluck().all(), attacks, 'each is stored as sent')
  t.same(db.prepare('select count(*) from tokens').pluck().get(), 1)
  db.close()
})
