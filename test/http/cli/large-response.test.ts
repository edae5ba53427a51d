import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { entraFor, springfield } from './entra.ts'
import { run } from './run.ts'

const chunk = Buffer.alloc(1024 * 1024, ' ')

/** A server whose responses never end. */
async function endless(t: { teardown(stop: () => void): void }): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/scim+json' })
    const send = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', send)
    send()
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a console response that never ends is rejected', async t => {
  const url = await endless(t)
  t.same(await run(['tenants', 'list', '--console', url]), {
    code: 1,
    out: '',
    err: `scimulator: The response of ${url} is larger than 16 MiB. If this is a Scimulator console, use a smaller --limit.\n`,
  })
})

t.test('a target response that never ends quarantines the job', async t => {
  const { entra, job } = await entraFor(t, springfield(), {}, `${await endless(t)}/scim`)
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /ended in quarantine: [\s\S]*The response exceeds 16 MiB; reading stopped\./,
  })
})
