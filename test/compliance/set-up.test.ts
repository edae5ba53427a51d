import t, { type Test } from 'tap'
import type { Check, CheckContext } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { expectEqual, expectStatus, listedResources } from '../../scim-compliance/expect.ts'
import { creators } from '../../scim-compliance/run/needs.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { enterpriseUrn } from '../../scim-compliance/scim.ts'
import { check, type ReceivedRequest, type Respond, runOptions, smallServer } from './small-server.ts'

const needs = ['write', 'users'] as const
const creates = (id: string, given = {}) =>
  check(id, async context => void (await context.create(context.users, given)), needs)
const posts = (status: number) => async (context: CheckContext) =>
  expectStatus(await context.post('/Users', context.sample(context.users)), status)

/** The outcomes of checks on a server with a given response to POST /Users. */
async function outcomesOn(t: Pick<Test, 'teardown'>, posted: Respond, all: readonly Check[], get?: Respond) {
  const { url, requests } = await smallServer(t, one => {
    if (one.method === 'POST' && one.path === '/Users') return posted(one)
    if (one.method === 'DELETE') return { status: 204 }
    return get?.(one) ?? { body: {} }
  })
  const { result } = await runChecks(runOptions(url, all, { concurrency: 1 }))
  const outcomes = result.outcomes.map(({ check, verdict, reason, got }) =>
    [check.id, verdict, reason ?? got].filter(part => part !== undefined).join(': '),
  )
  return { outcomes, result, requests }
}

const made: Respond = ({ json }) => ({ status: 201, body: { ...(json as object), id: 'x1' } })
const has = ({ body }: ReceivedRequest, name: string) => body.includes(`"${name}"`)

t.test(
  'if no resource is accepted, the check of creation fails, and all others are skipped with the reason',
  async t => {
    const none: Respond = () => ({ status: 400, body: { detail: 'Not today.' } })
    const { outcomes, requests } = await outcomesOn(t, none, [
      check('rfc/create/accepted-user', posts(201), needs),
      creates('rfc/patch/works'),
      check('rfc/forms/refuses-wrong', posts(400), needs),
      check('rfc/forms/refuses-wrong-too', posts(400)),
    ])
    const why = 'No resource could be created: POST /Users returned 400 ("Not today.").'
    t.same(outcomes, [
      'rfc/create/accepted-user: failed: 400 ("Not today.")',
      `rfc/patch/works: skipped: ${why}`,
      `rfc/forms/refuses-wrong: skipped: ${why}`,
      `rfc/forms/refuses-wrong-too: skipped: ${why}`,
    ])
    const tried = requests.filter(({ method, path }) => method === 'POST' && path === '/Users')
    t.ok(
      has(tried.at(-2) as ReceivedRequest, 'employeeNumber'),
      'the probe also tried the attributes of extensions',
    )
  },
)

t.test('if created resources have no id, only the checks of creation run', async t => {
  const nameless: Respond = ({ json }) => ({ status: 201, body: json })
  const { outcomes } = await outcomesOn(t, nameless, [
    check('rfc/create/accepted-user', posts(201), needs),
    creates('rfc/patch/works'),
  ])
  t.same(outcomes, [
    'rfc/create/accepted-user: passed',
    'rfc/patch/works: skipped: No resource could be created: POST /Users returned 201 and no id.',
  ])
})

t.test('each type and suite has checks of creation', async t => {
  const ids = new Set(checks.map(({ id }) => id))
  t.same(
    Object.values(creators)
      .flatMap(Object.values<string>)
      .filter(id => !ids.has(id)),
    [],
  )
})

t.test('a server that accepts only email addresses as userName is detected', async t => {
  const wants: Respond = one =>
    String((one.json as { userName?: string }).userName).includes('@') ? made(one) : { status: 400, body: {} }
  const { outcomes, result } = await outcomesOn(t, wants, [creates('rfc/patch/works')])
  t.same(outcomes, ['rfc/patch/works: passed'])
  t.match(result.notes.at(-2), 'All test data therefore contains an email address as userName.')
})

