import { join } from 'node:path'
import t from 'tap'
import { folderOf } from '../../support/entra-files.ts'
import { type Ended, linesOf, run, start } from './run.ts'

const rejected = (...lines: readonly string[]): Ended => ({ code: 2, out: '', err: `${lines.join('\n')}\n` })
const url = ['--url', 'http://127.0.0.1:9/scim']

t.test('TS-080 each way of authentication requires its options', async t => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['--auth', 'client-credentials'],
      [
        'scimulator: --token-endpoint is required with --auth client-credentials: the URL that issues access tokens.',
        'scimulator: --client-id is required with --auth client-credentials: the client identifier at the token endpoint.',
        'scimulator: --client-secret is required with --auth client-credentials: better set SCIMULATOR_ENTRA_CLIENT_SECRET.',
      ],
    ],
    [
      ['--auth', 'entra-token'],
      [
        'scimulator: --issuer is required with --auth entra-token: the address that `scimulator entra issuer` prints.',
      ],
    ],
    [
      ['--auth', 'federation', '--client-id', 'client_1'],
      [
        'scimulator: --token-endpoint is required with --auth federation: the URL that issues access tokens.',
        'scimulator: --issuer is required with --auth federation: the address that `scimulator entra issuer` prints.',
      ],
    ],
    [
      ['--auth', 'basic', '--client-auth', 'header', '--token-endpoint', 'ftp://there', '--issuer', ''],
      [
        'scimulator: --auth must be one of secret-token, client-credentials, entra-token, federation.',
        'scimulator: --token-endpoint must be a URL such as http://127.0.0.1:8080/acme/oauth2/token.',
        'scimulator: --client-auth must be post or basic.',
        'scimulator: --issuer must be a URL such as http://127.0.0.1:8080/acme/oauth2/token.',
      ],
    ],
    [
      ['--client-id', 'client_1', '--token', 'let-me-in-for-now', '--no-refresh-on-401'],
      [
        'scimulator: --client-id does not apply to --auth secret-token.',
        'scimulator: --no-refresh-on-401 does not apply to --auth secret-token.',
      ],
    ],
  ]
  for (const [flags, lines] of cases)
    t.same(await run(['entra', 'test-connection', ...url, ...flags]), rejected(...lines), flags.join(' '))
})

t.test('TS-080 a client secret in the job file is rejected and not repeated', async t => {
  const folder = await folderOf(t, {
    'job.json': { auth: 'client-credentials', clientSecret: 'very-secret' },
  })
  const job = join(folder, 'job.json')
  t.same(
    await run(['entra', 'test-connection', '--job', job]),
    rejected(
      `scimulator: ${job}: remove "clientSecret". Set the environment variable SCIMULATOR_ENTRA_CLIENT_SECRET instead; a secret does not belong in a file.`,
    ),
  )
})

t.test('TS-080 a token in the environment is for other commands', async t => {
  const { code, err } = await run(
    ['entra', 'test-connection', ...url, '--auth', 'entra-token', '--issuer', 'http://127.0.0.1:9/tid'],
    { SCIMULATOR_ENTRA_TOKEN: 'let-me-in-for-now', SCIMULATOR_ENTRA_CLIENT_SECRET: 'another-secret' },
  )
  t.same([code, err], [1, ''])
})

t.test('TS-083 entra issuer prints what a server has to know, and ends at Ctrl-C', async t => {
  const child = start(['entra', 'issuer', '--port', '0', '--rotate', '10m', '--json'])
  const lines: string[] = []
  for await (const line of linesOf(child.stdout)) {
    lines.push(line)
    if (line === '}') break
  }
  const details = JSON.parse(lines.join('\n'))
  t.match(details, {
    address: /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36}$/,
    issuerV1: `${details.address}/`,
    issuerV2: `${details.address}/v2.0`,
    keys: `${details.address}/discovery/v2.0/keys`,
    tenantId: details.address.split('/').at(-1),
    workloadAppId: /^[0-9a-f-]{36}$/,
    subject: /^[0-9a-f-]{36}$/,
  })
  t.equal((await fetch(details.keys)).status, 200)
  const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve([code, signal])))
  child.kill('SIGINT')
  t.same(await ended, [0, null])
})

t.test('TS-083 mistakes in the options of entra issuer', async t => {
  const issuer = (...flags: readonly string[]) => run(['entra', 'issuer', ...flags])
  t.match(await issuer('--tenant-id', 'common'), { code: 2, err: /Expected a GUID such as / })
  t.match(await issuer('--port', '65536'), { code: 2, err: /expected a whole number from 0 to 65535/ })
  t.match(await issuer('--rotate', '0s'), { code: 2, err: /--rotate must be from 1s to 24d\.\n$/ })
})
