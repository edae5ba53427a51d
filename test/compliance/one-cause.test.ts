import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import type { Exchange } from '../../scim-compliance/client/exchange.ts'
import { noBody } from '../../scim-compliance/expect.ts'
import { withoutFollowers } from '../../scim-compliance/grade/causes.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { anExchange, anOutcome, appraised } from './a-result.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { runOptions } from './small-server.ts'

const root = 'https://scim.example.com/v2'
const filtered = (number: number, filter: string, response: Partial<Exchange['response']>) =>
  anExchange(number, {
    method: 'GET',
    url: `${root}/Users?filter=${encodeURIComponent(filter)}`,
    response: { ...emptyResponse, ...response },
  })

const emptyResponse = {
  ...anExchange(1).response,
  status: 200,
  statusText: '',
  headers: {},
  cut: false,
  bytes: 0,
  body: '',
}

const failures = (...ids: readonly string[]): readonly Outcome[] =>
  ids.map((id, at) =>
    anOutcome(id, 'failed', { exchange: at + 1, of: { level: /should/.test(id) ? 'SHOULD' : 'MUST' } }),
  )

const verdictsOf = (outcomes: readonly Outcome[], ...exchanges: readonly Exchange[]) =>
  withoutFollowers({ outcomes, exchanges }).map(({ verdict, follows, reason }) =>
    follows === undefined ? verdict : `${verdict}: ${reason}`,
  )

t.test('dropped requests of one kind are one failure, represented by the most severe one', t => {
  const dropped = (number: number, path: string, method = 'PATCH') => {
    const { response: _, ...exchange } = anExchange(number, {
      method,
      url: root + path,
      failure: 'socket hang up',
    })
    return exchange
  }
  t.same(
    verdictsOf(
      failures('rfc/patch/should-a', 'rfc/patch/b', 'rfc/put/c', 'rfc/patch/d'),
      dropped(1, '/Users/6fcd3c8a-1'),
      dropped(2, '/Users/7c1e5d52-2'),
      dropped(3, '/Users/7c1e5d52-2', 'PUT'),
      dropped(4, '/Users/7c1e5d52-3'),
    ),
    [
      'skipped: Follows from rfc/patch/b: PATCH /v2/Users/{id} gets no response (socket hang up).',
      'failed',
      'failed',
      'skipped: Follows from rfc/patch/b: PATCH /v2/Users/{id} gets no response (socket hang up).',
    ],
  )
  t.end()
})

t.test('a kind of write that is always rejected is one failure of the rfc suite', t => {
  const write = (number: number, method: string, path: string, status: number) =>
    anExchange(number, { method, url: root + path, response: { ...emptyResponse, status } })
  const refused = [1, 2, 3, 4, 5].map(number => write(number, 'PUT', `/Users/6fcd3c8a-${number}`, 405))
  const ids = ['rfc/put/should-a', 'rfc/put/b', 'rfc/put/replaces', 'rfc/put/d', 'rfc/put/e']
  const follows = 'skipped: Follows from rfc/put/replaces: the server rejects every PUT /v2/Users/{id}.'
  t.same(verdictsOf(failures(...ids), ...refused), [follows, follows, 'failed', follows, follows])
  const ofEntra = failures(...ids).map(outcome => ({
    ...outcome,
    check: { ...outcome.check, suite: 'entra' as const },
  }))
  t.same(
    verdictsOf(ofEntra, ...refused),
    ids.map(() => 'failed'),
    'client suites report the consequence of each',
  )
  const accepted = write(6, 'PUT', '/Users/6fcd3c8a-6', 200)
  t.same(
    verdictsOf(failures(...ids), ...refused, accepted),
    ids.map(() => 'failed'),
    'unless one is accepted',
  )
  t.end()
})

t.test('errors without scimType or without a body are one failure', t => {
  const errors = (body: string) =>
    [1, 2, 3, 4, 5].map(number =>
      anExchange(number, {
        method: 'POST',
        url: `${root}/Users`,
        response: { ...emptyResponse, status: 400, body },
      }),
    )
  const named = failures('rfc/a/refuses-x-named', 'rfc/a/refuses-y-named', 'rfc/errors/z')
  t.same(verdictsOf(named, ...errors('{"status":"400"}')), [
    'failed',
    'skipped: Follows from rfc/a/refuses-x-named: errors have no scimType.',
    'failed',
  ])
  t.same(verdictsOf(named, ...errors('{"status":"400","scimType":"invalidPath"}')), [
    'failed',
    'failed',
    'failed',
  ])
  const bodiless = failures('rfc/errors/x', 'rfc/errors/y').map(outcome => ({ ...outcome, got: noBody }))
  t.same(verdictsOf(bodiless, ...errors('')), [
    'failed',
    'skipped: Follows from rfc/errors/x: errors have no body.',
  ])
  t.end()
})

