import t, { type Test } from 'tap'
import type { AuthorizationOptions, Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { ipsieChecks } from '../../scim-compliance/checks/ipsie/catalog.ts'
import { ipsieVerdict } from '../../scim-compliance/checks/ipsie/verdict.ts'
import { fail } from '../../scim-compliance/expect.ts'
import { readOptions } from '../../scim-compliance/options.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { appraised, aResult } from './a-result.ts'
import { type Respond, runOptions, smallServer } from './small-server.ts'

const outcomesWith = (others: Readonly<Record<string, Partial<Outcome>>>): readonly Outcome[] =>
  ipsieChecks.map(check => ({
    check,
    verdict: 'passed',
    exchanges: [],
    milliseconds: 1,
    ...others[check.id],
  }))

const verdictWith = (others: Readonly<Record<string, Partial<Outcome>>>) =>
  ipsieVerdict({ outcomes: outcomesWith(others), exchanges: [] })

const failed: Partial<Outcome> = { verdict: 'failed', expected: 'this', got: 'that' }
const skipped = (more: Partial<Outcome>): Partial<Outcome> => ({
  verdict: 'skipped',
  reason: 'Because.',
  ...more,
})

/** `AL1 pass, AL2 fail AL-206`, and what was not checked. */
const levelsWith = (others: Readonly<Record<string, Partial<Outcome>>>) =>
  verdictWith(others)?.levels?.map(({ level, verdict, failed, unchecked }) =>
    [level, verdict, ...failed, ...(unchecked.length > 0 ? ['unchecked', ...unchecked] : [])].join(' '),
  )

t.test('each check has the level that first requires it', async t => {
  const areas = Map.groupBy(ipsieChecks, ({ draft }) => draft?.assurance)
  t.same(
    [...areas].map(([assurance, those]) => [
      assurance,
      [...new Set(those.map(({ id }) => id.split('/')[1]))],
    ]),
    [
      ['all', ['authorization', 'service', 'load']],
      ['AL1', ['deprovisioning']],
      ['AL2', ['users', 'groups']],
    ],
  )
})

t.test('a level passes if no requirement of it and of those below fails', async t => {
  const none = 'AL3 not defined'
  t.same(levelsWith({}), ['AL1 pass', 'AL2 pass', none])
  t.same(levelsWith({ 'ipsie/groups/fifty-members': failed }), ['AL1 pass', 'AL2 fail AL-206', none])
  t.same(levelsWith({ 'ipsie/deprovisioning/deactivate': failed }), [
    'AL1 fail AL-101',
    'AL2 fail AL-101',
    none,
  ])
  t.same(levelsWith({ 'ipsie/service/bulk': failed }), ['AL1 fail AL-A06', 'AL2 fail AL-A06', none])
})

t.test('a recommendation does not fail a level, but is a reason', async t => {
  const verdict = verdictWith({ 'ipsie/groups/unique-name': failed })
  t.match(verdict, {
    works: 'yes',
    summary: 'AL1 passes; AL2 passes. Ask the vendor about 5 more requirements.',
    because: [
      'AL-207 (SHOULD, AL2, §6.2.1): A second group with the same displayName is rejected. Expected this, got that.',
    ],
  })
})

t.test('what only an option tests leaves a level open for nothing else', async t => {
  const option = skipped({ lacks: 'option' })
  t.same(levelsWith({ 'ipsie/load/rate': option, 'ipsie/authorization/token': option }), [
    'AL1 pass unchecked AL-A02 AL-A05',
    'AL2 pass unchecked AL-A02 AL-A05',
    'AL3 not defined',
  ])
  t.same(levelsWith({ 'ipsie/users/update': skipped({}) }), [
    'AL1 pass',
    'AL2 unknown unchecked AL-203',
    'AL3 not defined',
  ])
})

t.test('groups and deletions are optional', async t => {
  const groups = ipsieChecks.filter(({ id }) => id.startsWith('ipsie/groups/'))
  const without = Object.fromEntries(groups.map(({ id }) => [id, skipped({ lacks: 'groups' })]))
  t.same(levelsWith({ ...without, 'ipsie/deprovisioning/name-is-free': skipped({ lacks: 'operation' }) }), [
    'AL1 pass',
    'AL2 pass',
    'AL3 not defined',
  ])
})

t.test('a level is unknown if its checks were not selected', async t => {
  const outcomes = outcomesWith({}).filter(({ check }) => check.draft?.assurance !== 'all')
  t.match(ipsieVerdict({ outcomes, exchanges: [] }), {
    works: 'unknown',
    summary: /^AL1 is unknown; AL2 is unknown\. Not checked: 8 rules\./,
  })
  t.equal(ipsieVerdict({ outcomes: [], exchanges: [] }), undefined)
})

t.test('each report has the levels and what to ask the vendor', async t => {
  const result = aResult({ outcomes: outcomesWith({ 'ipsie/users/no-password': failed }) })
  const appraisal = appraised(result, { evaluators: [ipsieVerdict] })
  const text = (format: string, verbose = true) =>
    createReport(format, appraisal, { verbose }).replace(/\s+/g, ' ').replaceAll('\\', '')
  for (const format of ['terminal', 'html', 'markdown']) {
    t.match(text(format), 'AL2: fail; failed: AL-202', format)
    t.match(text(format), 'AL3: not defined', format)
    t.match(text(format), '§8, all levels: Is every creation, change and deletion logged for audits?', format)
  }
  const short = text('terminal', false)
  t.match(short, 'AL1 passes; AL2 fails: AL-202. Ask the vendor about 5 more requirements.')
  t.notMatch(short, 'logged for audits')
  const [verdict] = JSON.parse(createReport('json', appraisal)).verdicts
  t.same(verdict.levels[1], { level: 'AL2', verdict: 'fail', failed: ['AL-202'], unchecked: [] })
  t.equal(verdict.vendor.length, 5)
  t.match(verdict.contradictions[0], { level: 'all', section: '4.1', text: /^AL-A02: / })
})

t.test('options name the issuer, a client and its assertion, and allow load', async t => {
  const environment = { SCIM_CLIENT_ID: 'idp', SCIM_CLIENT_ASSERTION: 'a.b.c' }
  const args = ['https://scim.example/v2', '--as', 'ipsie', '--issuer', 'https://as.example/t', '--load']
  t.match(readOptions(args, environment), {
    options: {
      as: ['interop', 'ipsie'],
      load: true,
      authorization: { issuer: 'https://as.example/t', client: { id: 'idp', assertion: 'a.b.c' } },
    },
  })
  t.match(readOptions(['https://scim.example/v2'], { SCIM_CLIENT_ID: 'idp' }), {
    options: { load: false, authorization: { client: undefined } },
  })
  t.match(readOptions(['https://scim.example', '--issuer', 'as.example'], {}), {
    problems: ['--issuer must start with https:// or http://.'],
  })
})

const assertion = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJpZHAifQ.c2lnbmF0dXJl'
const issued = 'an-access-token-of-this-server'
const inserted = '/.well-known/oauth-authorization-server'

/** A server with an authorization server whose issuer is the SCIM root; `change` replaces members of its documents. */
async function authorizationServer(
  t: Pick<Test, 'teardown'>,
  { metadata = {}, token = {}, config = {} }: Readonly<Record<string, object>> = {},
  authorization: AuthorizationOptions = { client: { id: 'idp', assertion } },
) {
  const root = () => server.url
  const respond: Respond = ({ path }) => {
    if (path.startsWith(inserted))
      return {
        body: {
          issuer: root(),
          token_endpoint: `${root()}/token`,
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_methods_supported: ['private_key_jwt'],
          scopes_supported: ['scim'],
          ...metadata,
        },
      }
    if (path === '/token')
      return { body: { access_token: issued, token_type: 'Bearer', scope: 'scim', ...token } }
    return { body: path === '/ServiceProviderConfig' ? config : { totalResults: 0, Resources: [] } }
  }
  const server = await smallServer(t, respond)
  const { result } = await runChecks(
    runOptions(server.url, checks, { as: ['ipsie'], only: ['ipsie/authorization'], authorization }),
  )
  return { requests: server.requests, result, outcomes: result.outcomes }
}

const verdictsOf = (outcomes: readonly Outcome[]) =>
  outcomes.map(
    ({ check, verdict, got, reason }) =>
      `${check.id} ${verdict}${(got ?? reason) ? `: ${got ?? reason}` : ''}`,
  )

t.test('the metadata is found at the URL of the issuer, and a client gets a token with its JWT', async t => {
  const { requests, result, outcomes } = await authorizationServer(t)
  t.same(
    outcomes.map(({ verdict }) => verdict),
    ['passed', 'passed', 'passed'],
  )
  const elsewhere = requests.filter(({ path }) => path.startsWith(inserted) || path === '/token')
  t.equal(elsewhere[0]?.path, inserted)
  t.same([...new Set(elsewhere.map(({ headers }) => headers.authorization))], [undefined])
  const form = requests.find(({ path }) => path === '/token')
  t.equal(form?.headers['content-type'], 'application/x-www-form-urlencoded')
  t.same(Object.fromEntries(new URLSearchParams(form?.body)), {
    grant_type: 'client_credentials',
    scope: 'scim',
    client_id: 'idp',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  for (const secret of [assertion, issued]) t.notOk(JSON.stringify(result).includes(secret))
})

t.test(
  'no token is requested without a client, or of a metadata that lacks what the draft requires',
  async t => {
    const without = await authorizationServer(t, {}, {})
    t.match(verdictsOf(without.outcomes)[2], /token skipped: A token is only requested with SCIM_CLIENT_ID/)
    t.notOk(without.requests.some(({ path }) => path === '/token'))
    const poor = await authorizationServer(t, {
      metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
    })
    t.match(poor.outcomes[1], { verdict: 'failed', expected: /^private_key_jwt in token_endpoint_auth/ })
  },
)

t.test('a token with another scope fails, and no report quotes the response', async t => {
  const { outcomes, result } = await authorizationServer(t, { token: { scope: 'scim admin' } })
  t.match(outcomes[2], { verdict: 'failed', expected: 'scope scim', got: '"another scope"' })
  t.notOk(JSON.stringify(result).includes(issued))
})

t.test('no request goes to an address without TLS that the server names', async t => {
  const other = await smallServer(t, () => ({ body: {} }))
  const link = `${other.url.replace('/scim', '')}${inserted}`
  await authorizationServer(t, { config: { authenticationSchemes: [{ documentationUri: link }] } })
  const { outcomes } = await authorizationServer(t, { metadata: { token_endpoint: `${other.url}/token` } })
  t.match(outcomes[0], { verdict: 'failed', expected: 'token_endpoint as an https URL' })
  const strange = await authorizationServer(t, { metadata: { issuer: other.url } })
  t.match(strange.outcomes[0], { verdict: 'failed', expected: 'issuer as an https URL' })
  t.same(other.requests, [])
})

t.test('the issuer of --issuer is requested instead of guesses, at RFC 8414’s form of its URL', async t => {
  const paths: string[] = []
  const as = await smallServer(t, ({ path }) => {
    paths.push(path)
    return { status: 404 }
  })
  const { outcomes } = await authorizationServer(t, {}, { issuer: `${as.url.replace('/scim', '')}/tenant/` })
  t.match(outcomes[0], { verdict: 'failed', got: 'status 404' })
  t.same([...new Set(paths)], [`${inserted}/tenant`])
})

/** A SCIM server that creates users without storing them; `of` responds to other requests. */
const creating =
  (of: Respond): Respond =>
  request => {
    const { method, path, json } = request
    if (method === 'POST') return { status: 201, body: { ...(json as object), id: '1' } }
    if (method === 'DELETE') return { status: 204 }
    return /^\/(ServiceProviderConfig|ResourceTypes|Schemas|Groups)/.test(path) ? { body: {} } : of(request)
  }

/** The outcome of a load check; without its probes, which need more of a server. */
async function loadOutcome(t: Pick<Test, 'teardown'>, name: 'rate' | 'limit', of: Respond, load = true) {
  const { url, requests } = await smallServer(t, creating(of))
  const { result } = await runChecks(
    runOptions(url, checks, { as: ['ipsie'], only: [`ipsie/load/${name}`], load, runsPreconditions: false }),
  )
  const [outcome] = result.outcomes
  return { outcome, requests: requests.length }
}

const found = { body: { totalResults: 0, Resources: [] } }
/** Discovery has ended before a load check begins. */
const after = (count: number, later: ReturnType<Respond>): Respond => {
  let seen = 0
  return () => (++seen > count ? later : found)
}

t.test('without --load, no burst is sent', async t => {
  const { outcome, requests } = await loadOutcome(t, 'limit', () => found, false)
  t.match(outcome, { verdict: 'skipped', lacks: 'option', reason: /--load/ })
  t.ok(requests < 10)
})

t.test('a rate below 25 a second fails, and the first rejection ends the requests', async t => {
  const { outcome, requests } = await loadOutcome(t, 'rate', after(6, { status: 429 }))
  t.match(outcome, { verdict: 'failed', expected: 'success of all requests', got: 'status 429' })
  t.ok(requests < 50)
})

t.test('a limit is announced with 429 and Retry-After', async t => {
  const limit = async (reply: ReturnType<Respond>) =>
    (await loadOutcome(t, 'limit', after(60, reply))).outcome
  t.match(await limit({ status: 429, headers: { 'retry-after': '1' } }), { verdict: 'passed' })
  t.match(await limit({ status: 429 }), { verdict: 'failed', expected: 'Retry-After with seconds or a date' })
  t.match(await limit({ status: 503 }), { verdict: 'failed', expected: 'status 429', got: '503' })
  t.match(await limit(found), {
    verdict: 'skipped',
    lacks: 'option',
    reason: /^500 requests reached no limit/,
  })
})

t.test('a failed MUST of interop fails AL-A01, which names its rule', async t => {
  const ofInterop = checks.filter(({ suite }) => suite === 'interop')
  const own = checks.filter(({ id }) => id === 'ipsie/service/interop')
  const outcomeWhen = async (run: Check['run'], share = ofInterop) => {
    const { url } = await smallServer(t, () => found)
    const [first, ...others] = share.map(check => ({ ...check, needs: [], after: [], run: async () => {} }))
    const all = [...(first ? [{ ...first, run }] : []), ...others, ...own]
    const { result } = await runChecks(runOptions(url, all, { as: ['interop', 'ipsie'] }))
    return result.outcomes.at(-1)
  }
  const rule = ofInterop[0]?.draft?.rule
  t.match(await outcomeWhen(async () => fail('this', 'that')), {
    verdict: 'failed',
    got: `failures of ${rule}`,
  })
  t.match(await outcomeWhen(async () => {}), { verdict: 'passed' })
  t.match(await outcomeWhen(async () => {}, ofInterop.slice(1)), {
    verdict: 'skipped',
    reason: `${ofInterop.length - 1} of ${ofInterop.length} checks of the suite interop were run.`,
  })
})
