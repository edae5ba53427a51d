import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { startWith } from '../../support/started-server.ts'
import { linesOf, run, silentAddress, start } from './run.ts'

const allAddresses = ['--port', '0', '--console-port', '0', '--aws-port', '0']

/** The JSON line that reports a start. */
async function factsOf(child: ReturnType<typeof start>): Promise<Record<string, string>> {
  for await (const line of linesOf(child.stdout)) {
    const entry = JSON.parse(line)
    if (entry.msg === 'ready') return entry
  }
  throw new Error('The server ended without being ready.')
}

t.test('all problems of flags and values are reported together, before anything listens', async t => {
  t.same(
    await run(
      [
        'serve',
        '--port',
        '99999',
        '--nonsense=secret',
        '--prot',
        '1',
        '--profile',
        'okta',
        '--tls-cert',
        'x',
      ],
      {
        SCIMULATOR_THROTTLE: 'on',
      },
    ),
    {
      code: 2,
      out: '',
      err: [
        'scimulator: Unknown option --nonsense. `scimulator --help` lists the options.',
        'scimulator: Unknown option --prot (did you mean --port?).',
        'scimulator: --port must be between 0 and 65535.',
        'scimulator: --profile must be one of aws, entra, rfc, interop.',
        'scimulator: SCIMULATOR_THROTTLE must be one of off, aws.',
        'scimulator: Use --tls-cert and --tls-key together, or neither.',
        '',
      ].join('\n'),
    },
  )
})

t.test('an invalid tenant ID or token is rejected before a database is created', async t => {
  const file = join(t.testdir({}), 'data', 'scimulator.db')
  t.same(await run(['--data', file, '--tenant', 'scim', '--token', 'short']), {
    code: 2,
    out: '',
    err: [
      `scimulator: --tenant: "scim" is not a valid tenant ID: /scim/v2 is the URL of the tenant that the token belongs to.`,
      'scimulator: --token: An access token must have 8 to 4096 characters: ASCII letters, digits and punctuation, without spaces.',
      '',
    ].join('\n'),
  })
  t.notOk(existsSync(file))
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends the server with code 0`, async t => {
    const server = start(['--memory', ...allAddresses])
    t.teardown(() => server.kill('SIGKILL'))
    const ended = new Promise(resolve => server.once('exit', resolve))
    const { console: address } = await factsOf(server)
    t.same(await run(['ready', '--wait', '10s', '--console', String(address)]), {
      code: 0,
      out: 'The server is ready.\n',
      err: '',
    })
    server.kill(signal)
    t.equal(await ended, 0)
  })
}

t.test('commands find the console by the port of the server, unless they have an address', async t => {
  const { console: address } = await startWith(t, ['--memory'])
  const environment = { SCIMULATOR_CONSOLE_PORT: new URL(address).port }
  t.match(await run(['ready'], environment), { code: 0, out: 'The server is ready.\n' })
  const silent = await silentAddress()
  t.match(await run(['ready'], { ...environment, SCIMULATOR_CONSOLE: silent }), { code: 1 })
  t.match(await run(['ready', '--console', silent], environment), { code: 1 })
  t.match(await run(['ready'], { ...environment, SCIMULATOR_CONSOLE: '' }), { code: 0 }, 'empty is none')
})

t.test(
  'commands find the console at the host of the server, on loopback if it listens on all addresses',
  async t => {
    for (const [host, reached] of [
      ['127.0.0.2', '127.0.0.2'],
      ['0.0.0.0', '127.0.0.1'],
      ['::', '[::1]'],
      ['::1', '[::1]'],
      ['', '127.0.0.1'],
    ] as const) {
      const server = await startWith(t, ['--memory', ...(host && [`--console-host=${host}`])])
      const { port } = new URL(server.console)
      const environment = { SCIMULATOR_CONSOLE_HOST: host, SCIMULATOR_CONSOLE_PORT: port }
      t.match(await run(['ready'], environment), { code: 0, out: 'The server is ready.\n' }, host)
      await server.close()
      t.match((await run(['ready'], environment)).err, `http://${reached}:${port}`, `only at ${reached}`)
    }
  },
)

