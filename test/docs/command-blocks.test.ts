import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RunningServer } from '../../src/server/server.ts'
import { silentAddress } from '../http/cli/run.ts'
import {
  type Block,
  blocksOf,
  fencedBlocksOf,
  isCommand,
  missingLines,
  openShell,
  pages,
  root,
  type Shell,
} from '../support/page-blocks.ts'
import { startWith } from '../support/started-server.ts'

// Each command block of a page runs here, in the order of the page, in one shell with one server, unless `<!-- not run: … -->` above
// it says why not. Pages that need more are run by another test of this folder, which reads them by `blocksOf`.

// Its servers and commands share the machine with other test files.
t.setTimeout(150_000)

type Context = {
  readonly t: Test
  readonly shell: Shell
  readonly folder: string
  readonly server: RunningServer
  /** Posts to the API of the console. */
  readonly post: (path: string, body: object) => Promise<Record<string, unknown>>
}

type Page = {
  /** Flags of the server, unless the first block of the page starts it. */
  readonly flags?: readonly string[]
  /** Prepares the files of a reader. Returns what a reader inserts, by the text of the page. */
  readonly before?: (context: Context) => Promise<Readonly<Record<string, string>>>
  readonly after?: (context: Context & { readonly output: string }) => unknown
}

const defaultServer = ['--tenant=acme', '--token=let-me-in-for-now']

const write = (folder: string, name: string, content: string | object) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))

const anna = {
  ...{
    id: '6d35ec77-0000-4000-8000-000000000001',
    userPrincipalName: 'anna@example.com',
    accountEnabled: true,
  },
  ...{ displayName: 'Anna Berg', givenName: 'Anna', surname: 'Berg', mail: 'anna@example.com' },
}

