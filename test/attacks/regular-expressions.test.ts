import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import { parseLookup } from '../../src/insight/analysis/diagnosis/subject.ts'
import { stripValueFilters } from '../../src/profiles/normalizers.ts'
import { ProblemList } from '../../src/provisioning/entra/mapping/fields.ts'
import { readRequestPattern } from '../../src/provisioning/scenario/read-expectation.ts'
import { withoutFilter } from '../../src/scim/attribute.ts'
import { growthOf, type WorstText } from '../support/growth.ts'
import { fill, repeat } from '../support/worst-texts.ts'
import { type Entry, expressions } from './regular-expressions.ts'

/** Characters of the longer texts; the shorter ones have a quarter. */
const length = Number(process.env.TEST_TEXT_LENGTH ?? 64 * 1024)

/** A regular expression of the sources: its text, white space as one blank, and how it goes through a text. */
type Occurrence = {
  readonly file: string
  readonly written: string
  readonly use: 'split' | 'search'
}

function occurrencesIn(file: string, content: string): readonly Occurrence[] {
  const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true)
  const found: Occurrence[] = []
  const visit = (node: ts.Node): void => {
    const isBuilt =
      (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp'
    if (isBuilt || ts.isRegularExpressionLiteral(node)) {
      found.push({ file, written: node.getText().replace(/\s+/g, ' '), use: useOf(node) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** An expression is passed to `split` directly or by the name of its constant. */
function useOf(node: ts.Node): Occurrence['use'] {
  const { parent } = node
  const name = ts.isVariableDeclaration(parent) ? parent.name.getText() : node.getText()
  return node.getSourceFile().text.includes(`.split(${name}`) ? 'split' : 'search'
}

/** An entry of the table as the sources write the expression. */
const writtenOf = ([expression]: Entry): string =>
  expression instanceof RegExp ? String(expression) : expression.written

/** Identifies an expression, with its flags in one order. */
const keyOf = (file: string, written: string): string => {
  const [, pattern, flags = ''] = /^(\/.*\/)([a-z]*)$/s.exec(written) ?? []
  return `${basename(file)}: ${pattern === undefined ? written : pattern + [...flags].sort().join('')}`
}

const occurrences = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => /\.tsx?$/.test(name))
  .flatMap(name => occurrencesIn(join('src', name), readFileSync(join('src', name), 'utf8')))

const entries = new Map(
  Object.entries(expressions).flatMap(([file, list]) =>
    list.map(entry => [keyOf(file, writtenOf(entry)), entry] as const),
  ),
)

/** Goes through a text as `test`, `exec`, `replace`, `matchAll` and `split` do. */
function goThrough(expression: RegExp, use: Occurrence['use'], text: string): void {
  if (use === 'split') return void text.split(expression)
  expression.lastIndex = 0
  let found = expression.exec(text)
  while (found && (expression.global || expression.sticky)) {
    if (found[0] === '') expression.lastIndex++
    found = expression.exec(text)
  }
}

const explanation =
  'See "Adding a regular expression" in CONTRIBUTING.md: test/attacks/regular-expressions.ts lists each with its worst text, or with the reason why no text of a client reaches it.'

t.test('each regular expression of the sources is in the table', async t => {
  const missing = occurrences
    .map(({ file, written }) => keyOf(file, written))
    .filter(key => !entries.has(key))
  t.same(missing, [], explanation)
})

t.test('each entry of the table is a regular expression of the sources', async t => {
  const present = new Set(occurrences.map(({ file, written }) => keyOf(file, written)))
  t.same(
    [...entries.keys()].filter(key => !present.has(key)),
    [],
    'Remove entries of expressions that have changed or are gone.',
  )
})

t.test('each regular expression takes time that grows linearly with its worst text', async t => {
  const superlinear: string[] = []
  const done = new Set<string>()
  for (const { file, written, use } of occurrences) {
    const key = keyOf(file, written)
    const [expression, ...worst] = entries.get(key) ?? []
    if (expression === undefined || done.has(key + use)) continue
    done.add(key + use)
    const created = expression instanceof RegExp ? [expression] : expression.created
    for (const text of worst) {
      if (typeof text !== 'function') continue
      for (const one of created) {
        const growth = growthOf(value => goThrough(one, use, value), text, { length })
        if (growth !== undefined) superlinear.push(`${key}: ${growth}`)
      }
    }
  }
  t.same(superlinear, [], explanation)
})

const lookUp = (filter: string) =>
  parseLookup(
    { method: 'GET', url: `/Users?filter=${encodeURIComponent(filter)}`, status: 400 } as Exchange,
    {},
  )

/** Functions that read a text without an expression for all of it, which would be quadratic. */
const functions: readonly (readonly [
  name: string,
  call: (text: string) => unknown,
  ...worst: WorstText[],
])[] = [
  ['the filter of a path', withoutFilter, repeat('['), repeat(']'), repeat('[]')],
  ['filters in a list of attributes', stripValueFilters, repeat('"["\\'), repeat('['), fill('[', '"')],
  ['a look-up', lookUp, fill('a', ' ', 'x'), repeat('a eq "\\" '), fill('a eq "', '\\"')],
  [
    'a pattern of requests',
    text => readRequestPattern(`GET /${text}`, '', new ProblemList()),
    repeat('{{}}', ' '),
    repeat('{{'),
    repeat('{{ }} '),
  ],
]

t.test('functions that take a text apart take time that grows linearly', async t => {
  for (const [name, call, ...worst] of functions) {
    for (const text of worst) t.equal(growthOf(call, text, { length }), undefined, name)
  }
})

t.test('the measurement finds expressions that are quadratic or exponential', async t => {
  const growth = (expression: RegExp, unit: string, use: Occurrence['use'] = 'search') =>
    growthOf(text => goThrough(expression, use, text), repeat(unit, '!'), { length: 16 * 1024, timeout: 500 })
  t.ok(growth(/\s+$/, ' '), 'a search that begins again at each blank')
  t.ok(growth(/"(?:[^"\\]|\\.)*"/g, '\\"'), 'strings of which none ends')
  t.ok(growth(/,\s+,/, ' ,', 'split') === undefined, 'a linear expression')
  t.ok(growth(/\[.*\]/, '[', 'split'), 'a text that is split')
  t.ok(growth(/^(a+)+$/, 'a'), 'an exponential expression')
})

t.test('the collection finds literals and calls, however they are formatted', async t => {
  const content = `
    const quoted = text.replace(/"[^"]*"/g, '/no expression/')
    const parts = text.split(/[,;]/)
    const one = new RegExp(
      '^' + start,
      'u')
    const other = RegExp(start) // /a comment/
    const half = size / 2 / 3`
  t.same(
    occurrencesIn('x.tsx', content).map(({ written, use }) => [written, use]),
    [
      ['/"[^"]*"/g', 'search'],
      ['/[,;]/', 'split'],
      ["new RegExp( '^' + start, 'u')", 'search'],
      ['RegExp(start)', 'search'],
    ],
  )
})
