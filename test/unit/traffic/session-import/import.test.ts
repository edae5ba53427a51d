import t from 'tap'
import { sessionHead, sessionTail } from '../../../../src/console/export/session.ts'
import type { SessionBlock, SessionItems } from '../../../../src/domain/contract/session-file.ts'
import { plainBlock } from '../../../../src/traffic/session-file.ts'
import { orderChanges } from '../../../../src/traffic/session-import/history.ts'
import { importSession } from '../../../../src/traffic/session-import/import.ts'

const at = '2026-11-27T09:00:00.000Z'
const viewer = { script: '', style: '' }

const facts: SessionItems['session'] = {
  format: 1,
  tenant: 'acme',
  profile: 'aws',
  exported: at,
  tenantTime: at,
  version: '1.0.0',
  types: [],
  onDelete: 'retain',
  throttle: 'off',
  switches: {},
  declared: { schemas: [], resourceTypes: [] },
  setup: [],
}

const request: SessionItems['requests'] = {
  id: '019aa0c4-0000-7000-8000-000000000001',
  tenant: 'acme',
  at,
  tenantTime: at,
  microseconds: 1,
  method: 'POST',
  url: '/acme/scim/v2/Users',
  status: 201,
  operation: 'create',
  action: 'create user',
  analyzed: true,
  client: 'entra',
  findings: [],
  request: { headers: {} },
  response: { headers: {} },
}

const resource: SessionItems['resources']['resource'] = {
  id: 'u1',
  type: 'User',
  status: 'active',
  label: 'anna@example.com',
  display: 'Anna',
  revisions: 1,
  created: at,
  lastModified: at,
  lastSeen: at,
  groups: [],
  document: {
    id: 'u1',
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'anna@example.com',
  },
}

type Blocks = { readonly [Name in SessionBlock]?: readonly unknown[] }

/** A session file with these items in place of valid ones; a text is the JSON of an item. */
function fileOf(blocks: Blocks = {}): string {
  const items = {
    session: [facts],
    requests: [request],
    resources: [{ resource, history: [] }],
    ...blocks,
  }
  const texts = Object.entries(items).map(([name, list]) =>
    plainBlock(name, [
      `[${list.map(item => (typeof item === 'string' ? item : JSON.stringify(item))).join()}]`,
    ]),
  )
  return [
    sessionHead({ tenant: { id: 'acme' }, headline: '', test: undefined }, viewer),
    ...texts,
    sessionTail(viewer),
  ].join('')
}

const destination = { tenant: 'copy', taken: [], prefix: 's00000000-' }
const importText = (file: string | Buffer) => importSession(Buffer.from(file), destination)

t.test('a session has rows for each table', async t => {
  const { checked, rows } = importText(fileOf())
  t.match(checked, { id: 'copy', settings: { profile: 'aws' }, counts: { resources: 1, exchanges: 1 } })
  t.same(
    [...rows()].map(({ table, rows }) => [table, rows.length]),
    [
      ['exchanges', 1],
      ['exchange_notes', 1],
      ['resources', 1],
      ['keys', 1],
    ],
  )
  t.equal(
    importSession(Buffer.from(fileOf()), { taken: ['acme-session'], prefix: 's0-' }).checked.id,
    'acme-session-2',
  )
})

