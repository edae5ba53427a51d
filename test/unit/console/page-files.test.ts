import t from 'tap'
import { createPageFiles } from '../../../src/console/page.ts'

t.test('the page is bundled once for all requests', async t => {
  let bundlings = 0
  const pageFiles = createPageFiles(async () => {
    bundlings++
    return [Buffer.from('script'), Buffer.from('style')]
  })
  const [one, other] = await Promise.all([pageFiles(), pageFiles()])
  t.equal(one, other)
  t.equal(await pageFiles(), one)
  t.equal(bundlings, 1)
})

t.test('a failed bundling is repeated by the next request', async t => {
  let isBroken = true
  const pageFiles = createPageFiles(async () => {
    if (isBroken) throw new Error('A file is being written.')
    return [Buffer.from('script'), Buffer.from('style')]
  })
  await t.rejects(pageFiles(), { message: 'A file is being written.' })
  isBroken = false
  const { assets } = await pageFiles()
  t.same(
    [...assets.values()].slice(0, 2).map(({ content }) => content.toString()),
    ['script', 'style'],
  )
})
