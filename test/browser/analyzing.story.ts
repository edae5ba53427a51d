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
    const job = page.getByRole('region', { name: 'Provisioning job' })
    await job.getByText('Healthy', { exact: true }).waitFor()
    const cycles = page.getByRole('region', { name: 'Last and next cycle' })
    await cycles.getByText('Next cycle', { exact: true }).waitFor()
    const chartTop = async () =>
      (await page.getByRole('region', { name: 'Cycles', exact: true }).boundingBox())?.y
    const before = await chartTop()

    await deps.analysis.stop()
    const clock = `/api/v1/tenants/${tenant.id}/clock`
    await callApi('PUT', clock, { advance: '2h' })
    const refuse = () => asEntra.send('POST', '/Users', { ...aUser('carl'), displayName: '\u0007' })
    for (let at = 0; at < 600; at++) await refuse()
    // The page looks by itself: no event says that the analysis lags behind.
    await job.getByText('Analyzing 0 of 600 requests.').waitFor()
    await job.getByText(/^600 requests failed in the last 24 hours, the last one at/).waitFor()
    await job.getByText(/^Analyzed until /).waitFor()
    const bar = job.getByRole('progressbar', { name: 'Analyzed requests' })
    t.same([await bar.getAttribute('value'), await bar.getAttribute('max')], ['0', '600'])
    await cycles.getByText('Last analyzed cycle').waitFor()
    t.equal(await cycles.getByText('not known yet').count(), 2, 'failed requests and the next cycle')
    t.equal(await cycles.getByText('running').count(), 0)
    t.equal(
      await page.getByRole('region', { name: 'Users and groups' }).getByText('not known yet').count(),
      2,
      'objects in sync and failing objects',
    )
    const text = (await page.getByRole('main').textContent()) ?? ''
    t.notMatch(text, /Healthy|At risk|overdue|failing/)
    t.equal(await chartTop(), before, 'the chart does not move')
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/analyzing.png` })

    await page.goto('/findings')
    await page.getByText('Analyzing 0 of 600 requests.').waitFor()
    await page.getByText(/^Findings include requests until/).waitFor()
    t.notMatch(await page.getByRole('main').textContent(), /Healthy|At risk/)

    await page.goto('/')
    await job.getByText('Analyzing 0 of 600 requests.').waitFor()
    deps.analysis.start()
    await job.getByText('At risk', { exact: true }).waitFor()
    await job.getByText('1 object failing').waitFor()
    await bar.waitFor({ state: 'detached' })
    await page.getByRole('region', { name: 'Failing objects' }).getByText('carl').waitFor()
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
