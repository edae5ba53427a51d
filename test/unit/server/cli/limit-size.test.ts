import t from 'tap'
import { limitSize } from '../../../../src/server/cli/mcp/limit-size.ts'
import { printableJson } from '../../../../src/server/cli/output.ts'

t.test('a response that fits is left alone', async t => {
  const response = { next: 'x', items: [{ at: null, count: 1, active: true, text: 'ü'.repeat(2000) }] }
  t.same(limitSize(response), { data: response, omitted: [] })
})

t.test('long lists, records and texts are cut, and it says where', async t => {
  const names = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`id-${at}`, 'Anna']))
  const { data, omitted } = limitSize({
    items: Array.from({ length: 60 }, () => ({ label: `${'x'.repeat(1999)}🙂`, tags: ['a'] })),
    names,
  })
  const { items, names: kept } = data as { readonly items: readonly object[]; readonly names: object }
  t.same(
    [items.length, items[0], Object.keys(kept).length],
    [25, { label: `${'x'.repeat(1000)}…`, tags: ['a'] }, 25],
  )
  t.same(omitted, [
    'items: the first 25 of 60.',
    'items[].label: the first 1000 characters of each text.',
    'names: the first 25 of 100.',
  ])
  const [first] = limitSize([`${'x'.repeat(1999)}🙂`]).data as readonly string[]
  t.equal(first, `${'x'.repeat(1999)}\ufffd…`, 'half a character is not left')
})

t.test('a response that is large in each part is an error that says what to do', async t => {
  const wide = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`part-${at}`, 'x'.repeat(200)]))
  const deep = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`part-${at}`, wide]))
  t.throws(() => limitSize(deep), {
    name: 'CliError',
    message: /larger than 64000 characters. Ask for less\.$/,
  })
})

t.test('it stays fast for the largest reports', async t => {
  const report = { objects: Array.from({ length: 20_000 }, (_, at) => ({ id: `${at}`, requests: [{ at }] })) }
  const start = performance.now()
  t.match(limitSize(report).omitted, ['objects: the first 50 of 20000.'])
  t.ok(performance.now() - start < 500)
})

t.test('counts characters as they are printed: names of clients may consist of controls', async t => {
  const names = Array.from({ length: 50 }, () => '\u202e'.repeat(1000))
  const { data, omitted } = limitSize(names)
  t.ok(printableJson(data).length <= 64_000)
  t.same(omitted, [': the first 12 of 50.', '[]: the first 500 characters of each text.'])
})
