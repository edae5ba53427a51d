import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'

t.test('TS-104 no secret of a sign-in is stored, logged or shown', async t => {
  const provider = await startIdentityProvider(t)
  const log: string[] = []
  const logger = pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        log.push(String(chunk))
        done()
      },
    }),
  )
  const data = join(t.testdir(), 'scim.db')
  const config = readConfig({
    args: [
      ...['--port=0', '--console-port=0', '--no-aws', '--tenant=acme', `--data=${data}`],
      ...[`--console-issuer=${provider.issuer}`, `--console-client-id=${provider.clientId}`],
      ...['--log-level=trace', '--console-audience=api://console'],
    ],
    environment: { SCIMULATOR_CONSOLE_CLIENT_SECRET: provider.clientSecret },
    isTerminal: false,
  })
  const server = await startServer(config, logger)
  t.teardown(server.close)
  const console = `http://localhost:${new URL(server.console).port}`
  const cookieOf = (response: Response, at: number) =>
    response.headers.getSetCookie().at(at)?.split(';')[0] ?? ''
  const options = { redirect: 'manual' } as const

  const signIn = async (path: string, claims: Readonly<Record<string, unknown>>) => {
    const started = await fetch(`${console}${path}`, options)
    const attempt = cookieOf(started, 0)
    const back = provider.authorize(started.headers.get('location') ?? '', { claims })
    const done = await fetch(back, { ...options, headers: { cookie: attempt, accept: 'text/html' } })
    const { code, state } = Object.fromEntries(back.searchParams)
    const again = await fetch(back, { ...options, headers: { cookie: attempt, accept: 'text/html' } })
    const { nonce, code_challenge: challenge } = Object.fromEntries(provider.lastRequest())
    const page = (await done.text()) + (await again.text())
    return { page, cookie: cookieOf(done, -1), secrets: [attempt, code, state, nonce, challenge] }
  }

  const first = await signIn('/auth/sign-in', { roles: ['Scimulator.Write'] })
  const nobody = await signIn('/auth/sign-in', { roles: [] })
  const accessToken = await provider.accessToken({
    ...{ sub: 'service', aud: 'api://console', roles: ['Scimulator.Read'] },
  })
  const read = async (path: string) =>
    (await fetch(`${console}${path}`, { headers: { cookie: first.cookie } })).text()
  const asService = await fetch(`${console}/api/v1/settings`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  t.equal(asService.status, 200)
  const shown = await Promise.all(
    [
      '/api/v1/me',
      '/api/v1/sessions',
      '/api/v1/settings',
      '/api/v1/audit',
      '/api/v1/audit/export?format=ndjson',
      '/api/v1/exchanges',
      '/metrics',
    ].map(read),
  )
  t.match(shown[0], /Anna Berg/)
  await server.close()
  const places = {
    database: ['', '-wal', '.journal', '.journal-wal']
      .map(suffix => {
        try {
          return readFileSync(data + suffix, 'latin1')
        } catch {
          return ''
        }
      })
      .join(''),
    log: log.join(''),
    responses: shown.join(''),
    pages: first.page + nobody.page,
    arguments: process.argv.join(' '),
  }
  t.match(places.log, /sign-in/)
  const [, session = ''] = first.cookie.split('=')
  const secrets = [
    ...[provider.clientSecret, session, accessToken.split('.')[2] ?? '', 'an-access-token-of-the-provider'],
    ...[...first.secrets, ...nobody.secrets].flatMap(secret => secret?.split('=').at(-1) ?? []),
  ]
  for (const secret of secrets) {
    t.ok(secret.length > 10)
    for (const [place, text] of Object.entries(places)) t.notOk(text.includes(secret), place)
  }
})
