import t from 'tap'
import { readCsv } from '../../../src/entra/directory/csv.ts'

const fieldsOf = (text: string) => readCsv(text).records.map(({ fields }) => fields)

t.test('splits fields at commas and records at LF and CRLF', async t => {
  t.same(fieldsOf('a,b\r\nc,d\ne,\r,f'), [
    ['a', 'b'],
    ['c', 'd'],
    ['e', ''],
    ['', 'f'],
  ])
})

t.test('a quoted field can contain commas, quotes and line breaks', async t => {
  t.same(readCsv('"a,b","say ""hi""","two\r\nlines"\nc,"",e'), {
    records: [
      { line: 1, fields: ['a,b', 'say "hi"', 'two\r\nlines'] },
      { line: 3, fields: ['c', '', 'e'] },
    ],
    errors: [],
  })
})

t.test('the final line break is optional, and empty lines are skipped', async t => {
  t.same(fieldsOf('a,b\n\nc,d\n'), [
    ['a', 'b'],
    ['c', 'd'],
  ])
  t.same(fieldsOf(''), [])
  t.same(fieldsOf('a,'), [['a', '']])
})

t.test('a quote inside an unquoted field is literal', async t => {
  t.same(fieldsOf('6" nail,b'), [['6" nail', 'b']])
})

t.test('the separator is a semicolon if the first line has no comma', async t => {
  t.same(fieldsOf('a;b\n"x, y";z'), [
    ['a', 'b'],
    ['x, y', 'z'],
  ])
})

t.test('reports an unclosed quote with its line', async t => {
  t.same(readCsv('a\n"b\nc\n').errors, [{ line: 2, message: 'unclosed quote.' }])
})

t.test('reports text after a closing quote', async t => {
  t.same(readCsv('a\n"b"c\n').errors, [
    { line: 2, message: 'text after a closing quote; double quotes inside a quoted field.' },
  ])
})
