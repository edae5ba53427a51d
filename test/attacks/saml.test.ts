import { Writable } from 'node:stream'
import { deflateRawSync } from 'node:zlib'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { flagsOf, storedTexts, testDatabase } from '../support/database.ts'
import {
  assertionXml,
  createSigner,
  metadataOf,
  responseWith,
  responseXml,
  signAssertion,
  signResponse,
  toBase64,
} from '../support/saml.ts'

const marker = 'only-in-the-response-Vt4'
const signer = createSigner()
const good = signAssertion(responseWith({ nameId: `${marker}@example.com` }), signer)
const metadata = metadataOf([signer])

/** Responses that libraries could complain about, or that take long. */
const hostile: readonly string[] = [
  toBase64(good),
  good,
  deflateRawSync(good).toString('base64'),
  good.slice(0, -30),
  good.replace('</saml:Subject>', ''),
  good.replace(marker, `&${marker};`),
  good.replace('<samlp:Status>', `<samlp:Status ${marker}>`),
  good.replace('<samlp:Status>', `<samlp:Status a=${marker}>`),
  good.replace('<samlp:Status>', `<x:${marker}/><samlp:Status>`),
  good.replaceAll('SignatureValue', marker),
  good.replaceAll('DigestMethod', marker),
  good.replaceAll('http://www.w3.org/2001/10/xml-exc-c14n#', `urn:${marker}`),
  good.replaceAll('rsa-sha256', marker),
  good.replaceAll('xmlenc#sha256', marker),
  good.replace(/URI="[^"]*"/, `URI="#${marker}'"`),
  good.replaceAll('_assertion', `${marker}'or'1`),
  `<!DOCTYPE x SYSTEM "file:///${marker}">${good}`,
  `\ufeff${good}`,
  marker,
  toBase64(marker),
  deflateRawSync(Buffer.alloc(50_000_000)).toString('base64'),
  signResponse(responseXml(assertionXml({ nameId: marker }) + '<samlp:Extensions/>'.repeat(4000)), signer),
]

t.test('whatever is pasted, it ends, and is in no log, journal or file', async t => {
  const said: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk))
      done()
    },
  })
  const database = await testDatabase(t, `${t.testdir()}/scimulator.db`)
  const ports = ['--port=0', '--console-port=0', '--aws-port=0']
  const config = readConfig({
    args: [...flagsOf(database), ...ports, '--tenant=acme', '--profile=aws', '--log-level=trace'],
    environment: {},
    isTerminal: false,
  })
  const server = await startServer(config, pino({ level: 'trace' }, sink))
  t.teardown(server.close)
  const check = async (body: object) => {
    const response = await fetch(`${server.console}/api/v1/tenants/acme/sign-in/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as { readonly outcome?: string } }
  }
  for (const [index, response] of hostile.entries()) {
    const { status, body } = await check({ response, metadata })
    t.ok(status === 200 || status === 400, `${index}: ${status}`)
    if (status === 400) t.notMatch(JSON.stringify(body), marker, `${index}: the problem does not quote it`)
    if (status === 200) t.not(body.outcome, 'accepted', `${index}: no user has this name`)
  }
  await check({ response: 1, metadata: marker })
  const abandoned = new AbortController()
  const gone = fetch(`${server.console}/api/v1/tenants/acme/sign-in/check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response: good }),
    signal: abandoned.signal,
  })
  abandoned.abort()
  await t.rejects(gone)
  const exchanges = await fetch(`${server.console}/api/v1/exchanges`)
  t.same(((await exchanges.json()) as { items: unknown }).items, [])
  await server.close()
  t.ok(said.length > 0)
  const places = { logs: said.join(''), database: (await storedTexts(database)).join('') }
  for (const [place, text] of Object.entries(places)) {
    t.notOk(text.includes(marker), place)
    t.notOk(text.includes(toBase64(good).slice(200, 260)), place)
  }
})
