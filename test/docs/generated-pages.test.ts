import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { readKnown } from '../../scim-compliance/grade/comparison.ts'
import { awsErrorTexts } from '../../scripts/aws-error-texts.ts'
import { awsErrorPages } from '../../scripts/aws-errors-page.ts'
import { awsProfilePage } from '../../scripts/aws-profile-page.ts'
import { cliPage, commandPages } from '../../scripts/cli-page.ts'
import { checksTable, mutantsSentence, peersTable } from '../../scripts/compliance-page.ts'
import { findingPages, findingsPage } from '../../scripts/findings-page.ts'
import { identityProvidersPage } from '../../scripts/identity-providers-page.ts'
import { identityStorePage } from '../../scripts/identity-store-page.ts'
import { interoperabilityPage } from '../../scripts/interoperability-page.ts'
import { readMeasured } from '../../scripts/prove/measured.ts'
import { requirements } from '../../scripts/requirements-tested.ts'
import { rfcProfilePage } from '../../scripts/rfc-profile-page.ts'
import { filesByNumber, numberedRules } from '../../scripts/rules-page.ts'
import { signInCheckPage } from '../../scripts/sign-in-check-page.ts'
import { errorTypes } from '../../src/aws-api/api-error.ts'
import { scimErrorCodes } from '../../src/aws-api/cloudtrail.ts'
import { identityStoreRules } from '../../src/aws-api/identity-store/rules.ts'
import { apiRules } from '../../src/aws-api/rules.ts'
import { ssoAdminRules } from '../../src/aws-api/sso-admin/rules.ts'
import { maxRehearsalBytes } from '../../src/domain/contract/rehearsal.ts'
import { maxSessionBytes } from '../../src/domain/contract/session-file.ts'
import { rulePage } from '../../src/domain/documentation.ts'
import { createVerdict } from '../../src/domain/identity-providers/interoperability.ts'
import { usualLimits } from '../../src/domain/journal/redact-recorded.ts'
import { findingKinds } from '../../src/insight/analysis/diagnosis/diagnose.ts'
import { defaultLimits as checkLimits } from '../../src/insight/preflight/in-thread.ts'
import { driftLimits, defaultLimits as rehearsalLimits } from '../../src/insight/rehearsal/in-thread.ts'
import { signInRules } from '../../src/insight/sign-in-check/rules.ts'
import { statements as interopStatements } from '../../src/profiles/interop/statements.ts'
import { profileNames } from '../../src/profiles/names.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import { switches } from '../../src/profiles/rfc/features.ts'
import { rules } from '../../src/profiles/rfc/rules.ts'
import { statements } from '../../src/profiles/rfc/statements.ts'
import { functionNames } from '../../src/provisioning/entra/mapping/functions.ts'
import { readMapping } from '../../src/provisioning/entra/mapping/read-mapping.ts'
import { scopingOperators } from '../../src/provisioning/entra/mapping/scoping-filter.ts'
import { deepestJson } from '../../src/scim/json.ts'
import { productLabels, provisioningClients } from '../../src/scim/recognition/products.ts'
import { settings } from '../../src/server/settings.ts'
import { defaultKeepBytes } from '../../src/storage/common/journal-limits.ts'
import { mutants } from '../compliance/mutants/index.ts'
import { gradings } from '../compliance/peers/index.ts'

const root = new URL('../../', import.meta.url)

t.test('the page on the AWS profile matches the code', async t => {
  t.equal(readFileSync(new URL('docs/aws-profile.md', root), 'utf8'), awsProfilePage, 'run npm run docs')
})

t.test('npm run docs -- --check succeeds with the current pages', async t => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/write-docs.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  t.same({ status, stderr }, { status: 0, stderr: '' })
})

t.test('each statement of the page has a unique id and a source', async t => {
  const rows = awsProfilePage.split('\n').filter(line => line.startsWith('| `'))
  const ids = rows.map(line => line.split('`')[1])
  t.same(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
  )
  t.same(
    rows.filter(line => !/\[(documented|observed|inferred|assumed)\]\(https:\/\/[^)\s]+\) \|$/.test(line)),
    [],
  )
})

const compliancePage = readFileSync('docs/compliance.md', 'utf8')
const stale = 'docs/compliance.md is older than the checks. Run: npm run compliance-docs'

t.test('the page on compliance lists all checks, by suite and section', async t => {
  t.ok(compliancePage.includes(checksTable(checks)), stale)
})

