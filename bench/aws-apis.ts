import { SignatureV4 } from '@smithy/signature-v4'
import { createVerifier, readSignature } from '../src/aws-api/http/signature.ts'
import { identityStoreId } from '../src/aws-api/identifiers.ts'
import { Sha256 } from '../test/support/aws.ts'
import { get } from './cases.ts'
import { type Seeded, spread, userNameOf } from './data.ts'
import { load, type RequestSpec } from './driver.ts'
import { type BenchOptions, type Fixture, type Target, tenant } from './fixture.ts'
import type { PartResult } from './part.ts'
import { accessKey } from './seed-scimulator.ts'
import { type Measured, median, medianOf } from './statistics.ts'
import { rate, table } from './table.ts'
import { secondsOfWarmUp } from './turns.ts'

const serverNames = ['large', 'small'] as const
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

type SignedSpec = RequestSpec & Required<Pick<RequestSpec, 'body' | 'headers'>>

async function signRequests({ aws, seeded }: Target, operation: string): Promise<readonly SignedSpec[]> {
  const { hostname, port, host } = new URL(aws)
  const signer = new SignatureV4({
    service: 'identitystore',
    region: 'us-east-1',
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
    sha256: Sha256,
  })
  const input = operations[operation] ?? (() => ({}))
  const sign = async (at: number): Promise<SignedSpec> => {
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
    return { method: 'POST', path: '/', headers, body }
  }
  return Promise.all(Array.from({ length: signedRequests }, (_, at) => sign(at)))
}

/** Measures requests on both servers in alternating turns; the other one is paused. */
async function measure(
  servers: Servers,
  { seconds, turns }: BenchOptions,
  requestsOf: (
    target: Target,
  ) => Promise<{ readonly base: string; readonly requests: readonly RequestSpec[] }>,
): Promise<Results> {
  const results: Record<ServerName, WithCost[]> = { large: [], small: [] }
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

/** The CPU time to verify a signature, in seconds. */
function verificationCost(requests: readonly SignedSpec[]): number {
  const verify = createVerifier()
  const received = requests.map(({ method, path, headers, body }) => ({
    authorization: headers.authorization ?? '',
    request: {
      method,
      url: path,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]),
      ),
      body: Buffer.from(body),
    },
  }))
  const rounds = Array.from({ length: 30 }, () => {
    const before = process.cpuUsage()
    for (const { authorization, request } of received) {
      const signature = readSignature(authorization)
      if (!signature || verify(request, signature, accessKey.secret)) throw new Error('A signature is wrong.')
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6 / received.length
  })
  return median(rounds)
}

/** The Identity Store API with few and many users, and the cost of signatures. */
export async function awsApis(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const servers: Servers = {
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
    const rows = [['SCIM GET', ...serverNames.map(name => rate(medianOf(scim[name]))), '']]
    for (const operation of Object.keys(operations)) {
      const results = await measure(servers, options, async target => ({
        base: target.aws,
        requests: await signRequests(target, operation),
      }))
      const growth = costOf(results.large) / costOf(results.small)
      rows.push([operation, ...serverNames.map(name => rate(medianOf(results[name]))), growth.toFixed(2)])
      figures[`growth of ${operation}`] = growth
    }
    const verification = verificationCost(await signRequests(servers.large, 'DescribeUser'))
    const share = verification / costOf(scim.large)
    return {
      text: `${table([['', 'all users', '1,000 users', 'growth'], ...rows])}
A signature is verified in ${(verification * 1e6).toFixed(1)} µs of CPU time: ${share.toFixed(2)} of a SCIM GET.
`,
      figures: { ...figures, 'signature of a request': share },
    }
  } finally {
    for (const target of Object.values(servers)) await target.stop()
  }
}
