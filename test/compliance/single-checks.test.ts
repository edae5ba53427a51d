import t, { type Test } from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { diagnose } from '../../scim-compliance/grade/diagnose.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { sensors } from '../support/every-type.ts'
import { createServer } from '../support/test-server.ts'
import { type Break, error, listOf } from './mutants/break.ts'
import { startFaultyServer } from './mutants/faulty-server.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { runOptions, smallServer } from './small-server.ts'

const areas =
  'transport|authentication|errors|model|common|meta|values|user|group|enterprise|create|retrieve|discovery|forms|advertised|schemas'
const isOurs = ({ id }: Check): boolean => new RegExp(`^rfc/(${areas})/`).test(id)

t.test('a server that conforms to the RFC passes, with custom types of every kind', async t => {
  await using server = await createServer({ profile: 'rfc', types: sensors })
  const { result } = await runChecks({
    ...runOptions(server.url, checks.filter(isOurs)),
    token: server.token,
  })
  const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken')
  // The declarations have no descriptions, and checking the country is an option of the profile (`valueForms`).
  t.same(failed.map(({ check }) => `${check.level} ${check.id}`).sort(), [
    'MAY rfc/schemas/schema-texts',
    'MAY rfc/user/refuses-values',
    'SHOULD rfc/schemas/attribute-details',
  ])
  t.same(result.leftBehind, [])
})

const readable = /^\w+ eq "[^"]*"$/

t.test(
  'a server that evaluates filters only if there are users gets the same outcomes with and without other users',
  async t => {
    const users = new Map<string, object>()
    const { url } = await smallServer(t, ({ method, path, json }) => {
      const [, where, id = ''] = /^\/(\w+)\/?([^?]*)/.exec(path) ?? []
      if (where !== 'Users') return { status: 404, body: {} }
      if (method === 'POST') {
        const made = { ...(json as object), id: `${users.size + 1}` }
        users.set(made.id, made)
        return { status: 201, body: made }
      }
      if (method === 'DELETE') return { status: users.delete(id) ? 204 : 404 }
      const filter = new URL(path, 'http://localhost').searchParams.get('filter')
      const isRefused = filter !== null && users.size > 0 && !readable.test(filter)
      return isRefused ? { status: 400, body: {} } : { body: listOf() }
    })
    const only = ['rfc/filter/refuses-malformed']
    // It finds nobody, so that the probe of filters would fail.
    const alone = { only, concurrency: 1, runsPreconditions: false }
    const { result } = await runChecks(runOptions(url, checks, alone))
    t.same(
      result.outcomes.map(({ check, verdict }) => [check.id, verdict]),
      only.map(id => [id, 'passed']),
    )
  },
)

const unknownMember = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: '400',
  detail: 'Who?',
}

t.test('a server that rejects unknown members does not pass the check of their number', async t => {
  const { url } = await smallServer(t, ({ method, path, body, json }) => {
    if (!/^\/(Users|Groups)/.test(path)) return { status: 404, body: {} }
    if (method === 'GET') return { body: listOf() }
    if (/"value":/.test(body)) return { status: 400, body: unknownMember }
    return method === 'POST' ? { status: 201, body: { ...(json as object), id: '1' } } : { status: 204 }
  })
  const only = ['aws/groups/no-101-members', 'aws/groups/no-101-changes']
  const { result } = await runChecks(runOptions(url, checks, { as: ['aws'], only, concurrency: 1 }))
  t.same(
    result.outcomes.map(({ check, verdict, reason }) => [check.id, verdict, reason]),
    [
      ['aws/groups/no-101-members', 'skipped', 'The server rejects any number of unknown members.'],
      [
        'aws/groups/no-101-changes',
        'skipped',
        'Follows from aws/groups/name-and-external-id: expected status 200, got 400 ("Who?").',
      ],
    ],
  )
})

