import { gzipSync } from 'node:zlib'
import t from 'tap'
import {
  embeddableJson,
  plainBlock,
  readBlocks,
  type UnpackedLimits,
  writeBlock,
} from '../../../../src/traffic/session-file.ts'

const fileOf = (...blocks: readonly string[]) =>
  Buffer.from(`<!doctype html>\n${plainBlock('session', ['[]'])}${blocks.join('')}</html>`)

const read = (file: Buffer, limits?: UnpackedLimits) =>
  [...readBlocks(file, limits)].map(({ name, text }) => [name, text])

async function written(name: string, ...texts: readonly string[]): Promise<string> {
  const portions: string[] = []
  for await (const portion of writeBlock(name, texts)) portions.push(portion)
  return portions.join('')
}

const packed = (bytes: Buffer) =>
  `<script type="application/gzip" data-block="requests">${bytes.toString('base64')}</script>`

t.test('a block is read as it was written, compressed', async t => {
  const items = Array.from({ length: 5000 }, (_, at) => ({
    at,
    text: `</script><!-- ${at} \u2028 é 💡 \ud800`,
  }))
  const texts = items.map(item => `${embeddableJson(item)},`)
  const block = await written('requests', '[', ...texts, '0]')
  const text = ['[', ...texts, '0]'].join('')
  t.match(block, /^<script type="application\/gzip" data-block="requests">[\w+/]+=*<\/script>\n$/)
  t.ok(block.length < text.length / 5)
  t.same(read(fileOf(block, plainBlock('cycles', ['[1]']))), [
    ['session', '[]'],
    ['requests', text],
    ['cycles', '[1]'],
  ])
})

t.test('a block that compresses beyond the limit of readers stays text', async t => {
  const text = JSON.stringify(['é'.repeat(2_000_000)])
  const block = await written('requests', text)
  t.equal(block, plainBlock('requests', [text]))
  t.same(read(fileOf(block))[1], ['requests', text])
})

t.test('a file decompresses within limits', async t => {
  const limits = { total: 100_000, block: 40_000, ratio: 10 }
  const refused = (message: RegExp, ...blocks: readonly string[]) =>
    t.throws(() => read(fileOf(...blocks), limits), { name: 'SessionFileError', message })
  const random = (length: number) => gzipSync(Buffer.from(Array.from({ length }, (_, at) => (at * at) >> 5)))
  const spaces = gzipSync(Buffer.alloc(10_000, ' '))
  refused(/decompresses to more than 10 times its size/, packed(spaces))
  refused(/decompresses to more than 10 times its size/, packed(Buffer.concat([spaces, spaces])))
  refused(/a data block is larger than/, packed(random(40_001)))
  refused(/a data block is larger than/, plainBlock('requests', [' '.repeat(40_001)]))
  const block = packed(random(40_000))
  t.equal(read(fileOf(block, block), limits).length, 3)
  refused(/its data is larger than .* Export a part/, block, block, block)
})

t.test('damaged data is found', async t => {
  const bytes = gzipSync(JSON.stringify(Array.from({ length: 1000 }, (_, at) => at * at)))
  const changed = Buffer.from(bytes)
  changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1
  for (const damaged of [bytes.subarray(0, -1), bytes.subarray(0, 100), changed, Buffer.alloc(0)]) {
    t.throws(() => read(fileOf(packed(damaged))), {
      name: 'SessionFileError',
      message: /^The session file is damaged: a data block cannot be decompressed\./,
    })
  }
  t.throws(() => read(fileOf(packed(bytes).replace('</script>', ''))), { message: /a data block has no end/ })
})
