import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { get } from './cases.ts'
import { type Endpoint, load, type RequestSpec } from './driver.ts'
import { type BenchOptions, type Fixture, type Target, tenant } from './fixture.ts'
import type { PartResult } from './part.ts'
import { type Measured, median, medianOf } from './statistics.ts'
import { rate, table } from './table.ts'
import { secondsOfWarmUp } from './turns.ts'

const audience = 'scimulator-bench'
const loginPath = `/${tenant}/oauth2/token`

/** An issuer on this machine, and one of its tokens. */
async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256' }] })
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(keys)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(privateKey)
  return { issuer, token, close: () => server.close() }
}

/** A call of the console's API. */
async function callConsole<Body = undefined>(
  { console }: Target,
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Body> {
  const response = await fetch(`${console}/api/v1/tenants/${tenant}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: status ${response.status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as Body
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }

type Client = { readonly id: string; readonly form: string; readonly token: string }

async function createClient(target: Target): Promise<Client> {
  const { id, secret } = await callConsole<{
    readonly id: string
    readonly secret: { readonly value: string }
  }>(target, 'POST', '/clients', { name: 'bench' })
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret.value,
  }).toString()
  const url = new URL(loginPath, target.base)
  const response = await fetch(url, { method: 'POST', headers: formHeaders, body: form })
  const { access_token: token } = (await response.json()) as { readonly access_token: string }
  return { id, form, token }
}

/** Lets a tenant accept JWTs of the issuer. */
const trust = (target: Target, issuer: string): Promise<{ readonly id: string }> =>
  callConsole(target, 'POST', '/issuers', {
    kind: 'oauth',
    issuer,
    audiences: [audience],
    jwks: `${issuer}/keys`,
  })

const alone = 'access token of the tenant, which accepts nothing else'
const own = 'access token of the tenant'
const jwt = 'JWT of a trusted issuer, remembered'
const issued = 'access token of the token endpoint'
const names = [alone, own, jwt, issued] as const
type Name = (typeof names)[number]

/** With the CPU time of the server per request, in microseconds. */
type WithCost = Measured & { readonly cost: number }
type Turn = Readonly<Record<Name, WithCost>>

/** TS-T12: reads of users by ID with each kind of credentials, in alternating turns, and requests for access tokens. */
export async function credentials(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const issuer = await startIssuer()
  const target = await fixture.serve('rfc', 'large')
  try {
    const turns: Turn[] = []
    for (let turn = 0; turn <= options.turns; turn++) {
      const measured = await measureTurn(target, issuer, {
        seconds: turn === 0 ? Math.max(options.seconds, secondsOfWarmUp) : options.seconds,
      })
      if (turn > 0) turns.push(measured)
    }
    const { form } = await createClient(target)
    const tokens = await measureTokenEndpoint(target, form, options)
    /** The cost of one kind divided by that of another. */
    const ratio = (one: Name, other: Name) => median(turns.map(turn => turn[one].cost / turn[other].cost))
    return {
      text: `${table([
        ['credentials', 'requests per second', 'CPU, µs', 'CPU ÷ that of an own token'],
        ...names.map(name => [
          name,
          rate(medianOf(turns.map(turn => turn[name]))),
          median(turns.map(turn => turn[name].cost)).toFixed(1),
          ratio(name, own).toFixed(2),
        ]),
      ])}
Requests for an access token, 25 connections: ${rate(tokens)} per second.
`,
      figures: {
        'own token': ratio(alone, own),
        'remembered JWT': ratio(own, jwt),
        'token endpoint': tokens.perSecond,
      },
    }
  } finally {
    issuer.close()
    await target.stop()
  }
}

/** The tenant accepts other credentials only meanwhile, so that its own tokens are measured with and without them. */
async function measureTurn(
  target: Target,
  issuer: Awaited<ReturnType<typeof startIssuer>>,
  limit: { readonly seconds: number },
): Promise<Turn> {
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
  const { headers } = target.directory
  const before = await measure(target, alone, headers, limit)
  const { id } = await trust(target, issuer.issuer)
  const client = await createClient(target)
  const others = {
    [own]: await measure(target, own, headers, limit),
    [jwt]: await measure(target, jwt, bearer(issuer.token), limit),
    [issued]: await measure(target, issued, bearer(client.token), limit),
  }
  await callConsole(target, 'DELETE', `/issuers/${id}`)
  await callConsole(target, 'DELETE', `/clients/${client.id}`)
  // Before and after, since a server becomes faster while it runs.
  const after = await measure(target, alone, headers, limit)
  return { ...others, [alone]: { ...after, cost: (before.cost + after.cost) / 2 } }
}

async function measure(
  target: Target,
  name: Name,
  headers: Endpoint['headers'],
  limit: { readonly seconds: number },
): Promise<WithCost> {
  let requests = 0
  const before = target.cpu()
  const measured = await load({
    name,
    endpoint: { base: target.directory.base, headers },
    connections: 25,
    limit,
    next: () => get.request(target, requests++),
  })
  const used = (target.cpu() ?? Number.NaN) - (before ?? Number.NaN)
  const cost = Number.isNaN(used) ? 1e6 / measured.perSecond : (used * 1e6) / requests
  return { ...measured, cost }
}

function measureTokenEndpoint(target: Target, form: string, { seconds }: BenchOptions): Promise<Measured> {
  const request: RequestSpec = { method: 'POST', path: '', headers: formHeaders, body: form }
  const { origin } = new URL(target.base)
  return load({
    name: 'token endpoint',
    endpoint: { base: `${origin}${loginPath}`, headers: {} },
    connections: 25,
    limit: { seconds: Math.max(seconds, secondsOfWarmUp) },
    next: () => request,
  })
}
