import fc from 'fast-check'
import t from 'tap'
import { compact, findJsonError } from '../../../src/scim/json.ts'
import { parseDateTime } from '../../../src/scim/read-value.ts'
import { assertProperty } from '../../support/property.ts'

t.test('compact omits undefined members and keeps the order of the others', async t => {
  const value = compact({ b: 1, gone: undefined, a: null, empty: '', no: false })
  t.equal(JSON.stringify(value), '{"b":1,"a":null,"empty":"","no":false}')
  t.notOk('gone' in value)
})

t.test('compact makes members that may be undefined optional', async t => {
  const name: string | undefined = ['x'].find(text => text === 'y')
  const value: { readonly id: number; readonly name?: string } = compact({ id: 1, name })
  t.same(Object.keys(value), ['id'])
})

const unclosed = 'string without a closing quote on this line. Close it, and write line breaks as \\n.'

const broken: readonly (readonly [json: string, line: number, column: number, message: string])[] = [
  ['', 1, 1, 'unexpected end of the text.'],
  ['{"value": [', 1, 12, 'unexpected end of the text.'],
  ['{"a": 1', 1, 8, 'unexpected end of the text.'],
  ['{"a": "x', 1, 7, unclosed],
  ['{"a": 1,}', 1, 9, 'a comma must not precede }. Remove it.'],
  ['{"a": 1, b', 1, 10, 'expected a name in double quotes.'],
  ['{a: 1}', 1, 2, 'expected a name in double quotes or }.'],
  ['{"a" 1}', 1, 6, 'expected a colon after the name.'],
  ['{"a": 1 "b": 2}', 1, 9, 'expected a comma or }.'],
  ['[1 2]', 1, 4, 'expected a comma or ].'],
  ['[1, 2, x]', 1, 8, 'expected a value.'],
  ['[1,\n 2,\n]', 3, 1, 'a comma must not precede ]. Remove it.'],
  ['{"value": [\r\n  {"id": "x"},\r\n  {"id": tru}\r\n]}', 3, 10, 'expected a value.'],
  ['["a\nb"]', 1, 2, unclosed],
  ['["a\tb"]', 1, 2, 'string with a control character. Escape it, such as a tab as \\t.'],
  ['["\\u12g4"]', 1, 2, 'string with an invalid \\u escape sequence. Four hexadecimal digits must follow.'],
  ['[1.]', 1, 2, 'incomplete number. Digits must follow.'],
  ['[-]', 1, 2, 'expected a value or ].'],
  ['{"a": 1 /* one */}', 1, 9, 'JSON has no comments. Remove the comment.'],
  ['{"a": 1]', 1, 8, 'expected a comma or }.'],
  ['\ufeff{}', 1, 1, 'expected a value.'],
  ['["\\x"]', 1, 2, 'string with an invalid escape sequence. Write a backslash as \\\\.'],
  ['[01]', 1, 3, 'expected a comma or ].'],
  ['[] []', 1, 4, 'unexpected text after the end.'],
  ['[True]', 1, 2, 'expected a value or ].'],
  ['[null, None]', 1, 8, 'expected a value.'],
  ['["\\N"]', 1, 2, 'string with an invalid escape sequence. Write a backslash as \\\\.'],
  ["['a']", 1, 2, 'expected a value or ].'],
  ['{"a": {"b": [1, {"c": }]}}', 1, 23, 'expected a value.'],
]

t.test('the position of the error is reported for each malformed text', async t => {
  for (const [json, line, column, message] of broken) {
    t.throws(() => JSON.parse(json))
    t.same(findJsonError(json), { line, column, message }, json)
  }
})

t.test('a text is valid up to the reported position', async t => {
  assertProperty(
    fc.property(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (json, where, put) => {
      const at = where % (json.length + 1)
      const changed = json.slice(0, at) + put + json.slice(at)
      if (parses(changed)) return
      const { line, column } = findJsonError(changed)
      const offset =
        changed
          .split('\n')
          .slice(0, line - 1)
          .join('\n').length +
        (line > 1 ? 1 : 0) +
        column -
        1
      // The position is in or after the inserted text.
      return offset >= Math.min(at, offsetOfToken(changed, at)) && offset <= changed.length
    }),
  )
  t.pass()
})

const parses = (text: string) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The start of the string or word that contains the insertion: errors are reported at its start. */
const offsetOfToken = (text: string, at: number) => {
  const quote = text.lastIndexOf('"', at)
  const word = text.slice(0, at).search(/[^\s,:[\]{}"]*$/)
  return Math.min(quote < 0 ? at : quote, word)
}

t.test('a deeply nested text needs no deep stack, and a long text linear time', async t => {
  t.match(findJsonError('['.repeat(200_000)), { line: 1, column: 200_001 })
  const long = 20_000_000
  t.match(findJsonError(`["${'x'.repeat(long)}",]`), { line: 1, column: long + 5 }, 'a long text')
})

const valid: readonly [text: string, instant: number][] = [
  ['2008-01-23T04:56:22Z', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T04:56:22', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T04:56:22.5Z', Date.UTC(2008, 0, 23, 4, 56, 22, 500)],
  ['2008-01-23T04:56:22.1239999+02:30', Date.UTC(2008, 0, 23, 2, 26, 22, 123)],
  ['2008-01-23T04:56:22-14:00', Date.UTC(2008, 0, 23, 18, 56, 22)],
  ['2024-02-29T24:00:00Z', Date.UTC(2024, 2, 1)],
  ['1969-12-31T23:59:59.999Z', -1],
]

t.test('a date and time in the format of XML Schema is parsed, as UTC if it has no time zone', async t => {
  for (const [text, instant] of valid) t.equal(parseDateTime(text), instant, text)
})

const invalid = [
  '',
  '2026-01-31',
  '2026-02-31T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2026-01-31T24:00:01Z',
  '2026-01-31T25:00:00Z',
  '2026-01-31T08:60:00Z',
  '2026-01-31T08:00:60Z',
  '2026-01-31T08:00Z',
  '2026-01-31 08:00:00Z',
  '2026-01-31T08:00:00z',
  '2026-01-31T08:00:00.Z',
  '2026-01-31T08:00:00+15:00',
  '2026-01-31T08:00:00+0100',
  '20260131T080000Z',
  'x2026-01-31T08:00:00Z',
]

t.test('any other text is not parsed', async t => {
  for (const text of invalid) t.equal(parseDateTime(text), undefined, text)
})
