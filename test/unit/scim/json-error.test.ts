import fc from 'fast-check'
import t from 'tap'
import { findJsonError } from '../../../src/scim/json-error.ts'
import { assertProperty } from '../../support/property.ts'

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
