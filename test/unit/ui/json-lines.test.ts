import t from 'tap'
import { jsonLines, pairLines } from '../../../src/ui/components/json-lines.ts'

t.test('lines of JSON are those of JSON.stringify, with pointers', async t => {
  const value = { name: { 'a/b': 'x' }, empty: [], list: [1, { two: null }], text: 'y' }
  const lines = jsonLines(value)
  t.equal(lines.map(({ text }) => text).join('\n'), JSON.stringify(value, null, 2))
  t.equal(lines.find(({ text }) => text.includes('a/b'))?.pointer, '/name/a~1b')
  t.equal(lines.find(({ text }) => text.includes('two'))?.pointer, '/list/1/two')
})

t.test('two documents are compared value by value', async t => {
  t.same(pairLines({ a: 1, b: 2, c: 3 }, { a: 1, c: 4, d: 5 }), [
    { before: '{', after: '{' },
    { before: '  "a": 1', after: '  "a": 1' },
    { before: '  "b": 2' },
    { before: '  "c": 3', after: '  "c": 4' },
    { after: '  "d": 5' },
    { before: '}', after: '}' },
  ])
  t.same(pairLines({}, { a: [] }), [{ before: '{}', after: '{' }, { after: '  "a": []' }, { after: '}' }])
})