t.test('a console with a token requires it, and commands read it from the environment', async t => {
  const { console: address } = await startWith(t, [
    ...['--memory', '--console-token=secret-of-it', '--tenant=acme'],
  ])
  t.match(await run(['tenants', '--console', address]), {
    code: 1,
    out: '',
    err: /^scimulator: Console token required: .* Set it with --console-token or SCIMULATOR_CONSOLE_TOKEN\.\n$/,
  })
  t.match(await run(['tenants', '--console', address], { SCIMULATOR_CONSOLE_TOKEN: 'secret-of-it' }), {
    code: 0,
    out: 'acme',
  })
  t.match(await run(['ready', '--console', address]), { code: 0 }, 'readiness needs no token')
})

t.test('a port in use is reported in one sentence', async t => {
  const other = createTcpServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  t.match(
    await run([
      '--memory',
      '--port',
      String(port),
      '--console-port',
      '0',
      '--aws-port',
      '0',
      '--log-level',
      'silent',
    ]),
    {
      code: 1,
      out: '',
      err: `scimulator: Port ${port} on 127.0.0.1 is in use. Stop the other program, or choose another port with --port.\n`,
    },
  )
})

const oneSentence = /^scimulator: .+\n$/

t.test('a file that is not a database is reported in one sentence and not changed', async t => {
  const letter = 'Dear Anna, '.repeat(500)
  const folder = t.testdir({ 'letter.txt': letter })
  const file = join(folder, 'letter.txt')
  t.match(await run([...allAddresses, '--data', file, '--log-level', 'silent']), {
    code: 1,
    out: '',
    err: oneSentence,
  })
  t.equal(readFileSync(file).compare(Buffer.from(letter)), 0, 'byte by byte')
  t.same(readdirSync(folder), ['letter.txt'], 'and no file was created next to it')
})

t.test('a data file that cannot be opened is reported in one sentence', async t => {
  const folder = t.testdir({})
  const directory = join(folder, 'a-directory')
  mkdirSync(directory)
  t.match(await run([...allAddresses, '--data', directory, '--log-level', 'silent']), {
    code: 1,
    out: '',
    err: oneSentence,
  })
})

t.test('a data file without read permission is reported in one sentence', async t => {
  // Root may read everything.
  if (process.getuid?.() === 0) return
  const file = join(t.testdir({}), 'locked.db')
  writeFileSync(file, '')
  chmodSync(file, 0)
  t.match(await run([...allAddresses, '--data', file, '--log-level', 'silent']), {
    code: 1,
    out: '',
    err: oneSentence,
  })
})

t.test('an invalid certificate is reported in one sentence', async t => {
  const file = join(t.testdir({ 'letter.txt': 'Dear Anna' }), 'letter.txt')
  t.match(await run(['--memory', ...allAddresses, '--tls-cert', file, '--tls-key', file]), {
    code: 1,
    out: '',
    err: /^scimulator: .+ are not a PEM certificate and its private key .+--tls-key\.\n$/,
  })
})

t.test('a later start warns that --tenant is ignored', async t => {
  const data = join(t.testdir({}), 'scimulator.db')
  const factsWith = async (tenant: string) => {
    const given = ['--token', 'token-of-acme', '--no-aws']
    const server = start(['--data', data, ...allAddresses, '--tenant', tenant, ...given])
    t.teardown(() => server.kill('SIGKILL'))
    const ended = new Promise(resolve => server.once('exit', resolve))
    const output: string[] = []
    for await (const line of linesOf(server.stdout)) {
      const { msg, level, endpoint } = JSON.parse(line)
      if (level === 40) output.push(msg)
      if (msg !== 'ready') continue
      output.push(new URL(endpoint).pathname)
      break
    }
    server.kill('SIGTERM')
    await ended
    return output
  }
  t.same(await factsWith('acme'), ['/acme/scim/v2'])
  t.same(await factsWith('other'), [
    '--tenant other is ignored: tenants already exist. Create another with `scimulator tenants create`',
    '/acme/scim/v2',
  ])
})