const special: Readonly<Record<string, Page>> = {
  'README.md': {
    async before({ post, server: { tenant, endpoint } }) {
      await post('/tenants', { id: 'empty' })
      const { value } = await post('/tenants/empty/tokens', {})
      return {
        'scimulator sample': `scimulator sample --tenant ${tenant}`,
        'http://127.0.0.1:8080/…/scim/v2': endpoint.replace(tenant, 'empty'),
        'token …': `token ${value}`,
      }
    },
  },
  'docs/authentication.md': {
    flags: [...defaultServer, '--profile=entra'],
    async before({ post }) {
      const { id, secret } = await createClient(post)
      return { $CLIENT_ID: id, $CLIENT_SECRET: secret }
    },
    after: ({ t, output }) => t.match(output, '"access_token"'),
  },
  'docs/configuration.md': {
    async before({ shell }) {
      const [port, console, aws] = await Promise.all([freePort(), freePort(), freePort()])
      await shell.run(`unset SCIMULATOR_CONSOLE
        export SCIMULATOR_PORT=${port} SCIMULATOR_CONSOLE_PORT=${console} SCIMULATOR_AWS_PORT=${aws}`)
      return {}
    },
    after({ t, folder }) {
      const shown = fencedBlocksOf('docs/configuration.md').find(({ code }) => code.includes('"tokenSource"'))
      const printed = JSON.parse(readFileSync(join(folder, 'start.json'), 'utf8'))
      t.same(namesOf(printed), namesOf(JSON.parse(shown?.code ?? '')))
    },
  },
  'docs/entra-simulator.md': {
    flags: [...defaultServer, '--profile=entra'],
    async before({ post }) {
      const { id, secret } = await createClient(post)
      return {
        'CLIENT_SECRET=…': `CLIENT_SECRET=${secret}`,
        'client_…': id,
        '<tenant ID>': '7c2d4f6e-0000-4000-8000-1f2a3b4c5d6e',
        '<workload app ID>': '7c2d4f6e-0000-4000-8000-000000000001',
        '<subject>': '7c2d4f6e-0000-4000-8000-000000000002',
      }
    },
    after({ t, output }) {
      t.match(output, 'The supplied credentials are authorized')
      t.match(output, /Initial cycle completed: .*\nCreated: \d+\n/)
      t.match(output, /Incremental cycle completed: \d+ requests \(0 writes\)\.\n/)
      t.match(output, /^Skipped, /m, 'Marge needs no change')
      t.match(output, /^status +active$/m)
      t.match(output, / create +success +User +marge/)
      t.notMatch(output, 'let-me-in-for-now')
    },
  },
  'docs/getting-started.md': {
    async after({ t, output, shell }) {
      t.match(output, /"totalResults":1/, 'the user is found by userName')
      t.match(output, /"active":false/, 'the user is disabled')
      t.match(output, /"status":"retained"/, 'the user is retained')
      t.match(output, /"purged":\["[0-9a-f-]+"\]/, 'the record is purged')
      t.match(
        output,
        /"action":"delete user".*"action":"disable user".*"action":"create user"/,
        'newest first',
      )
      t.equal((await shell.run('curl -s "$CONSOLE/tenants/acme/stale"')).trim(), '{"items":[]}')
    },
  },
  'docs/google-simulator.md': {
    before: async () => ({
      'scimulator google sync --watch $job\n': '# runs until Ctrl-C\n',
    }),
  },
  'docs/identity-store.md': {
    flags: [...defaultServer, '--aws-auth=any'],
    async before({ server: { aws, console } }) {
      const headers = {
        authorization:
          'AWS4-HMAC-SHA256 Credential=SCIM0/20261201/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=0',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSIdentityStore.ListUsers',
      }
      const body = JSON.stringify({ IdentityStoreId: aws?.identityStoreId })
      await fetch(`${aws?.url}/acme`, { method: 'POST', headers, body })
      const list = await fetch(`${console}/api/v1/exchanges`)
      const { items } = (await list.json()) as { readonly items: readonly { readonly id: string }[] }
      return { 'show ID': `show ${items[0]?.id}` }
    },
  },
  'docs/preflight.md': {
    async before({ folder }) {
      const group = { id: '7fd5aeae-0000-4000-8000-000000000001', displayName: 'Admins' }
      const assignment = { principalId: anna.id, principalType: 'User' }
      mkdirSync(join(folder, 'exported-folder'))
      for (const place of [folder, join(folder, 'exported-folder')]) {
        write(place, 'users.json', { value: [anna] })
        write(place, 'groups.json', { value: [group] })
      }
      write(folder, 'members.csv', 'group,member\nAdmins,anna@example.com\n')
      write(join(folder, 'exported-folder'), 'appRoleAssignedTo.json', { value: [assignment] })
      const [mapping] = fencedBlocksOf('docs/entra-mappings.md')
      write(folder, 'mapping.json', mapping?.code ?? '')
      write(folder, 'users.csv', `${Object.keys(anna).join()}\n${Object.values(anna).join()}\n`)
      return {}
    },
  },
  'docs/console.md': { before: provision },
  'docs/recordings.md': { before: provision },
  'scenarios/README.md': {
    async before({ folder }) {
      const [example] = fencedBlocksOf('scenarios/README.md').filter(({ language }) => language === 'json')
      write(folder, 'scenarios/my-own.json', example?.code ?? '')
      return { 'run my-own.json': 'run scenarios/my-own.json' }
    },
  },
}

async function provision({ post }: Context) {
  await post('/tenants/acme/sample', {})
  return {}
}

async function createClient(post: Context['post']) {
  const { id, secret } = await post('/tenants/acme/clients', {})
  return { id: String(id), secret: String((secret as { readonly value: unknown }).value) }
}

const freePort = async () => new URL(await silentAddress()).port

const namesOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, member]) => [name, namesOf(member)])
    : typeof value

const startOf = ({ code }: Block): readonly string[] | undefined =>
  /^(?:npx )?scimulator((?: --[^\n]+)?)\n$/.exec(code)?.[1]?.split(/\s+/).filter(Boolean)

