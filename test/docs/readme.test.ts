import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import t from 'tap'
import { tellStory } from '../../scripts/demo/story.ts'
import { createServer } from '../../src/index.ts'
import type { Target } from '../../src/provisioning/kit/target.ts'
import { fencedBlocksOf } from '../support/page-blocks.ts'

const run = promisify(execFile)
/** The code of the first block of a page in a language that has a text. */
const codeIn = (page: string, language: string, text = ''): string =>
  fencedBlocksOf(page).find(block => block.language === language && block.code.includes(text))?.code ?? ''

t.test('Getting started, with PowerShell: sends the same requests as with curl', async t => {
  const script = codeIn('docs/getting-started.md', 'powershell')
  const values: Record<string, string> = {
    ...Object.fromEntries(
      [...script.matchAll(/^\$(\w+) = "([^"]*)"$/gm)].map(([, name, value]) => [name, value]),
    ),
    '($user.id)': 'ID',
  }
  const insert = (text: string) =>
    text.replace(/\$(\w+|\(\$user\.id\))/g, (variable, name: string) => values[name] ?? `unset ${variable}`)
  const calls = [
    ...script.matchAll(
      /Invoke-RestMethod -Method (\w+) -Uri "([^"]+)"( -Headers \$auth)?(?: -ContentType (\S+) -Body (?:'([^\n]*)'|@'\n(.*?)\n'@))?$/gms,
    ),
  ].map(([, method, uri, auth, type, inline, block]) => ({
    method: method?.toUpperCase(),
    url: insert(uri ?? ''),
    authorized: auth !== undefined,
    type: type && insert(type.replaceAll('"', '')),
    body: JSON.parse(inline ?? block ?? 'null'),
  }))
  t.equal(calls.length, script.split('Invoke-RestMethod').length - 1, 'reads every call of the script')
  const shell = codeIn('docs/getting-started.md', 'sh', 'curl').replaceAll('\\\n', '')
  const variables = Object.fromEntries(
    [...shell.matchAll(/^(\w+)="?([^"\n]*?)"?$/gm)].map(([, name, value]) => [name, value]),
  )
  const put = (text: string) =>
    text.replace(/\$(\w+)/g, (_, name: string) =>
      name === 'ID' ? 'ID' : (variables[name] ?? `unset $${name}`),
    )
  const commands = [
    ...shell.matchAll(/^curl -sw "\\n"(?: -X (\w+))? "([^"]+)"((?: -H "[^"]*")*)(?: -d '([^']*)')?$/gm),
  ].map(([, method = 'GET', url, headers = '', body]) => ({
    method,
    url: put(url ?? ''),
    authorized: headers.includes('$AUTH'),
    type: /Content-Type: (\S+)"/.exec(put(headers))?.[1],
    body: JSON.parse(body ?? 'null'),
  }))
  t.same(calls, commands)
})

t.test('Profiles: the declared types exist from then on, devices and badges', async t => {
  const server = await createServer({
    profile: 'rfc',
    types: JSON.parse(codeIn('docs/profiles.md', 'json')),
  })
  t.teardown(() => server.close())
  const create = async (path: string, body: object) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    })
    return response.json()
  }
  const schemas = ['urn:example:scim:schemas:Device']
  t.match(await create('/Devices', { schemas, serial: 'S-1', weight: 1.5, pin: '1234' }), {
    schemas,
    serial: 'S-1',
    weight: 1.5,
    pin: undefined,
    meta: { resourceType: 'Device' },
  })
  const badge = 'urn:example:scim:schemas:extension:Badge'
  const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
  t.match(await create('/Users', { schemas: [core, badge], userName: 'marge', [badge]: { number: 7 } }), {
    schemas: [core, badge],
    [badge]: { number: 7 },
  })
})

t.test('the demo runs, and all its checks pass', async t => {
  const { stdout } = await run(process.execPath, ['scripts/demo.ts'])
  t.notMatch(stdout, /✗/)
  t.match(stdout, /\n32 checks passed in \d+\.\d s\.\nLook at it in the console: npm run demo -- --keep\n$/)
  t.same(
    [...stdout.matchAll(/^\d\. (.*)$/gm)].map(([, title]) => title),
    [
      'Entra tests the connection',
      'The initial cycle',
      'Forty minutes later, nothing has changed',
      "Marge's account is disabled",
      'Barney leaves the group that was his only assignment',
      "Lenny's account is deleted",
      'The administrator of the target cleans up',
      'Lenny is rehired',
    ],
  )
})

t.test('with --keep the console stays open until Ctrl-C', async t => {
  const demo = spawn(process.execPath, ['scripts/demo.ts', '--keep'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => demo.kill('SIGKILL'))
  let output = ''
  for await (const text of demo.stdout.setEncoding('utf8')) {
    output += text
    const [, console] = /\nConsole: (\S+) {2}\(Ctrl-C to stop\)\n$/.exec(output) ?? []
    if (console === undefined) continue
    t.equal((await fetch(console)).status, 200)
    const exited = once(demo, 'exit')
    demo.kill('SIGINT')
    t.same(await exited, [0, null])
    return
  }
  t.fail(output)
})

t.test('a false statement is reported', async t => {
  /** Confirms every DELETE without executing it. */
  const ignoringDeletes =
    (target: Target): Target =>
    async request =>
      request.method === 'DELETE'
        ? { kind: 'response', status: 204, body: undefined, text: '', mediaType: '' }
        : target(request)
  let output = ''
  const isTrue = await tellStory({
    write: text => {
      output += text
    },
    through: ignoringDeletes,
  })
  t.equal(isTrue, false)
  t.match(output, /✗ He is deleted: SCIM returns 404\.\n {7}expected 404\n {7}found {4}200\n/)
  t.match(output, /\n\d+ of 32 checks failed\.\n$/)
})
