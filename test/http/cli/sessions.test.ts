import t, { type Test } from 'tap'
import { flagsOf, testDatabase } from '../../support/database.ts'
import { startIdentityProvider } from '../../support/identity-provider.ts'
import { startWith } from '../../support/started-server.ts'
import { run, settled } from './run.ts'

const token = 'the-token-of-the-console'

/** A real server with sign-in. */
async function startSignIn(t: Test) {
  const provider = await startIdentityProvider(t)
  const server = await startWith(
    t,
    [
      ...flagsOf(await testDatabase(t)),
      '--tenant=acme',
      `--console-token=${token}`,
      `--console-issuer=${provider.issuer}`,
      `--console-client-id=${provider.clientId}`,
    ],
    { SCIMULATOR_CONSOLE_CLIENT_SECRET: provider.clientSecret },
  )
  const console = `http://localhost:${new URL(server.console).port}`
  /** Signs a person in over HTTP, and returns the cookie. */
  const signIn = async (claims: Readonly<Record<string, unknown>>): Promise<string> => {
    const options = { redirect: 'manual' } as const
    const started = await fetch(`${console}/auth/sign-in`, options)
    const [attempt = ''] = started.headers.getSetCookie()
    const back = provider.authorize(started.headers.get('location') ?? '', { claims })
    const cookie = attempt.split(';')[0] ?? ''
    const done = await fetch(back, { ...options, headers: { cookie } })
    return done.headers.getSetCookie().at(-1)?.split(';')[0] ?? ''
  }
  const statusOf = async (cookie: string) =>
    (await fetch(`${console}/api/v1/tenants`, { headers: { cookie } })).status
  const cli = (...args: readonly string[]) =>
    run(['--console', server.console, '--console-token', token, ...args])
  return { signIn, statusOf, cli }
}

t.test('TS-111 sessions are listed and ended', async t => {
  const { signIn, statusOf, cli } = await startSignIn(t)
  t.same(await cli('sessions'), { code: 0, out: 'There are no sessions.\n', err: '' })
  const anna = await signIn({ roles: ['Scimulator.Write'] })
  const bert = await signIn({ roles: ['Scimulator.Read'], sub: 'bert-2', name: 'Bert\u001b[2J' })
  t.same([await statusOf(anna), await statusOf(bert)], [200, 200])
  const { out } = settled(await cli('sessions', 'list'))
  t.match(
    out,
    /^id +person +role +signed in +last used +expires\nsome-uuid +Bert \[2J +read .*\nsome-uuid +Anna Berg +write .*\n$/,
  )
  t.notMatch(out, '\u001b')
  const { items } = JSON.parse((await cli('sessions', '--json')).out)
  t.same(await cli('sessions', 'end', items[0].id), {
    code: 0,
    out: `Ended session ${items[0].id}.\n`,
    err: '',
  })
  t.same([await statusOf(anna), await statusOf(bert)], [200, 401])
  t.match(await cli('sessions', 'end', items[0].id), { code: 1, err: /There is no session/ })
  t.match(await cli('sessions', 'end'), { code: 2, err: /either the ID of a session or --all/ })
  t.same(await cli('sessions', 'end', '--all'), { code: 0, out: 'Ended 1 session.\n', err: '' })
  t.equal(await statusOf(anna), 401)
})