async function runPage(t: Test, page: string): Promise<void> {
  const { flags, before, after } = special[page] ?? {}
  const blocks = blocksOf(page)
  const started = blocks[0] && startOf(blocks[0])
  const folder = t.testdir({})
  for (const name of ['samples', 'scenarios'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  const server = await startWith(t, [...new Set(['--memory', ...(started ?? flags ?? defaultServer)])])
  const { origin } = new URL(server.endpoint)
  const post: Context['post'] = async (path, body) => {
    const headers = { 'content-type': 'application/json' }
    const options = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${server.console}/api/v1${path}`, options)
    return (await response.json()) as Record<string, unknown>
  }
  const isOther = /scim\.example/.test(blocks.map(({ code }) => code).join(''))
  const other = isOther
    ? await startWith(t, ['--memory', '--tenant=acme', '--token=let-me-in-there'])
    : server
  const addresses = {
    'https://scim.example.com/scim/v2': other.endpoint,
    'https://scim.example/scim?': `${other.endpoint}?`,
    'token …': 'token let-me-in-there',
    'SCIM_TOKEN=…': 'SCIM_TOKEN=let-me-in-there',
    'http://127.0.0.1:8080': origin,
    'http://127.0.0.1:8081': server.console,
    'http://127.0.0.1:8082': server.aws?.url ?? '',
  }
  let inserted: readonly (readonly [string, string])[] = Object.entries(addresses)
  const here = (code: string): string =>
    inserted.reduce((text, [ofReader, actual]) => text.replaceAll(ofReader, actual), code)
  const job = join(folder, 'samples/entra-job.json')
  writeFileSync(job, here(readFileSync(job, 'utf8')))
  const inFolder = await openShell(t, { folder, variables: { SCIMULATOR_CONSOLE: server.console } })
  const shell: Shell = { run: code => inFolder.run(here(code)) }
  const context = { t, shell, folder, server, post }
  inserted = [...Object.entries((await before?.(context)) ?? {}), ...inserted]
  let output = ''
  for (const { line, code, shown } of started ? blocks.slice(1) : blocks) {
    const printed = await shell.run(code)
    t.same(missingLines(shown, printed), [], `${page}:${line}`)
    output += printed
  }
  await after?.({ ...context, output })
}

const isRunElsewhere = (() => {
  const tests = globSync('test/docs/*.test.ts', { cwd: root }).filter(
    file => !file.endsWith('command-blocks.test.ts'),
  )
  const sources = tests.map(file => readFileSync(join(root, file), 'utf8'))
  return (page: string) => sources.some(source => source.includes(`blocksOf('${page}')`))
})()

for (const page of pages) {
  if (isRunElsewhere(page) || blocksOf(page).length === 0) continue
  t.test(page, t => runPage(t, page))
}

t.test('each command is in a block of its language, and each reason is above a command', t => {
  const all = pages.flatMap(fencedBlocksOf)
  const looksLikeCommand = ({ page, language, code }: Block) =>
    !page.startsWith('docs/cli/') &&
    language === '' &&
    /^(?:npx|npm|curl|docker|kubectl|scimulator(?!:)|export) ?/m.test(code)
  t.same(all.filter(looksLikeCommand), [])
  t.same(
    all.filter(block => block.reason !== undefined && (!isCommand(block) || block.reason === '')),
    [],
  )
  t.end()
})

t.test('each block of JSON is JSON, one value or one a line', t => {
  for (const { page, line, code } of pages
    .flatMap(fencedBlocksOf)
    .filter(({ language }) => language === 'json'))
    t.doesNotThrow(() => {
      try {
        JSON.parse(code)
      } catch {
        for (const text of code.trim().split('\n')) JSON.parse(text)
      }
    }, `${page}:${line}`)
  t.end()
})
