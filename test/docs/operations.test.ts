import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

// Folders that handle exchanges. Elsewhere `action` has other meanings, too.
const folders = [
  'analysis',
  'console',
  'faults',
  'http',
  'journal',
  'persistence',
  'ports',
  'sqlite',
  'webhooks',
]

/**
 * Code that decides by the sentence of an exchange: a comparison, a regular expression, a part of it. The `action` of a
 * version, such as `created`, is not a sentence.
 */
const readsSentence =
  /\baction(?:\(\))?\s*(?:[!=]==?\s*['"`](?!(?:created|changed|deleted)['"`])|\.(?:match|test|startsWith|endsWith|includes|split|slice|indexOf)\()|\.(?:test|exec)\((?:\w+\.)?action\)|\baction\s+(?:like|glob|=)\s+'(?!(?:created|changed|deleted)')/

t.test('R-006 no code parses the sentence of an exchange', async t => {
  const files = globSync(`src/{${folders}}/**/*.ts`)
  t.ok(files.length > 100)
  t.same(
    files.filter(file => readsSentence.test(readFileSync(file, 'utf8'))),
    [],
  )
  t.match('/^disable /.test(exchange.action)', readsSentence)
  t.match("action === 'unknown address'", readsSentence)
})