t.test('an unusable file is refused with the reason, before it has rows', async t => {
  const refused = (file: string | Buffer, message: RegExp, name: string) =>
    t.throws(() => importText(file), { name: 'SessionFileError', message }, name)
  const withFacts = (members: object) => fileOf({ session: [{ ...facts, ...members }] })
  const withRequest = (members: object) => fileOf({ requests: [{ ...request, ...members }] })
  const withResource = (members: object, history: readonly object[] = []) =>
    fileOf({ resources: [{ resource: { ...resource, ...members }, history }] })
  const revision = { kind: 'revision', revision: 1, action: 'created', at, differences: [] }

  refused('', /not a session file/, 'an empty file')
  refused('<!doctype html><p>Hello', /not a session file/, 'another page')
  refused(Buffer.from([0xff, 0xfe, 0, 1, 2, 3]), /not a session file/, 'a binary file')
  refused(fileOf().slice(0, -100), /incomplete/, 'a truncated file')
  refused(fileOf().replaceAll('</script>', ''), /has no end/, 'a block without an end')
  refused(withFacts({ format: 99, version: '9.0.0' }), /Scimulator 9\.0\.0 has format 99/, 'a later format')
  refused(withFacts({ format: undefined }), /has no format/, 'a file without a format')
  refused(fileOf({ session: [] }), /does not begin/, 'a file without facts')
  refused(fileOf({ session: [facts, facts] }), /does not begin/, 'a file with two sessions')
  refused(fileOf({ requests: ['{"id":'] }), /no JSON array/, 'damaged JSON')
  refused(withFacts({ profile: '__proto__' }), /session\[0\]\.profile/, 'an unknown profile')
  refused(withFacts({ switches: { nope: 'x' } }), /no switch/, 'an unknown switch')
  refused(
    withFacts({ declared: { schemas: [{ id: 'x' }], resourceTypes: [] } }),
    /declared types/,
    'invalid types',
  )
  refused(withFacts({ tenantTime: '2020-01-01T00:00:00.000Z' }), /behind real time/, 'an impossible clock')
  refused(withRequest({ status: 'ok' }), /requests\[0\]\.status/, 'a wrong type')
  refused(withRequest({ status: 1e9 }), /invalid status/, 'a status that no response has')
  refused(withRequest({ id: '../../x' }), /not the ID/, 'an ID that is a path')
  refused(withRequest({ at: 'yesterday' }), /requests\[0\]\.at/, 'a time that is none')
  refused(fileOf({ requests: [request, request] }), /occurs twice/, 'a request twice')
  refused(withResource({ type: 'Device' }), /does not have/, 'an unknown type')
  refused(withResource({ id: 'x'.repeat(300) }), /longer than/, 'a long ID')
  refused(withResource({ document: undefined }), /no document/, 'a user without a document')
  refused(withResource({ document: { id: 'other' } }), /another ID/, 'the document of another user')
  refused(withResource({ document: { id: 'u1', x: 'y'.repeat(300_000) } }), /too large/, 'a large document')
  const levels = (depth: number): unknown => (depth === 0 ? 1 : { a: levels(depth - 1) })
  refused(withResource({ document: { id: 'u1', x: levels(64) } }), /more than 64 levels/, 'a deep document')
  refused(
    withResource({}, [{ ...revision, revision: 2 ** 40 }]),
    /invalid revision/,
    'a revision that is no number of one',
  )
  refused(withResource({}, [{ ...revision, exchange: "'; drop" }]), /not the ID/, 'a change by no request')
  refused(
    fileOf({
      resources: [
        { resource, history: [] },
        { resource, history: [] },
      ],
    }),
    /occurs twice/,
    'a user twice',
  )
  const nested = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
  const deep = JSON.stringify({ resource, history: [] }).replace(
    '"userName":',
    `"deep":${nested},"userName":`,
  )
  t.throws(() => importText(fileOf({ resources: [deep] })), 'a document that is nested too deeply')
})

t.test('names of JavaScript are only data', async t => {
  const document = `{"id":"u1","schemas":[],"userName":"a","__proto__":{"admin":true},"constructor":1}`
  const item = JSON.stringify({ resource, history: [] }).replace(JSON.stringify(resource.document), document)
  const [stored] = [...importText(fileOf({ resources: [item] })).rows()].flatMap(({ table, rows }) =>
    table === 'resources' ? rows : [],
  )
  t.equal(({} as { admin?: boolean }).admin, undefined)
  t.match(stored, { id: 'u1', label: 'anna@example.com' })
})

t.test('changes of several resources get one order', async t => {
  // A user was written at 20, after it had joined a group by a request from 30.
  t.same([...orderChanges([10, 30, 20], [[0, 1, 2], [1]])], [1, 2, 3])
  t.same([...orderChanges([20, 10], [[0], [1]])], [2, 1], 'by time without another order')
  t.throws(
    () =>
      orderChanges(
        [1, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    { name: 'SessionFileError', message: /contradict/ },
  )
})
