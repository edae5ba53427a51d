import { SignatureV4 } from '@smithy/signature-v4'
import { identityStoreId } from '../src/aws-api/identifiers.ts'
import { Sha256 } from '../test/support/aws.ts'
import { type Seeded, spread, userNameOf } from './data.ts'
import { load, type RequestSpec } from './driver.ts'
import { type BenchOptions, type Fixture, type Target, tenant } from './fixture.ts'
import { get, secondsOfWarmUp } from './hot-paths.ts'
import type { PartResult } from './part.ts'
import { accessKey } from './seed-scimulator.ts'
import { type Measured, median, medianOf } from './statistics.ts'
import { rate, table } from './table.ts'

const serverNames = ['large', 'small', 'without signatures'] as const
type ServerName = (typeof serverNames)[number]
type Servers = Readonly<Record<ServerName, Target>>
/** With the CPU time of the server per request, in seconds. */
type WithCost = Measured & { readonly cost: number }
type Results = Readonly<Record<ServerName, readonly WithCost[]>>

/** The operations that auditors and Terraform call most, with the members of the request with this number. */
const operations: Readonly<Record<string, (seeded: Seeded, at: number) => object>> = {
  DescribeUser: ({ users }, at) => ({ UserId: spread(users, at) }),
  GetUserId: ({ users }, at) => ({
    AlternateIdentifier: {
      UniqueAttribute: {
        AttributePath: 'userName',
        AttributeValue: userNameOf((at * 7919) % users.length),
      },
    },
  }),
  ListGroupMemberships: ({ largeGroup }) => ({ GroupId: largeGroup }),
}

/** Requests are signed before a turn, so that the load is not limited by signing. They are sent again and again. */
const signedRequests = 1000

async function signRequests({ aws, seeded }: Target, operation: string): Promise<readonly RequestSpec[]> {
  const { hostname, port, host } = new URL(aws)
  const signer = new SignatureV4({
    service: 'identitystore',
    region: 'us-east-1',
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
    sha256: Sha256,
  })
  const input = operations[operation] ?? (() => ({}))
  const sign = async (at: number): Promise<RequestSpec> => {
    const body = JSON.stringify({ IdentityStoreId: identityStoreId(tenant), ...input(seeded, at) })
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      query: {},
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSIdentityStore.${operation}`,
      },
      body,
    })
    const { host: _, ...others } = headers
    return { method: 'POST', path: '/', headers: others, body }
  }
  return Promise.all(Array.from({ length: signedRequests }, (_, at) => sign(at)))
}

/** Measures requests on all servers in alternating turns; the others are paused. */
async function measure(
  servers: Servers,
  { seconds, turns }: BenchOptions,
  requestsOf: (
    target: Target,
  ) => Promise<{ readonly base: string; readonly requests: readonly RequestSpec[] }>,
): Promise<Results> {
  const results: Record<ServerName, WithCost[]> = { large: [], small: [], 'without signatures': [] }
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of serverNames) {
      const target = servers[name]
      const { base, requests } = await requestsOf(target)
      target.resume()
      let at = 0
      const cpu = target.cpu()
      const measured = await load({
        name,
        endpoint: { base, headers: target.directory.headers },
        connections: 25,
        limit: { seconds: turn === 0 ? Math.max(seconds, secondsOfWarmUp) : seconds },
        next: () => spread(requests, at++),
      })
      const used = (target.cpu() ?? Number.NaN) - (cpu ?? Number.NaN)
      target.pause()
      const cost = Number.isNaN(used) ? 1 / measured.perSecond : used / at
      if (turn > 0) results[name].push({ ...measured, cost })
    }
  }
  return results
}

const costOf = (measured: readonly WithCost[]): number => median(measured.map(({ cost }) => cost))

/** The Identity Store API: with few and many users, and with and without signatures. */
export async function awsApis(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const servers: Servers = {
    'without signatures': await fixture.serveCopy('aws', 'large', ['--aws-auth', 'any']),
    large: await fixture.serve('aws', 'large'),
    small: await fixture.serve('aws', 'small'),
  }
  for (const target of Object.values(servers)) target.pause()
  try {
    const scim = await measure(servers, options, async target => ({
      base: target.directory.base,
      requests: Array.from({ length: signedRequests }, (_, at) => get.request(target, at)),
    }))
    const figures: Record<string, number> = {}
    const rows = [['SCIM GET', ...serverNames.map(name => rate(medianOf(scim[name]))), '', '']]
    for (const operation of Object.keys(operations)) {
      const results = await measure(servers, options, async target => ({
        base: target.aws,
        requests: await signRequests(target, operation),
      }))
      const growth = costOf(results.large) / costOf(results.small)
      const signature = (costOf(results.large) - costOf(results['without signatures'])) / costOf(scim.large)
      rows.push([
        operation,
        ...serverNames.map(name => rate(medianOf(results[name]))),
        growth.toFixed(2),
        signature.toFixed(2),
      ])
      figures[`growth of ${operation}`] = growth
      if (operation === 'DescribeUser') figures['signature of a request'] = signature
    }
    const head = ['', 'all users', '1,000 users', 'without signatures', 'growth', 'signature']
    return { text: table([head, ...rows]), figures }
  } finally {
    for (const target of Object.values(servers)) await target.stop()
  }
}
