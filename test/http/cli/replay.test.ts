import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readRecordingSource } from '../../../src/traffic/recordings/read.ts'
import { createServer } from '../../support/test-server.ts'
import { run } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test(
  'requests of a server are exported as a recording, prepared, checked and replayed elsewhere',
  async t => {
    const { cli, scim, url, console } = await serverFor(t)
    const other = await createServer({ profile: 'rfc', tenant: 'other', token: 'token-of-other' })
    t.teardown(() => other.close())

    const nell = { schemas: [userSchema], userName: 'nell@harbor.internal', displayName: 'Nell Gray' }
    const { id } = await scim('POST', '/Users', { ...nell, password: 'Secret-of-nell-1' })
    await scim('GET', '/Users?filter=userName%20eq%20%22nell%40harbor.internal%22')
    await scim('PUT', `/Users/${id}`, { ...nell, id, title: 'Pilot' })
    const operations = [{ op: 'replace', path: 'active', value: false }]
    await scim('PATCH', `/Users/${id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    })
    await scim('POST', '/Users', nell)
    await scim('DELETE', `/Users/${id}`)
    await scim('GET', `/Users/${id}`)

    const folder = t.testdir()
    const exported = `${folder}/exported.jsonl`
    t.match(await cli('journal', 'export', '--format', 'recording', '-o', exported), { code: 0 })
    const [provenance, ...requests] = readFileSync(exported, 'utf8').trimEnd().split('\n')
    t.match(JSON.parse(provenance ?? ''), {
      recording: 1,
      client: {},
      capture: { how: 'scimulator', server: /^Scimulator \S+, profile rfc$/ },
      certainty: 'captured',
      personalData: 'kept',
    })
    t.same(
      requests
        .map(line => JSON.parse(line))
        .map(({ method, path, response }) => [method, path, response.status]),
      [
        ['POST', '/Users', 201],
        ['GET', '/Users?filter=userName%20eq%20%22nell%40harbor.internal%22', 200],
        ['PUT', `/Users/${id}`, 200],
        ['PATCH', `/Users/${id}`, 200],
        ['POST', '/Users', 409],
        ['DELETE', `/Users/${id}`, 204],
        ['GET', `/Users/${id}`, 404],
      ],
    )
    const recorded = readRecordingSource(readFileSync(exported, 'utf8')).requests
    for (const path of [
      'exchanges/export?format=har',
      'exchanges/export?format=ndjson',
      'tenants/acme/session',
    ]) {
      const text = await (await fetch(`${console}/api/v1/${path}`)).text()
      t.same(readRecordingSource(text).requests, recorded, path)
    }
    t.notMatch(readFileSync(exported, 'utf8'), /token-of-acme|Secret-of-nell|127\.0\.0\.1|\/acme\//)
    t.match(await run(['recording', 'check', exported]), {
      code: 1,
      out: /\nclient\.product is missing.*Real email address\? nell/s,
    })

    const recording = `${folder}/nell.jsonl`
    const create = ['recording', 'create', exported, '-o', recording, '--replace-personal-data']
    t.same(await run([...create, '--product', 'curl', '--by', 'somebody', '--title', 'One user']), {
      code: 0,
      out: `Saved 7 requests to ${recording}. Read the file before you publish it.\n`,
      err: '',
    })
    t.match(await run(['recording', 'check', recording, '--json']), { code: 0, out: /"lacks": \[\]/ })
    t.notMatch(readFileSync(recording, 'utf8'), /nell|Gray|Pilot/i)

    t.same(await run(['replay', recording, other.url], { SCIM_TOKEN: 'token-of-other' }), {
      code: 0,
      out: '7 requests: 7 equal, 0 different.\n',
      err: '',
    })
    const again = await run([
      'replay',
      recording,
      `${url}/`,
      '--header',
      'Authorization: Bearer wrong',
      '--json',
    ])
    t.equal(again.code, 1)
    t.match(JSON.parse(again.out), {
      requests: 7,
      equal: 0,
      different: 7,
      withoutResponse: 0,
      notSent: 0,
      comparisons: [
        {
          number: 1,
          method: 'POST',
          recorded: { path: '/Users', status: 201 },
          kind: 'response',
          status: 401,
          differences: [{ kind: 'status', recorded: 201, replayed: 401 }],
        },
      ],
    })
  },
)

t.test(
  'OC-120 OC-121 OC-141 OC-143 documented requests of Okta are replayed: AWS rejects the replacement of members only',
  async t => {
    const aws = await createServer({ profile: 'aws', token: 'token-of-aws' })
    t.teardown(() => aws.close())
    const { code, out, err } = await run([
      'replay',
      'test/idp/recordings/okta.jsonl',
      aws.url,
      '--token',
      'token-of-aws',
    ])
    t.same(
      { code, err, out: out.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID') },
      {
        code: 1,
        err: '',
        out: `13  PATCH /Groups/ID  (push now)
   status: 204 recorded, 400 now
13 requests: 12 equal, 1 different.
`,
      },
    )
  },
)

t.test('unusable input is exit code 2, and a server that does not respond ends the replay', async t => {
  const file = `${t.testdir()}/x.jsonl`
  writeFileSync(file, '{"recording":1}\n')
  t.match(await run(['replay', file, 'http://127.0.0.1:9']), {
    code: 2,
    err: /^scimulator: Cannot use .*x\.jsonl\. Line 1: /,
  })
  t.match(await run(['replay', `${file}-not`, 'http://127.0.0.1:9']), {
    code: 2,
    err: /Cannot read .*ENOENT/,
  })
  t.match(await run(['replay', file, 'ftp://a']), { code: 2, err: /Invalid <url>: expected the base URL/ })
  t.match(await run(['recording', 'create', file, '--date', '2026-13-45']), {
    code: 2,
    err: /expected a date/,
  })
  t.match(await run(['replay', 'test/idp/recordings/okta.jsonl', 'http://127.0.0.1:9']), {
    code: 1,
    out: /13 requests: 0 equal, 0 different, 3 without a response, 10 not sent\.\n$/,
  })
})