const only = ['rfc/authentication', 'entra/probe', 'aws/service/missing-token']
const headers = { 'X-Api-Key': 'the-key', 'X-Tenant': '7' }
const refused = {
  ...error(401),
  headers: { 'content-type': 'application/scim+json', 'www-authenticate': 'Key' },
}

/** The checks of missing credentials that fail behind a gateway with the server’s token. */
async function failuresBehind(t: Pick<Test, 'teardown'>, gate: (own: string) => Break, ownToken: boolean) {
  const server = await startFaultyServer('entra')
  t.teardown(server.close)
  server.breakBy(gate(`Bearer ${server.token}`))
  const { result } = await runChecks({
    ...runOptions(server.url, checks, { as: ['rfc', 'entra', 'aws'], only, headers }),
    token: ownToken ? server.token : undefined,
  })
  return result.outcomes.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check.id)
}

t.test('requests without credentials omit a key that grants access', async t => {
  const gate =
    (own: string): Break =>
    async (request, next) =>
      request.headers['x-api-key'] === headers['X-Api-Key']
        ? next({ ...request, headers: { ...request.headers, authorization: own } })
        : refused
  t.same(await failuresBehind(t, gate, false), ['rfc/authentication/challenge-advertised'])
})

t.test('requests without credentials name the tenant that a server requires', async t => {
  const gate = (): Break => async (request, next) =>
    request.headers['x-tenant'] === headers['X-Tenant'] ? next(request) : error(400)
  t.same(await failuresBehind(t, gate, true), [])
})

t.test('a server that takes one invalid token is unsafe, even if it rejects another with 400', async t => {
  const statuses: Readonly<Record<string, number>> = { Bearer: 400, 'scim-check-not-a-token': 200 }
  const { url } = await smallServer(t, ({ method, path, headers: { authorization = '' } }) => {
    if (method !== 'GET') return { status: 400 }
    if (authorization === 'Bearer the-secret-token') return { body: listOf() }
    return { status: path.startsWith('/Users') ? (statuses[authorization] ?? 401) : 404 }
  })
  const { result } = await runChecks(
    runOptions(
      url,
      checks.filter(({ id }) => /^rfc\/authentication\/(missing|wrong)$/.test(id)),
    ),
  )
  const [missing, wrong] = result.outcomes
  t.equal(missing?.verdict, 'passed')
  t.match(wrong?.got, /a scheme but no token: 400/)
  t.equal(wrong && diagnose(wrong, result).endangers, 'authentication')
})

/** IDs of the client checks that pass on a peer, in the given areas. */
async function passedOn(t: Test, peer: string, isAbout: (check: Check) => boolean) {
  const { url, token } = await peerServer(t, peerOf(peer), 'entra')
  const { result } = await runChecks(
    runOptions(url, checks.filter(isAbout), {
      token,
      as: ['entra', 'aws'],
      skip: ['entra/load'],
      concurrency: 6,
      timeoutSeconds: 60,
    }),
  )
  return result.outcomes.filter(({ verdict }) => verdict === 'passed').map(({ check }) => check.id)
}

t.test('no check of a change or a deletion passes if writes have no effect', async t => {
  const isOfWrite = ({ id, needs = [] }: Check) =>
    /^aws\/filters\//.test(id) ? false : needs.includes('patch') || /delete|put/.test(id)
  t.same(await passedOn(t, 'writes-without-effect', isOfWrite), [
    // This check reads a user that never existed.
    'entra/delete/unknown-user-is-404',
  ])
})

t.test('no check of a search passes if filters are ignored', async t => {
  const isOfLookUp = ({ id }: Check) =>
    /\/(filters|look-up)\/|look-?up|found|finds|by-external-id|id-and-(manager|members?)$|joined|is-gone$/.test(
      id,
    )
  t.same(await passedOn(t, 'ignores-filters', isOfLookUp), [
    'entra/look-up/read-by-id',
    // GET of a deleted user returns 404.
    'entra/delete/user-is-gone',
  ])
})