t.test('errors of one status without a body are one failure, even if other errors have a body', t => {
  const errors = [404, 404, 400, 400, 409].map((status, at) =>
    filtered(at + 1, 'id pr', { status, body: status === 404 || at === 3 ? '' : '{"status":"400"}' }),
  )
  const outcomes = failures('rfc/errors/a', 'rfc/errors/b', 'rfc/errors/c', 'rfc/errors/d')
  t.same(
    verdictsOf(
      outcomes.map(outcome => ({ ...outcome, got: noBody })),
      ...errors,
    ),
    [
      'failed',
      'skipped: Follows from rfc/errors/a: errors with status 404 have no body.',
      'failed',
      'failed',
    ],
  )
  t.end()
})

t.test('filters on sub-attributes that get the same error are one failure', t => {
  const declined = (number: number, filter: string, detail = 'Cannot convert undefined or null to object') =>
    filtered(number, filter, { status: 400, body: JSON.stringify({ detail }) })
  t.same(
    verdictsOf(
      failures('rfc/filter/a', 'rfc/filter/sub-attributes', 'rfc/filter/c', 'rfc/filter/d', 'rfc/filter/e'),
      declined(1, 'emails[type eq "work"]'),
      declined(2, 'name.familyName eq "x"'),
      declined(3, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "x"'),
      declined(4, 'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "name.familyName"'),
      declined(5, 'name.givenName eq "x"', 'Another error'),
    ),
    [
      'skipped: Follows from rfc/filter/sub-attributes: the server declines filters on sub-attributes (400).',
      'failed',
      'skipped: Follows from rfc/filter/sub-attributes: the server declines filters on sub-attributes (400).',
      'failed',
      'failed',
    ],
  )
  t.end()
})

t.test('filtered paths that PATCH rejects with the same error are one failure', t => {
  const rejected = (number: number, op: string, path: string, detail: string) =>
    anExchange(number, {
      method: 'PATCH',
      url: `${root}/Users/6fcd3c8a-1`,
      request: { ...emptyResponse, body: JSON.stringify({ Operations: [{ op, path, value: 'x' }] }) },
      response: { ...emptyResponse, status: 400, body: JSON.stringify({ detail }) },
    })
  const missing = (number: number, op: string, path: string) =>
    rejected(
      number,
      op,
      path,
      `Filter '${path}' does not match any values for '${op}' op of operation ${number}`,
    )
  t.same(
    verdictsOf(
      failures('rfc/patch/a', 'rfc/patch/b', 'rfc/patch/c', 'rfc/patch/d'),
      missing(1, 'add', 'phoneNumbers[type eq "work"].value'),
      missing(2, 'replace', 'addresses[type eq "work"].country'),
      missing(3, 'add', 'urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value'),
      rejected(4, 'add', 'manager[value eq "1"]', 'Invalid path'),
    ),
    [
      'failed',
      'skipped: Follows from rfc/patch/a: the server rejects filtered paths in PATCH with the same error (400).',
      'failed',
      'failed',
    ],
  )
  t.end()
})

t.test('filters declined because of the same attribute or operator are one failure; others aren’t', t => {
  const declined = (number: number, filter: string, detail: string) =>
    filtered(number, filter, { status: 400, body: JSON.stringify({ detail }) })
  t.same(
    verdictsOf(
      failures('rfc/filter/a', 'rfc/filter/b', 'rfc/filter/c', 'rfc/filter/d'),
      declined(1, 'title eq "x"', 'filter attribute title is not supported'),
      declined(2, 'title sw "title"', 'filter attribute title is not supported'),
      declined(3, 'userName sw "x"', 'operator "sw" is not supported'),
      declined(4, 'userName eq "title"', 'This is no title.'),
    ),
    [
      'failed',
      'skipped: Follows from rfc/filter/a: the server declines filters with title (400).',
      'failed',
      'failed',
    ],
  )
  t.end()
})

t.test('a wrong response to a filter is a separate failure if others are correct', t => {
  const found = (number: number, name: string, ...names: readonly string[]) =>
    filtered(number, `userName eq "${name}"`, {
      body: JSON.stringify({ Resources: names.map(userName => ({ userName })) }),
    })
  const outcomes = failures('rfc/filter/a', 'rfc/filter/b', 'rfc/filter/c', 'rfc/filter/d')
  t.same(
    verdictsOf(outcomes, found(1, 'ann', 'ann', 'bob'), found(2, 'bob', 'BOB'), found(3, 'x'), found(4, 'y')),
    ['failed', 'failed', 'failed', 'failed'],
  )
  const everybody = ['ann', 'bob']
  t.same(verdictsOf(outcomes.slice(0, 2), found(1, 'ann', ...everybody), found(2, 'x', ...everybody)), [
    'failed',
    'skipped: Follows from rfc/filter/a: the server ignores filters.',
  ])
  t.end()
})

t.test('if filters are ignored, each suite has one failure, and lists the others under it', async t => {
  const { url, token } = await peerServer(t, peerOf('ignores-filters'), 'rfc')
  const only = [
    'rfc/filter/eq-string',
    'rfc/filter/eq-group-name',
    'rfc/filter/ne-string',
    'entra/probe',
    'entra/look-up/only-the-match',
  ]
  const { result } = await runChecks(
    runOptions(url, checks, { token, as: ['rfc', 'entra'], only, concurrency: 4 }),
  )
  const appraisal = appraised(result)
  const { outcomes } = appraisal.result
  const followers = outcomes.filter(({ follows }) => follows !== undefined)
  t.ok(followers.length > 2)
  const causes = new Set(followers.map(({ follows }) => follows))
  t.equal(new Set([...causes].map(id => id?.split('/')[0])).size, causes.size, 'one in each suite')
  const counted = outcomes.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check.id)
  t.same(
    [...causes].filter(id => !counted.includes(id ?? '')),
    [],
  )
  t.equal(appraisal.score.failed, counted.length)
  const [follower] = followers
  const terminal = createReport('terminal', appraisal, { verbose: true })
  t.match(terminal.replace(/\s+/g, ' '), /also \d+ checks? with the same cause: /)
  const json = JSON.parse(createReport('json', appraisal))
  t.match(
    json.checks.find(({ id }: { readonly id: string }) => id === follower?.check.id),
    { verdict: 'skipped', follows: follower?.follows, reason: follower?.reason },
  )
})

