import { gzipSync } from 'node:zlib'
import t from 'tap'
import { bundlePage } from '../../../src/console/bundle-page.ts'

const limits = { start: 80_000, onDemand: 45_000 }

t.test('the code of the page is small, gzipped, and has no schemas in it', async t => {
  const [own, style, parts = new Map<string, Uint8Array>()] = await bundlePage('main', 'external')
  const imported = [
    ...Buffer.from(own)
      .toString()
      .matchAll(/from"\.\/([^"]+)"/g),
  ].map(([, name]) => name)
  const sizeOf = (files: readonly Uint8Array[]) => files.reduce((sum, file) => sum + gzipSync(file).length, 0)
  const [atStart, onDemand] = [true, false].map(isImported =>
    [...parts].filter(([name]) => imported.includes(name) === isImported).map(([, file]) => file),
  ) as [Uint8Array[], Uint8Array[]]
  const sizes = { start: sizeOf([own, style, ...atStart]), onDemand: sizeOf(onDemand) }
  t.comment(sizes)
  t.ok(sizes.start < limits.start, `${sizes.start} bytes before a page is shown`)
  t.ok(
    sizes.onDemand < limits.onDemand,
    `${sizes.onDemand} bytes of pages that are loaded when they are opened`,
  )
  const [script, , others = new Map<string, Uint8Array>()] = await bundlePage()
  for (const file of [script, ...others.values()])
    t.notMatch(Buffer.from(file).toString(), /ZodObject/, 'types come from zod, values do not')
})

t.test('the session viewer is one script and one style', async t => {
  const [script, style, parts] = await bundlePage('session-viewer')
  t.ok(script.length > 10_000)
  t.ok(style.length > 1000)
  t.same([...(parts ?? [])], [])
})
