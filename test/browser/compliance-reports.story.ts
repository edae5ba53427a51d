import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import {
  anExchange,
  anOutcome,
  appraised,
  hostile,
  hostileTexts,
  judgesWith,
  mixed,
} from '../compliance/a-result.ts'
import { sharedBrowser, skipWithoutChromium as skip, storyTests } from '../support/browser.ts'

storyTests().test('browsers parse HTML and XML as intended', { skip }, async t => {
  const page = await (await sharedBrowser()).newPage()
  t.teardown(() => page.close())
  const errors: string[] = []
  page.on('dialog', dialog => {
    errors.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('console', message => errors.push(message.text()))
  page.on('request', request => request.url() !== 'about:blank' && errors.push(request.url()))
  for (const text of hostileTexts) {
    const appraisal = appraised(hostile(text), { evaluators: judgesWith(text) })
    const name = `text ${hostileTexts.indexOf(text)}`
    await page.setContent(createReport('html', appraisal))
    t.same(
      await page.evaluate(`[
        document.querySelectorAll('body script:nth-of-type(n + 3), img, svg, a[href]:not([href^="#"], [href^="https://www.rfc-editor.org/rfc/"])').length,
        document.querySelectorAll('body > header').length,
        document.querySelectorAll('main > details').length,
        document.querySelectorAll('main > details > details').length,
        document.querySelectorAll('main > details > details > details').length,
        getComputedStyle(document.body).maxWidth,
      ]`),
      [0, 1, 1, 4, 1, '1152px'],
      name,
    )
    // The report forbids parsing markup.
    await page.goto('about:blank')
    const xml = JSON.stringify(createReport('junit', appraisal))
    const counts = await page.evaluate(`{
      const parsed = new DOMParser().parseFromString(${xml}, 'application/xml')
      const tags = ['parsererror', 'testcase', 'failure', 'error', 'skipped']
      tags.map(tag => parsed.getElementsByTagName(tag).length)
    }`)
    t.same(counts, [0, 4, 1, 1, 1], name)
  }
  t.same(errors, [])
})

storyTests().test(
  'the HTML fits a phone, light and dark, with unwrapped text in its tables',
  { skip },
  async t => {
    const page = await (await sharedBrowser()).newPage({ viewport: { width: 360, height: 700 } })
    t.teardown(() => page.close())
    await page.setContent(createReport('html', appraised(mixed())))
    const backgrounds = new Set<unknown>()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      backgrounds.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
    }
    t.equal(backgrounds.size, 2)
    t.equal(await page.evaluate('document.documentElement.scrollWidth <= 360'), true)
    const heights = `[...new Set([...document.querySelectorAll('th, td')].map(cell => cell.offsetHeight))]`
    t.match(await page.evaluate(heights), { length: 1 })
  },
)

storyTests().test('a report opened as a file shows exchanges and is filtered', { skip }, async t => {
  const page = await (await sharedBrowser()).newPage()
  t.teardown(() => page.close())
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => errors.push(message.text()))
  const file = join(t.testdir(), 'report.html')
  const [first = anOutcome('rfc/x', 'passed'), second = first, ...rest] = mixed().outcomes
  const outcomes = [first, { ...second, exchanges: [3] }, ...rest]
  const text = hostileTexts[0]
  const exchanges = [
    anExchange(1),
    anExchange(2),
    anExchange(3, { url: 'https://scim.example.com/v2/Odd', failure: text }),
  ]
  writeFileSync(file, createReport('html', appraised({ ...mixed(), outcomes, exchanges })))
  await page.goto(pathToFileURL(file).href)
  const shown = page.getByRole('status')
  await shown.getByText('6 checks').waitFor()

  await page.getByLabel('Text').fill('v2/odd')
  await shown.getByText('1 check', { exact: true }).waitFor()
  const visible = page.locator('[data-verdict]:not([hidden])')
  await visible.locator('summary').first().click()
  await visible.getByText('#3 POST https://scim.example.com/v2/Odd').click()
  await visible.locator('pre').waitFor()
  t.match(
    await visible.locator('pre').textContent(),
    /^POST https:\/\/scim\.example\.com\/v2\/Odd\n.*Authorization: Bearer \*\*\*\n/s,
  )

  await page.getByLabel('Verdict').selectOption('failed')
  await shown.getByText('0 checks').waitFor()
  await page.getByLabel('Text').fill('')
  await shown.getByText('3 checks').waitFor()
  t.same(await page.locator('main > details:not([hidden]) > summary > h3').allTextContents(), [
    'rfc: Create',
    'rfc: PATCH',
  ])
  await page.locator('main a[href^="#"]').first().click()
  await shown.getByText('6 checks').waitFor()
  t.equal(await page.getByLabel('Verdict').inputValue(), '', 'a link to a check shows all')
  await page.getByLabel('Verdict').selectOption('passed')
  await shown.getByText('1 check', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'Do it.' }).click()
  await shown.getByText('6 checks').waitFor()
  t.ok(await page.getByText('rfc/create/answers-201', { exact: true }).isVisible(), 'so does a fix')
  t.same(errors, [])
})

storyTests().test('sections with failures are open, and a link opens its check', { skip }, async t => {
  const page = await (await sharedBrowser()).newPage()
  t.teardown(() => page.close())
  const { outcomes } = mixed()
  const fine = anOutcome('rfc/delete/deletes', 'passed', { of: { section: 'Delete' } })
  await page.setContent(createReport('html', appraised({ ...mixed(), outcomes: [...outcomes, fine] })))
  const open = () => page.locator('details[open] > summary').allTextContents()
  const sections = ['rfc: Create 1 failed, 1 passed', 'rfc: PATCH 2 failed', 'rfc: Sort 1 broken, 1 skipped']
  t.same(await open(), sections)
  await page.locator('main a[href="#rfc%2Fpatch%2Fadds"]').click()
  const [create = '', patch = '', sort = ''] = sections
  const check = '✗ failed rfc SHOULD The server does rfc/patch/adds.'
  t.same(await open(), [create, patch, check, sort])
  t.equal(await page.getByText(check).last().isVisible(), true)
})
