import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import {
  checksumOf,
  isTar,
  octal,
  readTarSize,
  tarBlock,
  tarHeader,
  tarPadding,
} from '../../../../src/storage/common/tar.ts'

const gibibyte = 1024 ** 3

t.test('a header has its checksum and a size of any length', async t => {
  for (const size of [0, 511, 8 * gibibyte - 1, 8 * gibibyte, 5000 * gibibyte]) {
    const header = tarHeader('scimulator.db', size, Date.UTC(2026, 11, 1))
    t.equal(header.length, tarBlock)
    t.ok(isTar(header))
    t.equal(readTarSize(header), size)
    t.equal(octal(header, 148, 8), checksumOf(header))
  }
})

t.test('tar lists and extracts the file', async t => {
  const file = `${t.testdir()}/archive.tar`
  const content = Buffer.from('hello')
  const rest = Buffer.alloc(tarPadding(content.length) + 2 * tarBlock)
  writeFileSync(file, Buffer.concat([tarHeader('a.txt', content.length, 0), content, rest]))
  t.equal(execFileSync('tar', ['-xOf', file], { encoding: 'utf8' }), 'hello')
  t.match(execFileSync('tar', ['-tvf', file], { encoding: 'utf8' }), /^-rw-------.* 5 .*a\.txt\n$/)
})
