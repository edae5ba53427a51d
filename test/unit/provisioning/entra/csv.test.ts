import t from 'tap'
import { type CsvError, type CsvRecord, csvRecords } from '../../../../src/provisioning/kit/directory/csv.ts'
import { turnsDuring, useSlowClock } from '../../../support/slow-clock.ts'

async function readCsv(text: string) {
  const errors: CsvError[] = []
  const records: CsvRecord[] = []
  for await (const record of csvRecords(text, error => errors.push(error))) records.push(record)
  return { records, errors }
}

const fieldsOf = async (text: string) => (await readCsv(text)).records.map(({ fields }) => fields)

t.test('fields are separated by commas, records by line breaks of any kind', async t => {
  t.same(await fieldsOf('a,b\r\nc,d\ne,\r,f'), [
    ['a', 'b'],
    ['c', 'd'],
    ['e', ''],
    ['', 'f'],
  ])
})

t.test('a quoted field may contain commas, quotes and line breaks', async t => {
  t.same(await readCsv('"a,b","say ""hi""","two\r\nlines"\nc,"",e'), {
    records: [
      { line: 1, fields: ['a,b', 'say "hi"', 'two\r\nlines'] },
      { line: 3, fields: ['c', '', 'e'] },
    ],
    errors: [],
  })
})

t.test('the last line may end with or without a line break, and empty lines are skipped', async t => {
  t.same(await fieldsOf('a,b\n\nc,d\n'), [
    ['a', 'b'],
    ['c', 'd'],
  ])
  t.same(await fieldsOf(''), [])
  t.same(await fieldsOf('a,'), [['a', '']])
})

t.test('lines are counted across empty lines, empty quoted fields and line breaks of any kind', async t => {
  const { records } = await readCsv('\n\r\na\r\rb\n""\n"c\n\r\rd\r\n"\r\ne\n\n\nf')
  t.same(
    records.map(({ line, fields }) => [line, fields[0]]),
    [
      [3, 'a'],
      [5, 'b'],
      [7, 'c\n\r\rd\r\n'],
      [12, 'e'],
      [15, 'f'],
    ],
  )
})

t.test('semicolons separate fields if the first line has no comma', async t => {
  t.same(await fieldsOf('a;b\n"x, y";z'), [
    ['a', 'b'],
    ['x, y', 'z'],
  ])
})

t.test('a text that spans several chunks is read completely', async t => {
  for (const before of [32_764, 32_765, 32_766, 32_767, 32_768]) {
    const long = 'x'.repeat(before)
    t.same(await fieldsOf(`${long}😀"\n`.replace('"', '')), [[`${long}😀`]])
    t.same(await fieldsOf(`"${long}""😀"\r\n"",b`), [[`${long}"😀`], ['', 'b']])
  }
})

t.test('a wrong quote is reported with line, field and remedy, and ends the reading', async t => {
  t.same(await readCsv('a\n"b\nc\n'), {
    records: [{ line: 1, fields: ['a'] }],
    errors: [
      {
        line: 2,
        message:
          'field 1 has an opening quote but no closing one. Add it, or double a quote that is part of the text.',
      },
    ],
  })
  t.same(await readCsv('a,b\n\n"x\r\ny",z\n"b",c,"d"e\nf\n'), {
    records: [
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['x\r\ny', 'z'] },
    ],
    errors: [
      {
        line: 5,
        message: 'field 3 has text after its closing quote. Double the quotes inside a quoted field.',
      },
    ],
  })
  t.same((await readCsv('a\n\n6" nail')).errors, [
    {
      line: 3,
      message:
        'field 1 contains a quote but does not start with one. Enclose the field in quotes and double those inside.',
    },
  ])
})

t.test('other work runs while a large file is read', async t => {
  const row = `"user@example.com","${'x, '.repeat(60)}",True,"742 Evergreen\r\nTerrace"\r\n`
  const text = 'a,b,c,d\r\n'.concat(row.repeat(50_000))
  useSlowClock(t)
  const reading = readCsv(text)
  const turns = await turnsDuring(reading)
  const { records } = await reading
  t.equal(records.length, 50_001)
  t.ok(turns > 100, `${turns} turns of the event loop`)
})
