import { execFileSync } from 'node:child_process'
import t from 'tap'
import { tarEnd, tarHeader, tarPadding } from '../../../src/domain/tar.ts'

const archive = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, text]) => {
      const content = Buffer.from(text)
      return [tarHeader(name, content.length), content, tarPadding(content.length)]
    }),
    tarEnd,
  ])

t.test('tar reads what is written', async t => {
  const long = `${'folder/'.repeat(20)}${'n'.repeat(90)}.json`
  const files = {
    'users.json': '{}',
    'memberships/ü.json': 'a'.repeat(512),
    [long]: 'b'.repeat(1025),
    'empty.json': '',
  }
  const folder = t.testdir({})
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive(files) })
  const read = Object.keys(files).map(name => [name, execFileSync('cat', [`${folder}/${name}`]).toString()])
  t.same(Object.fromEntries(read), files)
})

t.test('a name that does not fit is rejected', async t => {
  t.throws(() => tarHeader('n'.repeat(101), 0), { message: /is too long for a tar file/ })
  t.throws(() => tarHeader(`${'f'.repeat(156)}/n`, 0), { message: /is too long for a tar file/ })
})