t.test(
  'totals of the page are one failure; wrong totals of a server that otherwise counts correctly are separate failures',
  t => {
    const list = (number: number, query: string, totalResults: number, length: number) =>
      anExchange(number, {
        method: 'GET',
        url: `${root}/Users${query}`,
        response: {
          ...anExchange(1).response,
          status: 200,
          statusText: '',
          headers: {},
          cut: false,
          bytes: 1,
          body: JSON.stringify({ totalResults, Resources: Array.from({ length }, () => ({})) }),
        },
      })
    const outcomes = failures('rfc/index-paging/a', 'rfc/retrieve/total-results', 'rfc/index-paging/c')
    const of = (last: number) =>
      verdictsOf(
        outcomes,
        list(1, '?count=2', 2, 2),
        list(2, '?count=1', 1, 1),
        list(3, '?startIndex=2&count=1', last, 1),
        list(4, '', 5, 5),
      )
    const why = 'totalResults is the number of resources on the page'
    const follows = `skipped: Follows from rfc/retrieve/total-results: ${why}.`
    t.same(of(1), [follows, 'failed', follows])
    t.same(of(5), ['failed', 'failed', 'failed'])
    t.end()
  },
)

const user = { id: '1', title: 'old' }
const writes = (number: number, method: string, status: number, body: object | string = '', at = '1') =>
  anExchange(number, {
    method,
    url: `${root}/Users/${at}`,
    response: {
      ...anExchange(1).response,
      status,
      statusText: '',
      headers: {},
      cut: false,
      bytes: 1,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
  })
const withExchanges = (...lists: readonly (readonly number[])[]): readonly Outcome[] =>
  lists.map((exchanges, at) => ({
    ...anOutcome(`rfc/patch/${'abcd'[at]}`, 'failed'),
    exchanges,
    exchange: exchanges.at(-1) ?? 0,
  }))

t.test('PATCH that is always rejected is one failure; PATCH that sometimes works is not this fault', t => {
  const outcomes = withExchanges([1], [2], [3, 4], [5])
  const of = (status: number) =>
    verdictsOf(
      outcomes,
      writes(1, 'PATCH', 405),
      writes(2, 'PATCH', 405),
      writes(3, 'PATCH', status),
      writes(4, 'GET', 200, user),
      writes(5, 'GET', 200, user),
    )
  const follows = (statuses: string) =>
    `skipped: Follows from rfc/patch/a: the server returns ${statuses} for every PATCH.`
  t.same(of(405), ['failed', follows('405'), follows('405'), 'failed'])
  t.same(of(400), ['failed', follows('400 or 405'), follows('400 or 405'), 'failed'])
  t.same(of(200), ['failed', 'failed', 'failed', 'failed'])
  t.end()
})

t.test('writes without effect are one failure; a PATCH that once has an effect is not this fault', t => {
  const outcomes = withExchanges([1, 2, 3], [4, 5, 6], [7, 8, 9], [10])
  const of = (title: string) =>
    verdictsOf(
      outcomes,
      ...[1, 4, 7].flatMap(number => [
        writes(number, 'GET', 200, { ...user, meta: { version: `${number}` } }, `${number}`),
        writes(number + 1, 'PATCH', 204, '', `${number}`),
        writes(number + 2, 'GET', 200, { ...user, ...(number === 7 && { title }) }, `${number}`),
      ]),
      writes(10, 'GET', 200, user, '10'),
    )
  const follows = 'skipped: Follows from rfc/patch/a: PATCH reports success and changes nothing.'
  t.same(of('old'), ['failed', follows, follows, 'failed'])
  t.same(of('new'), ['failed', 'failed', 'failed', 'failed'])
  t.end()
})

t.test('resources that can’t be read after their creation are one failure', t => {
  const outcomes = withExchanges([1, 2], [3, 4], [5, 6], [7])
  const of = (status: number) =>
    verdictsOf(
      outcomes,
      ...[1, 3, 5].flatMap(number => {
        const made = writes(number, 'POST', 201, { id: `${number}` })
        return [
          { ...made, url: `${root}/Users` },
          writes(number + 1, 'GET', number === 5 ? status : 404, '', `${number}`),
        ]
      }),
      writes(7, 'GET', 200, user, '7'),
    )
  const why = 'POST reports success, but no created resource can be read'
  const follows = `skipped: Follows from rfc/patch/a: ${why}.`
  t.same(of(404), ['failed', follows, follows, 'failed'])
  t.same(of(200), ['failed', 'failed', 'failed', 'failed'])
  t.end()
})

t.test(
  'duplicates that several operations accept are one failure, and so are resources that PUT creates',
  t => {
    const outcomes = failures(
      'rfc/put/clash',
      'rfc/user/name-unique',
      'rfc/delete/put',
      'rfc/create/put-unknown',
    )
    const of = (status: number) =>
      verdictsOf(
        outcomes,
        writes(1, 'PUT', 200),
        writes(2, 'POST', 201),
        writes(3, 'PUT', status),
        writes(4, 'PUT', 200),
      )
    const duplicate = 'skipped: Follows from rfc/put/clash: the server accepts a userName twice.'
    t.same(of(200), [
      'failed',
      duplicate,
      'failed',
      'skipped: Follows from rfc/delete/put: PUT creates resources.',
    ])
    t.same(of(500), ['failed', duplicate, 'failed', 'failed'])
    t.end()
  },
)

t.test('the rejection of a malformed filter does not represent that of valid ones', t => {
  const rejected = (number: number, path: string) =>
    anExchange(number, {
      method: 'PATCH',
      url: `${root}/Users/6fcd3c8a-1`,
      request: { ...emptyResponse, body: JSON.stringify({ Operations: [{ op: 'add', path, value: 'x' }] }) },
      response: {
        ...emptyResponse,
        status: 400,
        body: JSON.stringify({ detail: `Path ${path} is unsupported` }),
      },
    })
  const accepted = anExchange(4, { method: 'PATCH', url: `${root}/Users/6fcd3c8a-1` })
  t.same(
    verdictsOf(
      failures('rfc/patch/a', 'rfc/patch/b', 'rfc/patch/c'),
      rejected(1, 'emails[type like "work"].value'),
      rejected(2, 'emails[type eq "work"].value'),
      rejected(3, 'emails[type eq "work" and value eq "a@b"]'),
      accepted,
    ),
    [
      'failed',
      'failed',
      'skipped: Follows from rfc/patch/b: the server rejects filtered paths in PATCH with the same error (400).',
    ],
  )
  t.end()
})
