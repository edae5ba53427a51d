import { closeSync, existsSync, openSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError } from '../../../src/server/config.ts'
import { checkTokenFile, writeToken } from '../../../src/server/first-tenant.ts'
import { newTokenText } from '../../../src/tenants/tokens.ts'

t.test(
  'a token is written to a new file, which a process that has the earlier one open does not see',
  async t => {
    const file = join(t.testdir({}), 'token')
    const [first, second] = [newTokenText(), newTokenText()]
    writeToken(file, first)
    const opened = openSync(file, 'r')
    checkTokenFile(file)
    writeToken(file, second)
    t.equal(readFileSync(opened, 'utf8'), `${first}\n`)
    t.equal(readFileSync(file, 'utf8'), `${second}\n`)
    t.equal(statSync(file).mode & 0o777, 0o600)
    closeSync(opened)
  },
)

t.test('a token is not written through a link, and the files next to it are untouched', async t => {
  const folder = t.testdir({ other: 'Dear Anna' })
  const [file, link, other] = ['token', 'link', 'other'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeToken(file, newTokenText())
  for (const target of [file, join(folder, 'nowhere')]) {
    symlinkSync(target, `${link}-${target.length}`)
    t.throws(() => checkTokenFile(`${link}-${target.length}`), ConfigError)
  }
  symlinkSync(other, `${file}.part`)
  writeToken(file, newTokenText())
  t.equal(readFileSync(other, 'utf8'), 'Dear Anna')
  t.notOk(existsSync(join(folder, 'nowhere')))
})
