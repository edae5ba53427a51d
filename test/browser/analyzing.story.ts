import { buildTestConsole } from '../http/console/console-app.ts'
import { story } from '../support/browser.ts'
import { aUser } from '../support/samples.ts'

const probe = '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22'

story(
  'while requests wait for the analysis, the pages say how far it is instead of a verdict',
  async (t, { open }) => {
    const { console, asEntra, deps, callApi, tenant } = await buildTestConsole(t, 'aws')
    const baseURL = await console.listen({ port: 0, host: '127.0.0.1' })
    const page = await open({ baseURL })
    await asEntra.send('GET', probe)
    for (const name of ['anna', 'bert']) await asEntra.create('Users', aUser(name))
    await page.goto('/')
    const sentence = page.getByRole('heading', { level: 1 })
    await sentence.filter({ hasText: /: 2 created, nothing failed\. Next cycle in / }).waitFor()
    const strip = page.getByRole('figure', { name: 'Cycles' })
    const chartTop = async () => (await strip.boundingBox())?.y
    const before = await chartTop()

    await deps.analysis.stop()
    const clock = `/api/v1/tenants/${tenant.id}/clock`
    await callApi('PUT', clock, { advance: '2h' })
    const refuse = () => asEntra.send('POST', '/Users', { ...aUser('carl'), displayName: '\u0007' })
    for (let at = 0; at < 600; at++) await refuse()
    // The page looks by itself: no event says that the analysis lags behind.
    await sentence.getByText('Analyzing 0 of 600 requests.').waitFor()
    t.match(await page.title(), /^Analyzing/)
    const bar = page.getByRole('progressbar', { name: 'Analyzed requests' })
    t.same([await bar.getAttribute('value'), await bar.getAttribute('max')], ['0', '600'])
    await strip.getByText('… failed').waitFor()
    await strip.getByRole('link', { name: /: 2 created; failures not analyzed yet$/ }).waitFor()
    t.equal(await strip.getByText('next').count(), 0)
    t.equal(
      await page.getByRole('definition').filter({ hasText: '–' }).count(),
      2,
      'objects in sync and failing objects',
    )
    t.notMatch(await sentence.textContent(), /failed|refused|failing|running|overdue/)
    t.notMatch(await page.getByRole('main').textContent(), /quarantine/i)
    t.equal(await page.getByRole('region', { name: 'failing objects' }).count(), 0)
    t.equal(await chartTop(), before, 'the strip does not move')
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/analyzing.png` })

    await page.goto('/findings')
    await page.getByText('Analyzing 0 of 600 requests.').waitFor()
    await page.getByText(/^Findings include requests until/).waitFor()
    t.notMatch(await page.getByRole('main').textContent(), /Nothing to fix|quarantine/i)

    // The journal knows what failed.
    await page.goto('/activity?q=status:400')
    await page.getByRole('listitem').filter({ hasText: 'carl' }).first().waitFor()

    await page.goto('/')
    await sentence.getByText('Analyzing 0 of 600 requests.').waitFor()
    deps.analysis.start()
    await sentence.filter({ hasText: /1 user refused since \d\d:\d\d\./ }).waitFor()
    await bar.waitFor({ state: 'detached' })
    await page.getByRole('region', { name: 'failing objects' }).getByText('carl').waitFor()
  },
)

story('findings that only injected faults caused are apart', async (t, { server, page }) => {
  await server.faults.add({ match: { methods: ['POST'] }, effect: { kind: 'status', status: 503 }, times: 1 })
  const post = (userName: string) =>
    fetch(`${server.url}/Users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.token}`,
        'content-type': 'application/scim+json; charset=utf-8',
        'user-agent': '',
      },
      body: JSON.stringify(aUser(userName)),
    })
  await post('anna')
  await page.goto('/findings')
  const view = (name: RegExp) =>
    page.getByRole('navigation', { name: 'Findings' }).getByRole('link', { name })
  await view(/^Injected\s*[1-9]/).waitFor()
  await view(/^To fix\s*0/).waitFor()
  await view(/^Injected/).click()
  await page.getByText('1 request failed with a server error').waitFor()
  t.equal(new URL(page.url()).searchParams.get('view'), 'injected')
})
