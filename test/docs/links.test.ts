import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

const pages = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n')

/** The anchors that GitHub creates for the headings of a page. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.replace(/```.*?```/gs, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

const linksOf = (text: string): readonly string[] =>
  [...text.replace(/```.*?```|`[^`\n]*`/gs, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

t.test('each link between pages leads to an existing file and heading', async t => {
  const broken = pages.flatMap(page =>
    linksOf(readFileSync(page, 'utf8'))
      .filter(link => !/^[a-z]+:/.test(link))
      .filter(link => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : normalize(join(dirname(page), path))
        if (!existsSync(target)) return true
        return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
      })
      .map(link => `${page}: ${link}`),
  )
  t.same(broken, [])
})

t.test('the contents page lists every page of docs', async t => {
  const listed = linksOf(readFileSync('docs/README.md', 'utf8'))
  const missing = pages
    .filter(page => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md')
    .filter(page => !listed.includes(page.slice('docs/'.length)))
  t.same(missing, [])
})

t.test('the README has about 900 words', async t => {
  const words = readFileSync('README.md', 'utf8').split(/\s+/).length
  t.ok(words > 600 && words < 1000, `${words} words`)
})
