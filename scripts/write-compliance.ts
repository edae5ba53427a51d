import { readFileSync, writeFileSync } from 'node:fs'
import { awsVerdict } from '../scim-compliance/checks/aws/verdict.ts'
import { checks } from '../scim-compliance/checks/catalog.ts'
import { entraVerdict } from '../scim-compliance/checks/entra/verdict.ts'
import { appraiseRun } from '../scim-compliance/grade/appraisal.ts'
import { readKnown } from '../scim-compliance/grade/comparison.ts'
import { runChecks } from '../scim-compliance/run/run-checks.ts'
import { version } from '../scim-compliance/version.ts'
import { createServer } from '../src/index.ts'
import { mutants } from '../test/compliance/mutants/index.ts'
import { type GradedPeers, gradePeer } from '../test/compliance/peers/graded.ts'
import { peers } from '../test/compliance/peers/index.ts'
import { scimmyServer } from '../test/support/scimmy.ts'
import { compliancePage, type Graded } from './compliance-page.ts'

const knownFile = 'test/compliance/known-rfc.json'
const peersFile = 'test/compliance/peers/graded.json'

/** Runs every suite against a server without a rate limit. */
async function graded(
  { url, token }: { readonly url: string; readonly token: string },
  about: Omit<Graded, 'appraisal'>,
): Promise<Graded> {
  process.stderr.write(`${about.name} …\n`)
  const { result } = await runChecks({
    url,
    token,
    headers: {},
    as: ['rfc', 'aws', 'entra'],
    only: [],
    skip: [],
    readOnly: false,
    concurrency: 4,
    rate: 0,
    timeoutSeconds: 60,
    retries: 0,
    insecure: false,
    extras: [],
    checks,
  })
  const evaluators = [entraVerdict, awsVerdict]
  return {
    ...about,
    appraisal: appraiseRun(result, { threshold: { failOn: 'must' }, evaluators, version }),
  }
}

const notGraded = { failed: [], follows: {} }
const gradedPeers: Record<string, GradedPeers[string]> = {}
for (const { id } of peers) gradedPeers[id] = { rfc: notGraded, entra: notGraded }
const queue = peers.values()
const gradeNext = async () => {
  for (const peer of queue) {
    process.stderr.write(`${peer.id} …\n`)
    gradedPeers[peer.id] = { rfc: await gradePeer(peer, 'rfc'), entra: await gradePeer(peer, 'entra') }
  }
}
// The other vendors' servers mostly wait for timeouts: they run in parallel.
const grading = Promise.all(Array.from({ length: 4 }, gradeNext))
const all: Graded[] = []
for (const profile of ['rfc', 'aws', 'entra'] as const) {
  await using server = await createServer({ profile })
  all.push(await graded(server, { name: `Scimulator, \`${profile}\``, own: profile }))
}
const closing: (() => unknown)[] = []
const scimmy = await scimmyServer({ teardown: close => closing.push(close) })
all.push(await graded(scimmy, { name: 'SCIMMY' }))
for (const close of closing) await close()

await grading
writeFileSync(peersFile, `${JSON.stringify(gradedPeers, undefined, 2)}\n`)
writeFileSync(
  'docs/compliance.md',
  compliancePage(
    all,
    checks,
    readKnown(readFileSync(knownFile, 'utf8'), knownFile),
    mutants.length,
    peers,
    gradedPeers,
  ),
)
