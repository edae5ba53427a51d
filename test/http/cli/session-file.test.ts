import { readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { serverFor } from './server.ts'

t.test('a session is exported as one file', async t => {
  const { cli } = await serverFor(t)
  const file = `${t.testdir()}/session.html`
  t.same(await cli('session', 'export', file), { code: 0, out: `Saved to ${file}.\n`, err: '' })
  const html = readFileSync(file, 'utf8')
  t.match(html, /^<!doctype html>\n.*data-block="session">\[\{"format":2,"tenant":"acme",.*<\/html>\n$/s)
  t.equal(statSync(file).mode & 0o777, 0o600, 'only its owner may read it')

  t.same(await cli('session', 'export', file, 'status:4xx', 'method:GET', '--json'), {
    code: 0,
    out: `${JSON.stringify({ file }, undefined, 2)}\n`,
    err: '',
  })
  t.match(readFileSync(file, 'utf8'), '"q":"status:4xx method:GET"')
  t.match(await cli('session', 'export', file, 'colour:red'), { code: 1, err: /Invalid search: / })
  t.match(await cli('session', 'export', file, '--tenant', 'nobody'), { code: 1, err: /nobody/ })
  t.match(await cli('session', 'export'), { code: 2, err: /file/ })
})
