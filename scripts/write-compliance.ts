import { readFileSync, writeFileSync } from 'node:fs'
import { awsVerdict } from '../scim-compliance/checks/aws/verdict.ts'
import { checks } from '../scim-compliance/checks/catalog.ts'
import { entraVerdict } from '../scim-compliance/checks/entra/verdict.ts'
import { oktaVerdict } from '../scim-compliance/checks/okta/verdict.ts'
import { appraiseRun } from '../scim-compliance/grade/appraisal.ts'
import { readKnown } from '../scim-compliance/grade/comparison.ts'
import { runChecks } from '../scim-compliance/run/run-checks.ts'
import { version } from '../scim-compliance/version.ts'
import { createServer } from '../src/index.ts'
import { mutants } from '../test/compliance/mutants/index.ts'
import { type GradedPeers, gradeRun, runSuite } from '../test/compliance/peers/graded.ts'
import { gradings } from '../test/compliance/peers/index.ts'
import { failuresOnScimmy, scimmyFailuresFile } from '../test/compliance/scimmy-failures.ts'
import { scimmyServer } from '../test/support/scimmy.ts'
import { compliancePage, type Graded } from './compliance-page.ts'

const knownFile = 'test/compliance/known-rfc.json'
const peersFile = 'test/compliance/peers/graded.json'

const writeJson = (file: string, value: unknown) =>
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)

/** Grades a server by every suite, without a rate limit. */
async function graded(
  { url, token }: { readonly url: string; readonly token: string },
  about: Omit<Graded, 'appraisal'>,
): Promise<Graded> {
  process.stderr.write(`${about.name} …\n`)
  const { result } = await runChecks({
    url,
    token,
    headers: {},
    as: ['rfc', 'aws', 'entra', 'okta'],
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
  const evaluators = [entraVerdict, awsVerdict, oktaVerdict]
  return {
    ...about,
    appraisal: appraiseRun(result, { threshold: { failOn: 'must' }, evaluators, version }),
  }
}

const gradedPeers: Record<string, GradedPeers[string]> = Object.fromEntries(
  gradings.map(({ peer }) => [peer.id, {}]),
)
const queue = gradings.values()
const gradeNext = async () => {
  for (const { peer, suites } of queue) {
    process.stderr.write(`${peer.id} …\n`)
    for (const suite of suites)
      gradedPeers[peer.id] = { ...gradedPeers[peer.id], [suite]: gradeRun(await runSuite(peer, suite)) }
  }
}
// Most of the time is spent waiting for results that a peer never returns, so peers are graded concurrently.
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

const clientFailures = await failuresOnScimmy()
writeJson(
  scimmyFailuresFile,
  clientFailures.map(({ check }) => check.id),
)
await grading
writeJson(peersFile, gradedPeers)
writeFileSync(
  'docs/compliance.md',
  compliancePage(
    all,
    checks,
    readKnown(readFileSync(knownFile, 'utf8'), knownFile),
    mutants.length,
    gradings,
    gradedPeers,
    clientFailures,
  ),
)
