import t from 'tap'
import type { SessionBlock, SessionItems } from '../../../src/contract/session-items.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

/** The data blocks of a session file. */
const blocksOf = (html: string): string => html.slice(html.indexOf('data-block='), html.indexOf('<script type="module">'))

const exportOf = async ({ console }: TestConsole, tenant: string, query = ''): Promise<string> =>
  (await console.inject(`/api/v1/tenants/${tenant}/session${query}`)).body

const open = async ({ console }: TestConsole, html: string, query = '') => {
  const response = await console.inject({
    method: 'POST',
    url: `/api/v1/tenants/open-session${query}`,
    headers: { 'content-type': 'text/html' },
    payload: html,
  })
  return { status: response.statusCode, body: response.json() }
}

t.test('an opened session', async t => {
  const source = await buildTestConsole(t)
  const { client, tenant } = source
  const anna = (await client.post('/Users', aUser('anna'))).body
  const ben = (await client.post('/Users', aUser('ben'))).body
  const sales = (await client.post('/Groups', aGroup('Sales', [anna.id]))).body
  await client.patch(`/Groups/${sales.id}`, patchOp({ op: 'add', path: 'members', value: [{ value: ben.id }] }))
  await client.patch(`/Users/${anna.id}`, patchOp({ op: 'replace', path: 'active', value: false }))
  await client.patch(`/Groups/${sales.id}`, patchOp({ op: 'remove', path: `members[value eq "${anna.id}"]` }))
  await client.delete(`/Users/${ben.id}`)
  await client.post('/Users', aUser('ben', { displayName: '' }))
  await client.post('/Users', aUser('anna'))
  const html = await exportOf(source, tenant.id)

  const target = await buildTestConsole(t)
  const opened = await open(target, html)
  t.match(opened, { status: 201, body: { id: `${tenant.id}-session` } })

  t.test('is exported as it was', async t => {
    t.equal(blocksOf(await exportOf(target, opened.body.id)), blocksOf(html))
  })
})
