import { gzipSync } from 'node:zlib'
import t from 'tap'
import { bundlePage } from '../../../src/console/bundle-page.ts'

const limit = 80_000

t.test('the page is small, gzipped, and has no schemas in it', async t => {
  const [script, style] = await bundlePage()
  const size = gzipSync(script).length + gzipSync(style).length
  t.ok(size < limit, `${size} bytes`)
  t.notMatch(Buffer.from(script).toString(), /ZodObject/, 'types come from zod, values do not')
})
