import { gzipSync } from 'node:zlib'
import t from 'tap'
import { bundlePage } from '../../../src/console/bundle-page.ts'

const limit = 80_000

t.test('the code of the page is small, gzipped, and has no schemas in it', async t => {
  const [own, style] = await bundlePage('main', 'external')
  const size = gzipSync(own).length + gzipSync(style).length
  t.comment(`${size} bytes`)
  t.ok(size < limit, `${size} bytes`)
  const [script] = await bundlePage()
  t.notMatch(Buffer.from(script).toString(), /ZodObject/, 'types come from zod, values do not')
})
