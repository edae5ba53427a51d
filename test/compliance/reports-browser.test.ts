import t from 'tap'
import { reportOf } from '../../scim-compliance/reports/index.ts'
import { chromiumPath, launchChromium } from '../support/chromium.ts'
import { appraised, hostile, hostileTexts, judgesWith, mixed } from './a-result.ts'

const needed = process.env.BROWSER_TESTS === 'required'
const skip = chromiumPath === undefined && !needed ? 'there is no Chromium here' : false

t.test('a browser reads the HTML and the XML as we mean them', { skip }, async t => {
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('dialog', dialog => {
    complaints.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('console', message => complaints.push(message.text()))
  page.on('request', request => request.url() !== 'about:blank' && complaints.push(request.url()))
  for (const text of hostileTexts) {
    const appraisal = appraised(hostile(text), { judges: judgesWith(text) })
    const name = `text ${hostileTexts.indexOf(text)}`
    await page.setContent(reportOf('html', appraisal))
    t.same(
      await page.evaluate(`[
        document.querySelectorAll('script, img, svg, a[href]:not([href^="#"])').length,
        document.querySelectorAll('body > header').length,
        document.querySelectorAll('main > details').length,
        document.querySelectorAll('main > details > details').length,
        getComputedStyle(document.body).maxWidth,
      ]`),
      [0, 1, 4, 1, '1152px'],
      name,
    )
    const xml = JSON.stringify(reportOf('junit', appraisal))
    const counts = await page.evaluate(`{
      const parsed = new DOMParser().parseFromString(${xml}, 'application/xml')
      const tags = ['parsererror', 'testcase', 'failure', 'error', 'skipped']
      tags.map(tag => parsed.getElementsByTagName(tag).length)
    }`)
    t.same(counts, [0, 4, 1, 1, 1], name)
  }
  t.same(complaints, [])
})

t.test('the HTML fits a phone, light and dark, and a link opens nothing but its check', { skip }, async t => {
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 360, height: 700 } })
  await page.setContent(reportOf('html', appraised(mixed())))
  const backgrounds = new Set<unknown>()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    backgrounds.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
  }
  t.equal(backgrounds.size, 2)
  t.equal(await page.evaluate('document.documentElement.scrollWidth <= 360'), true)
  t.equal(await page.locator('details[open]').count(), 0)
  const target = await page.evaluate(`
    document.getElementById(decodeURIComponent(document.querySelector('main li a[href]').hash.slice(1))).tagName
  `)
  t.equal(target, 'DETAILS')
})