t.test('after a 201 without a body, the resource is read at its Location', async t => {
  const nothing: Respond = () => ({ status: 201, text: '', headers: { location: '/scim/Users/x%201' } })
  const { outcomes, requests } = await outcomesOn(
    t,
    nothing,
    [
      check('rfc/patch/works', async context => {
        const { id, path, body } = await context.create(context.users)
        expectEqual([id, path, body], ['x 1', '/Users/x%201', { id: 'x 1' }], 'user')
      }),
    ],
    ({ path }) => (path === '/Users/x%201' ? { body: { id: 'x 1' } } : undefined),
  )
  t.same(outcomes, ['rfc/patch/works: passed'])
  t.ok(requests.some(({ method, path }) => method === 'DELETE' && path === '/Users/x%201'))
})

t.test('a required extension attribute that is not advertised is detected', async t => {
  const wants: Respond = one => (has(one, 'employeeNumber') ? made(one) : { status: 400, body: {} })
  const { outcomes, result } = await outcomesOn(t, wants, [creates('rfc/patch/works')])
  t.same(outcomes, ['rfc/patch/works: passed'])
  t.match(result.notes.at(-2), `All test data therefore contains ${enterpriseUrn}:employeeNumber.`)
})

t.test(
  'a rejected value of a single check is its precondition; rejected common attributes and repeated creations fail',
  async t => {
    const strict: Respond = one =>
      has(one, 'title') || one.body.includes('"odd"') ? { status: 400, body: {} } : made(one)
    const { outcomes } = await outcomesOn(t, strict, [
      creates('rfc/filter/by-title', { title: 'x' }),
      { ...creates('rfc/create/with-title', { title: 'x' }), creates: true },
      creates('rfc/user/odd-name', { userName: 'odd' }),
    ])
    t.same(outcomes, [
      'rfc/filter/by-title: skipped: No resource could be created: POST /Users returned 400.',
      'rfc/create/with-title: failed: 400',
      'rfc/user/odd-name: failed: 400',
    ])
  },
)

t.test('an id that is a number fails the check of ids, and all other checks use it as a string', async t => {
  const user = { id: 12, groups: [{ value: 7 }] }
  const { outcomes, result } = await outcomesOn(
    t,
    () => ({ status: 201, body: user }),
    [
      {
        ...check('rfc/common/id-given', async context => {
          const { body } = await context.post('/Users', {})
          expectEqual(body, { ...user, id: '12' }, 'user')
        }),
        unconverted: 'ids',
      },
      check('rfc/retrieve/listed', async context => {
        const { id, path } = await context.create(context.users)
        expectEqual([id, path], ['12', '/Users/12'], 'id')
        const found = listedResources(await context.get('/Users'))
        expectEqual(found, [{ ...user, id: '12', groups: [{ value: '7' }] }], 'users')
      }),
    ],
    () => ({ body: { Resources: [user] } }),
  )
  t.same(outcomes, [`rfc/common/id-given: failed: ${JSON.stringify(user)}`, 'rfc/retrieve/listed: passed'])
  t.same(result.leftBehind, [])
})

t.test('a final 401 or 5xx proves nothing', async t => {
  const { outcomes } = await outcomesOn(
    t,
    made,
    [
      check('rfc/errors/body', async context => void (await context.get('/Users/x'))),
      check(
        'rfc/errors/wrong',
        async context => void (await context.get('/Users/x', { Authorization: 'x' })),
      ),
    ],
    ({ path }) => ({ status: path === '/Users/x' ? 401 : 200, body: {} }),
  )
  t.same(outcomes, [
    'rfc/errors/body: skipped: The last attempt returned 401, which proves nothing about the requirement.',
    'rfc/errors/wrong: passed',
  ])
})
