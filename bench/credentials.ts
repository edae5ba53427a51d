import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type Endpoint, load, type RequestSpec } from './driver.ts'
import { type BenchOptions, type Fixture, type Target, tenant } from './fixture.ts'
import { get, secondsOfWarmUp } from './hot-paths.ts'
import type { PartResult } from './part.ts'
import { type Measured, median, medianOf } from './statistics.ts'
import { rate, table } from './table.ts'

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
async function post<Body>({ console }: Target, path: string, body: object): Promise<Body> {
  const response = await fetch(`${console}/api/v1/tenants/${tenant}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: status ${response.status}: ${await response.text()}`)
  return (await response.json()) as Body
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }

async function createClient(target: Target): Promise<{ readonly form: string; readonly token: string }> {
  const client = await post<{ readonly id: string; readonly secret: { readonly value: string } }>(
    target,
    '/clients',
    { name: 'bench' },
  )
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.id,
    client_secret: client.secret.value,
  }).toString()
  const url = new URL(loginPath, target.base)
  const response = await fetch(url, { method: 'POST', headers: formHeaders, body: form })
  const { access_token: token } = (await response.json()) as { readonly access_token: string }
  return { form, token }
}

type Credential = { readonly name: string; readonly headers: Endpoint['headers'] }

/** With the CPU time of the server per request, in microseconds. */
type WithCost = Measured & { readonly cost: number }

/** Reads of users by ID with each kind of credentials, in alternating turns, and requests for access tokens. */
export async function credentials(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const issuer = await startIssuer()
  const target = await fixture.serve('rfc', 'large')
  try {
    await post(target, '/issuers', {
      kind: 'oauth',
      issuer: issuer.issuer,
      audiences: [audience],
      jwks: `${issuer.issuer}/keys`,
    })
    const { form, token } = await createClient(target)
    const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
    const all: readonly Credential[] = [
      { name: 'access token of the tenant', headers: target.directory.headers },
      { name: 'JWT of a trusted issuer, remembered', headers: bearer(issuer.token) },
      { name: 'access token of the token endpoint', headers: bearer(token) },
    ]
    const measured = await measureAll(target, all, options)
    const tokens = await measureTokenEndpoint(target, form, options)
    const [own = []] = measured
    const costs = measured.map(turns => median(turns.map((one, turn) => one.cost / (own[turn]?.cost ?? 0))))
    return {
      text: `${table([
        ['credentials', 'requests per second', 'CPU, µs', 'CPU ÷ that of an own token'],
        ...all.map(({ name }, at) => [
          name,
          rate(medianOf(measured[at] ?? [])),
          median((measured[at] ?? []).map(({ cost }) => cost)).toFixed(1),
          (costs[at] ?? Number.NaN).toFixed(2),
        ]),
      ])}
Requests for an access token, 25 connections: ${rate(tokens)} per second.
`,
      figures: {
        'remembered JWT': 1 / (costs[1] ?? Number.NaN),
        'token endpoint': tokens.perSecond,
      },
    }
  } finally {
    issuer.close()
    await target.stop()
  }
}

async function measureAll(
  target: Target,
  all: readonly Credential[],
  { seconds, turns }: BenchOptions,
): Promise<readonly (readonly WithCost[])[]> {
  const results: WithCost[][] = all.map(() => [])
  let at = 0
  for (let turn = 0; turn <= turns; turn++) {
    for (const [nth, { name, headers }] of all.entries()) {
      const [before, first] = [target.cpu(), at]
      const measured = await load({
        name,
        endpoint: { base: target.directory.base, headers },
        connections: 25,
        limit: { seconds: turn === 0 ? Math.max(seconds, secondsOfWarmUp) : seconds },
        next: () => get.request(target, at++),
      })
      const used = (target.cpu() ?? Number.NaN) - (before ?? Number.NaN)
      const cost = Number.isNaN(used) ? 1e6 / measured.perSecond : (used * 1e6) / (at - first)
      if (turn > 0) results[nth]?.push({ ...measured, cost })
    }
  }
  return results
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