t.test('the page on compliance has the number of mutants', async t => {
  t.ok(compliancePage.includes(mutantsSentence(mutants.length)), stale)
})

t.test('the page has each peer with all its failures', async t => {
  const graded = JSON.parse(readFileSync('test/compliance/peers/graded.json', 'utf8'))
  t.same(
    Object.keys(graded),
    gradings.map(({ peer }) => peer.id),
    stale,
  )
  t.ok(compliancePage.includes(peersTable(gradings, graded)), stale)
})

t.test('the page has each failure of a profile in its own suite, with the reason', async t => {
  const known = readKnown(readFileSync('test/compliance/known-rfc.json', 'utf8'), 'known-rfc.json')
  t.notMatch(compliancePage, 'not known')
  for (const { id, reason } of known)
    t.match(compliancePage, new RegExp(`\`${id}\` \\| \\w+ \\| ${reason.slice(0, 40)}`))
})

const mappingsPage = readFileSync(new URL('docs/entra-mappings.md', root), 'utf8')
const [, example = ''] = /```json\n(.*?)```/s.exec(mappingsPage) ?? []
const listAfter = (words: string) => {
  const [, list = ''] = new RegExp(`${words}:\\n\\n(.*?)\\n\\n`, 's').exec(mappingsPage) ?? []
  return [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
}

t.test('the mapping in the page is valid', async t => {
  const { users, groups } = readMapping(JSON.parse(example))
  t.same([users.attributes.length, users.scope.length, groups.attributes.length], [7, 1, 2])
})

t.test('the page lists every function and operator', async t => {
  t.same(listAfter('customizing-application-data\\)'), functionNames)
  t.same(listAfter('Operators'), scopingOperators)
})

t.test('the page on findings matches the code', async t => {
  t.equal(readFileSync(new URL('docs/findings.md', root), 'utf8'), findingsPage, 'run npm run docs')
})

t.test('each rule of the AWS APIs has one row with a source', async t => {
  const rows = identityStorePage
    .split('\n')
    .filter(line => /^\| `(aws-api|identity-store|sso-admin)\//.test(line))
  const ids = [...apiRules, ...identityStoreRules, ...ssoAdminRules].map(({ id }) => id)
  t.same(rows.map(line => line.split('`')[1]).sort(), ids.sort())
  for (const row of rows) {
    t.match(row, /\[(documented|observed|inferred|assumed)\]\(https:\/\/[^)]+\) \|$/)
  }
})

t.test('each rule of sign-in has one row with a source', async t => {
  const rows = signInCheckPage.split('\n').filter(line => /^\| `SI-\d+` \|/.test(line))
  t.same(rows.map(line => line.split('`')[1]).sort(), signInRules.map(({ id }) => id).sort())
  for (const row of rows) {
    t.match(row, /\[(documented|observed|inferred|assumed)\]\(https:\/\/[^)]+\) \|$/)
  }
})

t.test('each number in the tests is that of a rule, and each rule has a test', async t => {
  const ids = numberedRules.map(({ id }) => id)
  const ofDrafts = checks.flatMap(({ draft }) => draft?.rule ?? [])
  const ofClients = createVerdict([]).result().rules
  const defined = new Set<string>([
    ...ids,
    ...ofDrafts,
    ...[...signInRules, ...ofClients].map(({ id }) => id),
  ])
  t.equal(new Set(ids).size, ids.length, 'each number is defined once')
  t.same(
    [...filesByNumber].filter(([number]) => !defined.has(number)),
    [],
    'define it in scripts/rules, or remove it from the title',
  )
  t.same(
    ids.filter(id => !filesByNumber.has(id)),
    [],
    'a test of the rule has its number in the title',
  )
})

t.test('each numbered rule is a sentence with a source', async t => {
  t.same(
    numberedRules.filter(
      ({ rule, source }) =>
        !/^.*[.]$/.test(rule) || !/^(https:\/\/[^)\s]+|[a-z-]+\.md(#[a-z-]+)?)$/.test(source),
    ),
    [],
  )
})

t.test('each client whose setup is offered has a section, and each of its limits a source', async t => {
  const [, ...sections] = identityProvidersPage.split('\n## ')
  t.same(
    sections.map(section => section.split('\n')[0]),
    provisioningClients.map(client => productLabels[client]),
  )
  const limits = identityProvidersPage.split('\n').filter(line => line.startsWith('- '))
  for (const limit of limits) {
    t.match(limit, /\. \[(documented|observed|inferred)\]\(https:\/\/[^)\s]+\)$/)
  }
})

