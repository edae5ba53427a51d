import t from 'tap'
import { aUser, enterpriseUrn } from '../support/samples.ts'
import { patchOp } from '../support/scim.ts'
import { createServer } from '../support/test-server.ts'

const long = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length)
const nested = (open: string, middle: string, close: string, times: number) =>
  open.repeat(times) + middle + close.repeat(times)

const filters = [
  nested('(', 'userName pr', ')', 1_000),
  nested('not (', 'userName pr', ')', 500),
  nested('emails[', 'value pr', ']', 500),
  Array.from({ length: 400 }, () => 'title pr').join(' or '),
  Array.from({ length: 400 }, () => 'title pr').join(' and '),
  Array.from({ length: 200 }, (_, at) => `(title pr ${at % 2 ? 'and' : 'or'} `).join(''),
  `userName eq "${long('\\\\', 3_000)}"`,
  `userName eq "${long('\\"', 3_000)}`,
  `userName co "${long('%', 3_000)}"`,
  long(' ', 4_000),
  `userName${long(' ', 3_000)}eq "x"`,
  long('a.', 4_000),
  long('urn:', 4_000),
  `meta.created gt "${long('2026-01-01T00:00:00.', 20)}${long('0', 3_000)}Z"`,
  `userName eq ${long('1', 3_000)}`,
  `userName eq -${long('1e', 3_000)}`,
  long('"', 4_000),
]

/** Values that slow regular expressions down, with the attribute that parses them. */
const values: readonly (readonly [string, unknown])[] = [
  ['emails', [{ value: `${long('a.', 20_000)}@` }]],
  ['emails', [{ value: `${long('a', 20_000)}@${long('a-', 20_000)}` }]],
  ['phoneNumbers', [{ value: `tel:${long('1-', 20_000)}x` }]],
  ['phoneNumbers', [{ value: long('(1', 20_000) }]],
  ['profileUrl', `http://${long('a.', 20_000)}`],
  ['photos', [{ value: `http://x/${long('%20', 20_000)}%` }]],
  ['preferredLanguage', long('en-', 20_000)],
  ['locale', long('en-US-', 20_000)],
  ['timezone', `${long('America/', 20_000)}`],
  ['x509Certificates', [{ value: `${long('AAAA', 40_000)}=A` }]],
  ['addresses', [{ country: long('U', 20_000), formatted: long('\n', 20_000) }]],
  ['userName', `x${long(' ', 20_000)}x`],
  ['displayName', long('\u0130', 20_000)],
  ['meta', { created: long('2026-', 20_000) }],
  [enterpriseUrn, { manager: { $ref: long('../', 20_000) } }],
]

const headers: readonly (readonly [string, string])[] = [
  ['accept', long('application/json;q=0.5,', 8_000)],
  ['accept', `a/b;${long('q=', 8_000)}`],
  ['accept', long(';q="\\', 8_000)],
  ['if-match', long('W/"1", ', 8_000)],
  ['if-none-match', long('"', 8_000)],
  ['content-type', `application/json;${long(' ', 8_000)}x`],
  ['authorization', `Bearer${long(' ', 8_000)}x`],
  ['authorization', long('Bearer ', 8_000)],
  ['x-forwarded-host', long('a.', 8_000)],
  ['user-agent', long('Mozilla/5.0 (', 8_000)],
]

const searches = [
  nested('(', 'x', ')', 1_000),
  long('-', 4_000),
  long('status:4xx ', 2_000),
  `text:"${long('\\"', 3_000)}`,
  `duration:>${long('1', 3_000)}ms`,
  `after:${long('1h', 3_000)}`,
  long('a:', 4_000),
]

/**
 * Exponential parsing never ends, and a stack overflow ends in a 500. Another client's response meanwhile shows that
 * the server is not blocked.
 */
