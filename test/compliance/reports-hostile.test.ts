import t from 'tap'
import { Parser } from 'tap-parser'
import { firstScreen, firstScreenLines } from '../../scim-compliance/reports/first-screen.ts'
import { createReport, formats } from '../../scim-compliance/reports/formats.ts'
import { linkSources } from '../../scim-compliance/reports/html.ts'
import { appraised, hostile, hostileTexts, judgesWith } from './a-result.ts'
import { elementsOf, textOf } from './markup.ts'

const made = (format: string, text: string): string =>
  createReport(format, appraised(hostile(text), { evaluators: judgesWith(text) }))

/** Control characters other than those of text files, bidirectional controls, and lone surrogates. */
const harm = /[\p{Bidi_Control}\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/u

t.test(
  'no text of a server controls a terminal or changes the direction of writing, in any report',
  async t => {
    for (const text of hostileTexts) {
      for (const format of formats)
        t.notMatch(made(format, text), harm, `${format}: ${hostileTexts.indexOf(text)}`)
    }
  },
)

t.test('JSON, SARIF and HAR contain the server’s text unchanged', async t => {
  for (const text of hostileTexts) {
    const report = JSON.parse(made('json', text))
    t.equal(report.checks[0].got, text)
    t.equal(report.checks[0].exchange.response.body, text)
    const { log } = JSON.parse(made('har', text))
    t.equal(log.entries[0].response.content.text, text)
    const [run] = JSON.parse(made('sarif', text)).runs
    t.equal(run.results.length, 1)
    t.equal(run.results[0].webResponse.body.text, text)
    t.match(run.results[0].locations[0].physicalLocation.artifactLocation.uri, /^scim\/[\w%!'()*~.-]+$/)
  }
})

t.test('a SARIF message contains no placeholder or link of the server', async t => {
  const [run] = JSON.parse(made('sarif', '{0} {{1}} [link](1)')).runs
  t.match(run.results[0].message.text, 'got {{0}} {{{{1}}}} \\[link](1).')
})

t.test('a TAP reader finds exactly our test points, whatever the server returns', async t => {
  for (const text of hostileTexts) {
    const points: unknown[] = []
    const extra: string[] = []
    const parser = new Parser()
    parser.on('assert', ({ id, ok, name, skip, todo, diag }) =>
      points.push([id, ok, name.split(':')[0], skip !== false, todo !== false, diag?.got !== undefined]),
    )
    parser.on('extra', line => extra.push(line))
    const results = await new Promise<{ readonly count: number; readonly fail: number }>(resolve => {
      parser.on('complete', resolve)
      parser.end(made('tap', text))
    })
    t.same(
      points,
      [
        [1, false, 'rfc/create/answers-201', false, false, true],
        [2, true, 'rfc/create/is-skipped', true, false, false],
        [3, false, 'rfc/create/is-broken', false, false, false],
        [4, true, 'rfc/create/is-fine', false, false, false],
      ],
      `text ${hostileTexts.indexOf(text)}`,
    )
    t.same(extra, [])
    t.match(results, { count: 4, fail: 2 })
  }
})

const firstScreenLength = Array.from(
  { length: firstScreenLines(firstScreen(appraised(hostile('x'), { evaluators: judgesWith('x') }))).length },
  () => 'property',
)

t.test('the JUnit XML has exactly our elements, and the numbers agree', async t => {
  for (const text of hostileTexts) {
    const elements = elementsOf(made('junit', text).replace('<?xml version="1.0" encoding="UTF-8"?>\n', ''))
    t.same(
      elements.map(({ name }) => name),
      [
        ['testsuites', 'testsuite', 'properties', ...firstScreenLength],
        ['testcase', 'failure', 'testcase', 'skipped', 'testcase', 'error', 'testcase'],
      ].flat(),
      `text ${hostileTexts.indexOf(text)}`,
    )
    t.match(elements[1]?.attributes, { tests: '4', failures: '1', errors: '1', skipped: '1' })
  }
  const failure = elementsOf(made('junit', `a"b<c>&'d`).split('\n').slice(1).join('\n')).find(
    ({ name }) => name === 'failure',
  )
  t.equal(failure?.attributes.message, `Expected a"b<c>&'d; got a"b<c>&'d.`)
})

t.test('a known failure is a TODO of TAP and skipped in JUnit', async t => {
  const reason = ']]> # SKIP "x" \n not ok'
  const appraisal = appraised(hostile('x'), { known: [{ id: 'rfc/create/answers-201', reason }] })
  t.match(createReport('tap', appraisal), /^not ok 1 - .* # TODO \]\]> \\# SKIP "x" \\\\u000a not ok$/m)
  const elements = elementsOf(createReport('junit', appraisal).split('\n').slice(1).join('\n'))
  t.same(
    elements.map(({ name }) => name).filter(name => name !== 'property'),
    [
      'testsuites',
      'testsuite',
      'properties',
      'testcase',
      'skipped',
      'testcase',
      'skipped',
      'testcase',
      'error',
      'testcase',
    ],
  )
  t.match(elements[1]?.attributes, { failures: '0', skipped: '2' })
})

const harmlessHtml = made('html', 'x')
const shape = (html: string) => elementsOf(html.replace('<!doctype html>\n', '')).map(({ name }) => name)

t.test('the HTML has the same elements whatever the server returns, and only our attributes', async t => {
  const attributes = [
    'charset',
    'class',
    'content',
    'data-verdict',
    'dir',
    'hidden',
    'href',
    'http-equiv',
    'id',
    'lang',
    'name',
    'open',
    'role',
    'scope',
    'type',
    'value',
  ]
  for (const text of hostileTexts) {
    const html = made('html', text)
    t.same(shape(html), shape(harmlessHtml), `text ${hostileTexts.indexOf(text)}`)
    const used = new Set(
      elementsOf(html.replace('<!doctype html>\n', '')).flatMap(({ attributes }) => Object.keys(attributes)),
    )
    t.same([...used].sort(), attributes)
  }
})

t.test('the HTML loads nothing, and executes only its own script', async t => {
  const elements = elementsOf(harmlessHtml.replace('<!doctype html>\n', ''))
  const policy = elements.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')
  t.match(
    policy?.attributes.content,
    /^default-src 'none'; script-src 'sha256-[\w+/]+='; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'$/,
  )
  t.notOk(elements.some(({ name }) => ['img', 'link', 'iframe', 'form'].includes(name)))
  const scripts = (html: string) => [...html.matchAll(/<script[^<]*<\/script>/g)].map(([text]) => text)
  const [data, script, ...more] = scripts(harmlessHtml)
  t.match(data, /^<script type="text\/plain" id="exchanges">[\w+/=]+<\/script>$/)
  t.same(more, [])
  for (const text of hostileTexts) t.equal(scripts(made('html', text))[1], script)
})

t.test('the HTML contains the exchange that shows a failure, collapsed, and working links', async t => {
  const html = made('html', 'what the server sent')
  t.ok(textOf(html).includes('x-other: what the server sent'))
  const elements = elementsOf(html.replace('<!doctype html>\n', ''))
  const ids = elements.flatMap(({ attributes }) => attributes.id ?? [])
  const hrefs = elements.flatMap(({ attributes }) => attributes.href ?? [])
  const section = 'https://www.rfc-editor.org/rfc/rfc7644#section-3.3'
  const check = '#rfc%2Fcreate%2Fanswers-201'
  t.same(hrefs, [check, check, section, section, section, section])
  t.ok(ids.includes('rfc/create/answers-201'))
  t.equal(ids.filter(id => id.includes('/')).length, 4)
  t.equal(new Set(ids).size, ids.length)
})

t.test('the source of a requirement links to each section that it names', async t => {
  const hrefs = (source: string) =>
    elementsOf(`<p>${linkSources(source)}</p>`).flatMap(({ attributes }) => attributes.href ?? [])
  const rfc = 'https://www.rfc-editor.org/rfc'
  t.same(hrefs('RFC 7643 §2.2, §7, RFC 7644 §3.4.2.2, table 3'), [
    `${rfc}/rfc7643#section-2.2`,
    `${rfc}/rfc7643#section-7`,
    `${rfc}/rfc7644#section-3.4.2.2`,
  ])
  t.same(hrefs('RFC 7643 §4.2, erratum 5368').at(-1), 'https://www.rfc-editor.org/errata/eid5368')
  t.same(hrefs('https://example.com/a?b=1&c=2'), ['https://example.com/a?b=1&c=2'])
  t.same(hrefs('AzureAD/SCIMReferenceCode, §2'), [])
})

t.test('Markdown has the same blocks whatever the server returns', async t => {
  const blocks = (markdown: string) =>
    markdown.split('\n').map(line => /^(#+ |- |\| |\*\*|!\[|$)/.exec(line)?.[0])
  const cells = (markdown: string) =>
    markdown.split('\n').map(line => (line.startsWith('| ') ? line.replace(/\\./g, '').split('|').length : 0))
  for (const text of hostileTexts) {
    const markdown = made('markdown', text)
    t.same(blocks(markdown), blocks(made('markdown', 'x')), `text ${hostileTexts.indexOf(text)}`)
    t.same(cells(markdown), cells(made('markdown', 'x')))
    t.notMatch(markdown, /<(script|img|svg)/)
    t.notMatch(markdown.split('\n').slice(3).join('\n'), /(?<!\\)\[(x|link)/)
  }
})

t.test('the terminal report has as many checks as failed, whatever the server returns', async t => {
  for (const text of hostileTexts) {
    const appraisal = appraised(hostile(text), { evaluators: judgesWith(text) })
    for (const [verbose, count, ownLines] of [
      [true, 2, 3],
      [false, 0, 2],
    ] as const) {
      const lines = createReport('terminal', appraisal, { verbose }).split('\n')
      const name = `text ${hostileTexts.indexOf(text)}`
      t.equal(lines.filter(line => /^[✗!]/u.test(line)).length, count, name)
      t.equal(lines.filter(line => /^(Grade|\d\.)/.test(line)).length, ownLines, name)
      t.notOk(lines.some(line => /^(ok|not ok)/.test(line)))
    }
  }
})
