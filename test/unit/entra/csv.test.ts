import t from 'tap'
import { readCsv } from '../../../src/entra/directory/csv.ts'

const fieldsOf = (text: string) => readCsv(text).records.map(({ fields }) => fields)

t.test('fields are separated by commas, records by line breaks of any kind', async t => {
  t.same(fieldsOf('a,b\r\nc,d\ne,\r,f'), [
    ['a', 'b'],
    ['c', 'd'],
    ['e', ''],
    ['', 'f'],
  ])
})

t.test('a quoted field may hold commas, quotes and line breaks', async t => {
  t.same(readCsv('"a,b","say ""hi""","two\r\nlines"\nc,"",e'), {
    records: [
      { line: 1, fields: ['a,b', 'say "hi"', 'two\r\nlines'] },
      { line: 3, fields: ['c', '', 'e'] },
    ],
    errors: [],
  })
})

t.test('the last line may end with or without a line break, and empty lines are none', async t => {
  t.same(fieldsOf('a,b\n\nc,d\n'), [
    ['a', 'b'],
    ['c', 'd'],
  ])
  t.same(fieldsOf(''), [])
  t.same(fieldsOf('a,'), [['a', '']])
})

t.test('a quote in the middle of a field is a quote', async t => {
  t.same(fieldsOf('6" nail,b'), [['6" nail', 'b']])
})

t.test('semicolons separate where the first line has no comma', async t => {
  t.same(fieldsOf('a;b\n"x, y";z'), [
    ['a', 'b'],
    ['x, y', 'z'],
  ])
})

t.test('a quote that nothing closes is told with the line it was opened in', async t => {
  t.same(readCsv('a\n"b\nc\n').errors, [{ line: 2, message: 'unclosed quote.' }])
})

t.test('text after a closing quote is told', async t => {
  t.same(readCsv('a\n"b"c\n').errors, [
    { line: 2, message: 'text after a closing quote; double quotes inside a quoted field.' },
  ])
})
