import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { serverFor } from './server.ts'

const patched = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'Replace', path: 'title', value: 'Mayor' }],
}

t.test('the cycles of clients are listed', async t => {
  const { cli, scim, asEntra } = await serverFor(t)
  t.match(await cli('cycles'), { code: 0, out: 'No cycles yet.\n' })
  await scim('GET', '/Users')
  const { id } = await asEntra(
    'GET',
    '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22',
  ).then(() => asEntra('POST', '/Users', aUser('anna')))
  await asEntra('PATCH', `/Users/${id}`, patched)
  await cli('clock', 'advance', '6h40m')
  await scim('DELETE', `/Users/${id}`)
  const { code, out } = await cli('cycles', '--tenant', 'acme')
  const [head = '', later = '', line = '', script = '', ...rest] = out.split('\n')
  t.equal(code, 0)
  t.match(
    head,
    /^started +tenant +token +kind +client +dialect +requests +created +modified +disabled +deleted +failed +next +cycle$/,
  )
  t.match(line, /^\S+Z +acme +\S+ +cycle +Entra ID +default +3 +1 +1 +0 +0 +0 +\S+Z, overdue +[0-9a-f-]{36}$/)
  t.match(
    later,
    /^\S+Z \+6 h 40 min +acme +\S+ +ad-hoc requests, running +node +other +1 +0 +0 +0 +1 +0 +- +[0-9a-f-]{36}$/,
  )
  t.match(script, /^\S+Z +acme +\S+ +ad-hoc requests +node +other +1 +0 +0 +0 +0 +0 +- +[0-9a-f-]{36}$/)
  t.same(rest, [''])
  t.match(await cli('cycles', '--tenant', 'nobody'), { code: 0, out: 'No cycles yet.\n' })
  t.match(JSON.parse((await cli('cycles', '--json')).out), {
    items: [{ kind: 'ad-hoc' }, { tenant: 'acme', kind: 'cycle', requests: 3 }, { kind: 'ad-hoc' }],
  })
})

t.test('findings are listed with their fix', async t => {
  const { cli, scim } = await serverFor(t)
  t.match(await cli('findings'), { code: 0, out: 'No findings.\n' })
  const { id } = await scim('POST', '/Users', aUser('anna'))
  await scim('PATCH', `/Users/${id}`, patched)
  const { code, out } = await cli('findings', '--tenant', 'acme')
  t.equal(code, 0)
  t.match(out, /^note: Capitalized PATCH operations$/m)
  t.match(out, /^ {2}finding +client\/capitalised-operations$/m)
  t.match(out, /^ {2}from +ad-hoc requests$/m)
  t.match(out, /^ {2}seen +1 request, 1 object, last at \S+Z$/m)
  t.match(out, /^ {2}example +anna: An operation has the op "Replace"\.$/m)
  t.match(out, /^ {2}fix +\S/m)
  t.match(JSON.parse((await cli('findings', '--json')).out), { waiting: 0 })
  t.match(await cli('findings', '--tenant', 'nobody'), { code: 1, err: /There is no tenant "nobody"/ })
})