t.test('each kind of finding is in the index, and has a page with a source', async t => {
  const ids = findingKinds.map(({ id }) => id).sort()
  t.same([...findingsPage.matchAll(/\(findings\/(.+)\.md\) \|$/gm)].map(([, id]) => id).sort(), ids)
  t.same(
    findingPages.map(({ text }) => /^# .* \(`(.*)`\)$/m.exec(text)?.[1]).sort(),
    ids,
    'the title has the ID, so that the search finds it',
  )
  t.same(
    findingPages.filter(
      ({ text }) =>
        !/The rule is \[(documented|observed|inferred|assumed)\]\(https:\/\/[^)\s]+\)\./.test(text),
    ),
    [],
  )
})

t.test('each rule has the page and the anchor that the console links to', async t => {
  const ofProfiles = profileNames.flatMap(name =>
    Object.values(loadProfile(name).rules).flatMap((list: readonly { readonly id: string }[]) => list),
  )
  const ids = [...ofProfiles, ...apiRules, ...identityStoreRules, ...ssoAdminRules].map(({ id }) => id)
  const isMissing = (id: string) => {
    const [page = '', anchor] = rulePage('docs/{page}.md', id).split('#')
    return !existsSync(page) || (anchor && !readFileSync(page, 'utf8').includes(`\n| \`${anchor}\` |`))
  }
  t.same(ids.filter(isMissing), [])
})

t.test('each error of AWS that the program returns has a page, and each of its texts a cause', async t => {
  const names = [...Object.keys(errorTypes), ...Object.values(scimErrorCodes)]
  t.same(awsErrorPages.map(({ name }) => name).sort(), [...new Set(names)].sort())
  const transient = ['InternalServerException', 'ServiceUnavailableException']
  t.same(
    awsErrorTexts.filter(({ name, causes }) => causes.length === 0 && !transient.includes(name)),
    [],
  )
})

t.test('each command is in the index of commands', async t => {
  const linked = [...cliPage.matchAll(/\(cli\/(.+)\.md\)/g)].map(([, name]) => name)
  t.same(linked.sort(), commandPages.map(({ name }) => name).sort())
})

// Folders that handle exchanges. Elsewhere `action` has other meanings, too.
const folders = [
  'console',
  'domain/faults',
  'domain/journal',
  'domain/ports',
  'insight/analysis',
  'scim-api/http',
  'storage/common',
  'storage/postgres',
  'storage/sqlite',
]

/**
 * Code that decides by the sentence of an exchange: a comparison, a regular expression, a part of it. The `action` of a
 * version, such as `created`, is not a sentence.
 */