t.test('no long or deeply nested request blocks or crashes the server', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const callApi = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...more,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const user = (await callApi('POST', '/Users', aUser('marge'))).body
  const at = `/Users/${user.id}`
  const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] }
  const change = (path: string, value: unknown) => callApi('PATCH', at, patchOp({ op: 'add', path, value }))

  const emails = Array.from({ length: 1_000 }, (_, i) => ({ value: `a${i}@x` }))
  const { id: manyId } = (await callApi('POST', '/Users', aUser('many values', { emails }))).body
  const changeMany = (operation: (place: number) => unknown) =>
    callApi('PATCH', `/Users/${manyId}`, patchOp(...Array.from({ length: 1_000 }, (_, i) => operation(i))))

  const requests: (() => Promise<{ status: number }>)[] = [
    ...filters.flatMap(filter => [
      () => callApi('GET', `/Users?filter=${encodeURIComponent(filter)}`),
      () => callApi('POST', '/Users/.search', { ...search, filter: filter.repeat(20) }),
      () => change(`emails[${filter}].value`, 'x'),
    ]),
    ...values.flatMap(([name, value]) => [
      () => callApi('POST', '/Users', aUser('long', { [name]: value })),
      () => change(name, value),
    ]),
    ...headers.map(
      ([name, value]) =>
        () =>
          callApi('POST', '/Users', aUser('headers'), { [name]: value }),
    ),
    () => change(long('a.', 100_000), 'x'),
    () => change(long('urn:x:', 100_000), 'x'),
    () => change(long('emails[', 100_000), 'x'),
    () =>
      callApi(
        'PATCH',
        at,
        patchOp(...Array.from({ length: 5_000 }, () => ({ op: 'add', path: 'title', value: 'x' }))),
      ),
    () =>
      callApi(
        'PATCH',
        at,
        patchOp(
          ...Array.from({ length: 2_000 }, () => ({
            op: 'remove',
            path: 'emails[value co "a" or value co "b"]',
          })),
        ),
      ),
    () => changeMany(() => ({ op: 'remove', path: `emails[${long('value co "b" or ', 896)}type pr]` })),
    () => changeMany(i => ({ op: 'add', path: 'emails', value: { value: `a${i}@x`, display: `${i}` } })),
    () => changeMany(i => ({ op: 'replace', path: 'emails.display', value: `${i}` })),
    () =>
      callApi(
        'POST',
        '/Users',
        aUser('many', { emails: Array.from({ length: 10_000 }, (_, i) => ({ value: `a${i}@x` })) }),
      ),
    () => callApi('POST', '/Users', `{${Array.from({ length: 50_000 }, (_, i) => `"a${i}":1`).join(',')}}`),
    () => callApi('POST', '/Users', nested('{"a":', '1', '}', 100_000)),
    () => callApi('POST', '/Users', nested('[', '1', ']', 400_000)),
    () => callApi('POST', '/Users', `{"userName":"${long('\\', 900_000)}`),
    () => callApi('POST', '/Users', `{"userName":"${long('\\u0041', 900_000)}"}`),
    () => callApi('POST', '/Users', `{"userName":${long('9', 900_000)}}`),
    () => callApi('GET', `/Users?attributes=${long('name.givenName,', 12_000)}`),
    () => callApi('GET', `/Users?${long('a=1&', 12_000)}`),
    () => callApi('GET', `/Users?count=${long('9', 12_000)}&startIndex=${long('9', 2_000)}`),
    () => callApi('GET', `/Users?cursor=${long('ab', 12_000)}`),
    () => callApi('GET', `/${long('a/', 12_000)}`),
  ]
  for (const [place, request] of requests.entries()) {
    const [hard, other] = await Promise.all([request(), callApi('GET', at)])
    t.ok(hard.status < 500 || hard.status === 501, `request ${place}: ${hard.status}`)
    t.equal(other.status, 200, `another client during request ${place}`)
  }
  for (const q of searches) {
    const response = await fetch(`${server.console}/api/v1/exchanges?q=${encodeURIComponent(q)}`)
    t.ok(response.status < 500, `a search of ${q.slice(0, 20)}…: ${response.status}`)
    await response.body?.cancel()
  }
  t.equal((await callApi('GET', at)).status, 200)
})
