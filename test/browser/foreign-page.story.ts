import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { story } from '../support/browser.ts'
import { provisioningOf } from '../support/provisioning.ts'

/** Serves a page of another origin on this machine. Returns its port. */
async function foreignServer(t: Test): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>Elsewhere</title><body></body>')
  })
  await new Promise<void>(resolve => server.listen(0, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Scripts that a foreign page could run. Each returns `nothing`, or the data that it got. */
const attempts = (console: string, script: string): Readonly<Record<string, string>> => {
  const element = (html: string) =>
    `new Promise(done => {
      const created = Object.assign(document.createElement('${html.split(' ')[0]}'), { ${html.split(' ').slice(1).join(' ')} })
      created.onload = () => done('it was loaded')
      created.onerror = () => done('nothing')
      document.body.append(created)
    })`
  const fetched = (path: string, options: string) =>
    `fetch('${console}${path}', ${options}).then(response => response.type === 'opaque' ? 'nothing' : response.text(), () => 'nothing')`
  const form = (path: string) =>
    `new Promise(done => {
      const frame = Object.assign(document.createElement('iframe'), { name: 'f' + Math.random() })
      document.body.append(frame)
      const form = Object.assign(document.createElement('form'), { action: '${console}${path}', method: 'post', target: frame.name })
      document.body.append(form)
      frame.onload = () => done('nothing')
      form.submit()
    })`
  return {
    'reading with fetch': fetched('/api/v1/tenants', '{}'),
    'reading with credentials': fetched('/api/v1/exchanges', "{ credentials: 'include' }"),
    'reading without CORS': fetched('/api/v1/exchanges', "{ mode: 'no-cors' }"),
    'reading the metrics': fetched('/metrics', '{}'),
    'a reset': fetched('/api/v1/reset', "{ method: 'POST', mode: 'no-cors' }"),
    'a token': fetched('/api/v1/tenants/acme/tokens', "{ method: 'POST', mode: 'no-cors', body: '{}' }"),
    'a fault': fetched(
      '/api/v1/faults',
      `{ method: 'POST', mode: 'no-cors', body: '{"preset":"unavailable"}' }`,
    ),
    'a fault as JSON': fetched(
      '/api/v1/faults',
      `{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"preset":"unavailable"}' }`,
    ),
    'deleting the tenant': fetched('/api/v1/tenants/acme', "{ method: 'DELETE' }"),
    'a form that resets': form('/api/v1/reset'),
    'a form that creates a snapshot': form('/api/v1/snapshots'),
    events: `new Promise(done => {
      const events = new EventSource('${console}/api/v1/events')
      events.onopen = () => done('it was opened')
      events.onerror = () => { events.close(); done('nothing') }
    })`,
    'a web socket': `new Promise(done => {
      const socket = new WebSocket('${console.replace('http', 'ws')}/api/v1/events')
      socket.onopen = () => done('it was opened')
      socket.onerror = () => done('nothing')
    })`,
    'the script of the page': element(`script src: '${console}${script}'`),
    'data as a script': element(`script src: '${console}/api/v1/tenants'`),
    'data as an image': element(`img src: '${console}/api/v1/exchanges/export?format=csv'`),
    'data as a style': element(`link rel: 'stylesheet', href: '${console}/api/v1/tenants'`),
    'the page in a frame': `new Promise(done => {
      const frame = Object.assign(document.createElement('iframe'), { src: '${console}/' })
      frame.onload = () => {
        let inside = 'nothing'
        try { inside = frame.contentDocument ? frame.contentDocument.title || 'nothing' : 'nothing' } catch {}
        done(inside)
      }
      document.body.append(frame)
    })`,
  }
}

for (const host of ['127.0.0.1', 'localhost']) {
  story(`a page at ${host} can neither read nor change anything of the console`, async (t, stage) => {
    const { server, page, provokes } = stage
    provokes(/./)
    await provisioningOf(server).job.testConnection()
    await page.goto('/activity')
    const script = await page.locator('script[src]').getAttribute('src')
    const states = async () => {
      const paths = ['tenants', 'tenants/acme/tokens', 'faults', 'snapshots', 'exchanges']
      const responses = paths.map(async path => (await fetch(`${server.console}/api/v1/${path}`)).json())
      return JSON.stringify(await Promise.all(responses), (name, value) =>
        name === 'clock' ? undefined : value,
      )
    }
    const before = await states()
    await page.goto(`http://${host}:${await foreignServer(t)}/`)
    for (const [name, text] of Object.entries(attempts(server.console, script ?? ''))) {
      t.equal(await page.evaluate(text), 'nothing', name)
    }
    t.equal(
      page.frames().filter(frame => frame.url().startsWith(server.console)).length,
      0,
      'no frame shows the console',
    )
    t.equal(await states(), before, 'nothing is changed')
  })
}