const readsSentence =
  /\baction(?:\(\))?\s*(?:[!=]==?\s*['"`](?!(?:created|changed|deleted)['"`])|\.(?:match|test|startsWith|endsWith|includes|split|slice|indexOf)\()|\.(?:test|exec)\((?:\w+\.)?action\)|\baction\s+(?:like|glob|=)\s+'(?!(?:created|changed|deleted)')/

t.test('R-006 no code parses the sentence of an exchange', async t => {
  const files = globSync(`src/{${folders}}/**/*.ts`)
  t.ok(files.length > 100)
  t.same(
    files.filter(file => readsSentence.test(readFileSync(file, 'utf8'))),
    [],
  )
  t.match('/^disable /.test(exchange.action)', readsSentence)
  t.match("action === 'unknown address'", readsSentence)
})

t.test('the page on the RFC profile matches the code', async t => {
  t.equal(readFileSync(new URL('docs/rfc-profile.md', root), 'utf8'), rfcProfilePage, 'run npm run docs')
})

t.test('each row of the page has a unique id, a section of an RFC, and existing requirements', async t => {
  const rows = rfcProfilePage.split('\n').filter(line => /^\| `/.test(line))
  const ids = rows.map(line => line.split('`')[1])
  t.equal(new Set(ids).size, ids.length)
  t.same(
    rows.filter(
      line =>
        !/\| \[RFC \d+ §[\d.]+\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+#section-[\d.]+\) \| (R-\d{3} ?)+ \|$/.test(
          line,
        ),
    ),
    [],
  )
  const known = requirements.map(({ id }) => id)
  t.same(
    (rfcProfilePage.match(/R-\d{3}/g) ?? []).filter(id => !known.includes(id)),
    [],
  )
})

t.test('each rule, statement and option is on the page', async t => {
  for (const { id, description } of [...Object.values(rules).flat(), ...statements, ...switches])
    t.ok(rfcProfilePage.includes(`| \`${id}\` | ${description.replaceAll('|', '\\|')} |`), id)
})

t.test('each rule and decision of the profile interop has a row with a section of a draft', async t => {
  const rows = interoperabilityPage.split('\n').filter(line => line.startsWith('| `interop/'))
  const ids = rows.map(line => line.split('`')[1])
  const { sentPatch, patch } = loadProfile('interop').rules
  t.same(
    ids,
    [...sentPatch, ...patch, ...interopStatements].map(({ id }) => id),
  )
  t.equal(new Set(ids).size, ids.length)
  t.same(
    rows.filter(line => !/\| \[(Profile|IPSIE) §[\d.]+\]\(https:\/\/[^)]+#section-[\d.]+\) \|$/.test(line)),
    [],
  )
})

t.test('the page on interoperability has the failures of the profiles that the tests know', async t => {
  const known: Readonly<Record<string, readonly { readonly checks: readonly string[] }[]>> = JSON.parse(
    readFileSync('test/compliance/draft-failures.json', 'utf8'),
  )
  const failed = readMeasured().servers.map(({ name, failed }) => [name, new Set(failed)])
  t.same(
    failed.filter(([name]) => String(name).startsWith('Scimulator')),
    profileNames.map(profile => [
      `Scimulator, \`${profile}\``,
      new Set(known[profile]?.flatMap(({ checks }) => checks)),
    ]),
    'run npm run prove -- interoperability --write, then npm run docs',
  )
})

const limitRows = readFileSync('docs/limits.md', 'utf8')
  .split('\n')
  .filter(line => /^\| (?!limit|---)/.test(line))
  .map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )

t.test('the page on limits has the limits of the code, in short cells', async t => {
  const defaultOf = (flag: string) => settings.find(setting => `--${setting.flag}` === flag)?.defaultValue
  const count = (number: unknown) => Number(number).toLocaleString('en')
  const mebibytes = (bytes: number) => `${bytes / 2 ** 20} MiB`
  const minutes = (milliseconds: number) => `${milliseconds / 60_000} minutes`
  const { limits } = loadProfile('rfc').requests
  const expected = {
    'Users of a tenant, groups, and resources of each other type': `${count(limits.resources)}; profile \`aws\`: ${count(loadProfile('aws').requests.limits.resources)}`,
    'Size of a request': mebibytes(limits.bodyBytes),
    'Comparisons in a filter that no index answers': `${limits.filterComparisons}, except with the profile \`aws\``,
    'Requests with valid credentials': count(defaultOf('--keep-exchanges')),
    'Age of requests': `${count(defaultOf('--keep-days'))} days`,
    'Size of requests': `${defaultKeepBytes / 1e9} GB`,
    'Stored part of a body': `${count(usualLimits.limit)} characters`,
    'Stored part of the response to a list or search': `${count(defaultOf('--journal-list-length'))} characters`,
    'JSON in files and in requests to the console': `${deepestJson} levels of objects and arrays`,
    'Session file': mebibytes(maxSessionBytes),
    'Check of such a directory, and comparison': `${checkLimits.maxOldGenerationSizeMb} MB of memory, ${minutes(checkLimits.maxMilliseconds)}`,
    'Files of a rehearsal or drift on the server': mebibytes(maxRehearsalBytes),
    'Rehearsal on the server': `${rehearsalLimits.maxOldGenerationSizeMb} MB of memory, ${minutes(rehearsalLimits.maxMilliseconds)}, one at a time`,
    'Drift on the server': `${driftLimits.maxOldGenerationSizeMb} MB of memory, ${minutes(driftLimits.maxMilliseconds)}, one at a time`,
  }
  t.same(
    Object.fromEntries(
      limitRows.map(([limit = '', value]) => [limit, value] as const).filter(([limit]) => limit in expected),
    ),
    expected,
  )
  const flags = limitRows.flatMap(([, , changed]) => changed?.match(/--[a-z-]+/g) ?? [])
  t.same(
    flags.filter(flag => !settings.some(setting => `--${setting.flag}` === flag)),
    [],
  )
  t.same(
    limitRows.flat().filter(cell => cell.length > 60),
    [],
  )
})
