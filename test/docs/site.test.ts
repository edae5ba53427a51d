import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { createMarkdownRenderer, type MarkdownRenderer } from 'vitepress'
import { adaptMarkdown } from '../../docs/.vitepress/markdown.ts'
import type { ConsoleDeps } from '../../src/console/deps.ts'
import { findDocs } from '../../src/console/docs-site.ts'
import { run } from '../http/cli/run.ts'
import { buildTestConsole } from '../http/console/console-app.ts'
import { sharedBrowser, skipWithoutChromium } from '../support/browser.ts'

// It builds the site, which takes ten seconds of CPU time.
t.setTimeout(240_000)

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(t.testdir({}), 'site')
const vitepress = join(root, 'node_modules/vitepress/bin/vitepress.js')
const built = promisify(execFile)(process.execPath, [vitepress, 'build', 'docs', '--outDir', folder], {
  cwd: root,
})

const serve = async (settings: Partial<ConsoleDeps> = {}) => {
  await built
  const docs = findDocs('1.2.3', undefined, folder)
  const { console, callApi } = await buildTestConsole(t, 'aws', { ...(docs && { docs }), ...settings })
  return { url: await console.listen({ port: 0, host: '127.0.0.1' }), callApi }
}

t.test('the site has a page for each page of docs, and none has a dead link', async t => {
  // The build fails if a link leads to no page.
  await built
  const pages = globSync('**/*.md', { cwd: join(root, 'docs') })
  const expected = [
    ...pages.map(page => page.replace(/^README\.md$/, 'index.md')),
    'samples.md',
    'scenarios.md',
  ]
  const found = new Set(globSync('**/*.html', { cwd: folder }))
  t.same(
    expected.filter(page => !found.has(page.replace(/\.md$/, '.html').replaceAll('\\', '/'))),
    [],
  )
})

t.test(
  'a browser finds a question, an error of AWS, a command and a rule, under the policy of the site',
  { skip: skipWithoutChromium },
  async t => {
    const { url } = await serve()
    const context = await (await sharedBrowser()).newContext({ baseURL: url })
    t.teardown(() => context.close())
    const problems: string[] = []
    context.on('console', message => problems.push(message.text()))
    context.on('weberror', error => problems.push(error.error().message))
    context.on('request', request => {
      if (new URL(request.url()).origin !== url && !request.url().startsWith('data:'))
        problems.push(request.url())
    })

    /** Opens the first result of a search. */
    const finds = async (query: string, title: string) => {
      // Within a page, the site begins with the results of the search before.
      const page = await context.newPage()
      await page.goto('/docs/')
      // Vue sets this once the page handles keys.
      await page.waitForFunction(`'__vue_app__' in document.querySelector('#app')`)
      await page.keyboard.press('Control+k')
      await page.locator('.VPLocalSearchBox input').fill(query)
      await page.locator('.VPLocalSearchBox .result').first().click()
      await page.waitForURL(address => address.pathname !== '/docs/')
      const { hash } = new URL(page.url())
      const heading = page.locator(hash === '' ? 'h1' : `[id="${decodeURIComponent(hash.slice(1))}"]`)
      t.ok((await heading.textContent())?.includes(title), query)
    }
    await finds('Why is a user disabled?', 'Why is a user disabled?')
    await finds('Refused to create a new, duplicate resource', 'Refused to create a new, duplicate resource.')
    await finds('ConflictException', 'ConflictException: causes and remedies')
    await finds('client/duplicate', 'Duplicate value (client/duplicate)')
    await finds('scimulator tokens rotate', 'scimulator tokens rotate')
    await finds('scimulator_job_status', 'scimulator_job_status')

    const page = await context.newPage()
    await page.goto('/docs/identity-store.html#identity-store/duplicate-email')
    t.match(await page.locator('tr:target').textContent(), 'An email address belongs to one user.')
    t.same(problems, [])
  },
)

t.test('the site needs no token, serves its own files only, and is absent where it is not built', async t => {
  const { url } = await serve({ token: 'a-token-of-the-console' })
  const get = (path: string) => fetch(`${url}${path}`, { redirect: 'manual' })
  const page = await get('/docs/findings/client/duplicate.html')
  t.match(
    [page.status, page.headers.get('content-security-policy'), page.headers.get('cache-control')],
    [
      200,
      /^default-src 'none'; .* script-src 'self' 'sha256-[^']+' 'sha256-[^']+'; style-src 'self' 'unsafe-inline'$/,
      'no-cache',
    ],
  )
  t.match([(await get('/docs')).status, (await get('/docs')).headers.get('location')], [302, '/docs/'])
  for (const path of ['/docs/nothing.html', '/docs/..%2f..%2fpackage.json', '/docs/assets', '/docs/hashmap'])
    t.equal((await get(path)).status, 404, path)

  const { callApi } = await buildTestConsole(t)
  t.equal((await callApi('GET', '/docs/')).status, 404)
})

t.test('the console names the site, else the pages in the repository, else none', async t => {
  const nowhere = join(folder, 'nowhere')
  t.same(findDocs('1.2.3', 'https://github.com/o/r', nowhere), {
    pages: 'https://github.com/o/r/blob/v1.2.3/docs/{page}.md',
  })
  t.equal(findDocs('1.2.3', undefined, nowhere), undefined)
})

t.test('a link to a file that is not a page leads to the repository, or is plain text', async t => {
  const repository = 'https://code.example/o/r/blob/v1.2.3/'
  const site: { root: string; repository: string | undefined } = { root, repository }
  const options = {
    highlight: (code: string) => code,
    config: (md: MarkdownRenderer) => adaptMarkdown(md, site),
  }
  const md = await createMarkdownRenderer(root, options, '/docs/')
  const render = (text: string) => md.render(text, { path: join(root, 'docs/testing.md') })
  const anchor = (href: string) => `<a href="${href}"`
  const links = {
    'aws-profile.md#users': anchor('/docs/aws-profile.html#users'),
    'README.md': anchor('/docs/'),
    '../scenarios/README.md': anchor('/docs/scenarios.html'),
    '../compose.yaml': anchor(`${repository}compose.yaml`),
    '../README.md#quick-start': anchor(`${repository}README.md#quick-start`),
    'https://example.com/a': anchor('https://example.com/a'),
  }
  for (const [link, expected] of Object.entries(links)) t.match(render(`A [text](${link}).`), expected)
  site.repository = undefined
  t.equal(render('A [text](../compose.yaml).'), '<p>A text.</p>\n')
  t.match(render('Braces: {{ 1 + 1 }}, `{{ 1 + 1 }}`'), /^[^{]*$/, 'nothing that Vue would evaluate')
})

t.test('console and command line lead to the page of a finding', { skip: skipWithoutChromium }, async t => {
  const { url, callApi } = await serve()
  const { body } = await callApi('GET', '/api/v1/tenants')
  await callApi('POST', `/api/v1/tenants/${body.items[0].id}/sample`)
  const { out } = await run(['findings', 'list', '--console', url])
  const [address = ''] = /(?<= more +)http.*\/docs\/findings\/.*(?=\n)/.exec(out) ?? []
  t.equal((await fetch(address)).status, 200, address)

  const page = await (await sharedBrowser()).newPage()
  t.teardown(() => page.close())
  await page.goto(`${url}/findings`)
  await page.locator('details.finding-row summary').first().click()
  await page.locator('.opened a[href^="/docs/findings/"]').first().click()
  await page.getByRole('heading', { name: 'How to fix it' }).waitFor()
})
