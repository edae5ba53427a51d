import { disable } from '../../src/provisioning/kit/directory/edits.ts'
import { run } from '../http/cli/run.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const queries = [
  'action:create user:marge',
  'status:4xx',
  '-method:GET group:"security a"',
  'finding:any action:disable',
  'dialect:default text:"replace"',
  'after:15m resource:nobody',
]
const withoutMatches = 'cycle:none'

type Row = { readonly id: string }

story('a search returns the same requests in page, API and CLI', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = await springfield()
  await job.runCycle({ directory })
  await job.runCycle({ directory: disable(directory, 'barney.gumble@springfield.example') })
  await fetch(`${server.url}/Users/nobody`, { headers: { authorization: `Bearer ${server.token}` } })
  // The response waits until all requests are analyzed.
  await fetch(`${server.console}/api/v1/findings`)

  for (const query of [...queries, withoutMatches]) {
    const response = await fetch(`${server.console}/api/v1/exchanges?${new URLSearchParams({ q: query })}`)
    const { items } = (await response.json()) as { items: readonly Row[] }
    const ids = items.map(({ id }) => id)
    t.equal(ids.length > 0, query !== withoutMatches, `${ids.length} requests: ${query}`)

    const cli = await run(['--console', server.console, '--json', 'journal', 'list', '--', query])
    t.same(
      (JSON.parse(cli.out).items as readonly Row[]).map(({ id }) => id),
      ids,
      `the CLI: ${query}`,
    )

    await page.goto(`/activity?${new URLSearchParams({ q: query })}`)
    const lines = page.locator('.exchange-row .what a')
    if (ids.length === 0) await page.getByRole('heading', { name: 'No matching requests.' }).waitFor()
    else await lines.nth(ids.length - 1).waitFor()
    const shown = await lines.evaluateAll(links => links.map(link => link.getAttribute('href')))
    t.same(
      shown,
      ids.map(id => `/exchanges/${id}`),
      `the page: ${query}`,
    )
  }
})
