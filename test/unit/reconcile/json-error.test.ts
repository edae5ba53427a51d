import fc from 'fast-check'
import t from 'tap'
import { findJsonError } from '../../../src/reconcile/json-error.ts'
import { assertProperty } from '../../support/property.ts'

const broken: readonly (readonly [json: string, line: number, column: number, message: string])[] = [
  ['', 1, 1, 'the text ends too early.'],
  ['{"value": [', 1, 12, 'the text ends too early.'],
  ['{"a": 1', 1, 8, 'the text ends too early.'],
  ['{"a": "x', 1, 7, 'this text is not closed, or holds a character that has to be escaped.'],
  ['{"a": 1,}', 1, 9, 'a name in double quotes has to stand here.'],
  ['{a: 1}', 1, 2, 'a name in double quotes has to stand here.'],
  ['{"a" 1}', 1, 6, 'a colon has to follow the name.'],
  ['{"a": 1 "b": 2}', 1, 9, 'a comma or } has to stand here.'],
  ['[1 2]', 1, 4, 'a comma or ] has to stand here.'],
  ['[1, 2, x]', 1, 8, 'a value has to stand here.'],
  ['[1,\n 2,\n]', 3, 1, 'a value has to stand here.'],
  ['{"value": [\r\n  {"id": "x"},\r\n  {"id": tru}\r\n]}', 3, 10, 'a value has to stand here.'],
  ['["a\nb"]', 1, 2, 'this text is not closed, or holds a character that has to be escaped.'],
  ['["\\x"]', 1, 2, 'this text is not closed, or holds a character that has to be escaped.'],
  ['[01]', 1, 3, 'a comma or ] has to stand here.'],
  ['[] []', 1, 4, 'nothing more may follow.'],
  ['[True]', 1, 2, 'a value has to stand here.'],
  ['[null, None]', 1, 8, 'a value has to stand here.'],
  ['["\\N"]', 1, 2, 'this text is not closed, or holds a character that has to be escaped.'],
  ["['a']", 1, 2, 'a value has to stand here.'],
  ['{"a": {"b": [1, {"c": }]}}', 1, 23, 'a value has to stand here.'],
]

t.test('the position of the error is found in each malformed text', async t => {
  for (const [json, line, column, message] of broken) {
    t.throws(() => JSON.parse(json))
    t.same(findJsonError(json), { line, column, message }, json)
  }
})

t.test('a text is valid up to the reported position', async t => {
  assertProperty(
    fc.property(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (json, where, put) => {
      const at = where % (json.length + 1)
      const malformed = json.slice(0, at) + put + json.slice(at)
      if (parses(malformed)) return
      const { line, column } = findJsonError(malformed)
      const offset =
        malformed
          .split('\n')
          .slice(0, line - 1)
          .join('\n').length +
        (line > 1 ? 1 : 0) +
        column -
        1
      // The text before the error is valid JSON so far: at least up to the inserted characters.
      return offset >= Math.min(at, offsetOfToken(malformed, at)) && offset <= malformed.length
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

/** The start of the string or word that contains the insertion: it is reported as a whole. */
const offsetOfToken = (text: string, at: number) => {
  const quote = text.lastIndexOf('"', at)
  const word = text.slice(0, at).search(/[^\s,:[\]{}"]*$/)
  return Math.min(quote < 0 ? at : quote, word)
}

t.test('deep nesting needs no deep stack', async t => {
  t.match(findJsonError('['.repeat(200_000)), { line: 1, column: 200_001 })
  const long = 20_000_000
  t.match(findJsonError(`["${'x'.repeat(long)}",]`), { line: 1, column: long + 5 }, 'nor does a long one')
})
