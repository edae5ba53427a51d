import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { createServer } from '../../src/index.ts'

const run = promisify(execFile)
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const walkNamed = (name: string): string =>
  new RegExp(`<!-- ${name}:start -->\\s*\`\`\`sh\\n(.*?)\`\`\`\\s*<!-- ${name}:end -->`, 's').exec(
    readme,
  )?.[1] ?? ''

const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed'

t.test(
  "the README's walk: a user is made, found, disabled, deleted, seen retained and purged",
  { skip },
  async t => {
    const server = await createServer({ tenant: 'acme', token: 'let-me-in-for-now' })
    t.teardown(() => server.close())
    const script = walkNamed('walk')
      .replace('http://127.0.0.1:8080/acme/scim/v2', server.url)
      .replace('http://127.0.0.1:8081', server.console)
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script])
    t.match(stdout, /"totalResults":1/, 'it is found by userName')
    t.match(stdout, /"active":false/, 'it is disabled')
    t.match(stdout, /"status":"retained"/, 'it is seen retained')
    t.match(stdout, /"purged":\["[0-9a-f-]+"\]/, 'it is purged')
    t.match(stdout, /"action":"delete user".*"action":"disable user".*"action":"create user"/, 'newest first')
    t.same((await run('curl', ['-s', `${server.console}/api/v1/tenants/acme/stale`])).stdout, '{"items":[]}')
  },
)

t.test("the README's declaration is one: devices and badges are made as it says", async t => {
  const [, json = ''] = /<!-- types:start -->\s*```json\n(.*?)```\s*<!-- types:end -->/s.exec(readme) ?? []
  const server = await createServer({ profile: 'rfc', types: JSON.parse(json) })
  t.teardown(() => server.close())
  const create = async (path: string, body: object) => {
    const answer = await fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    })
    return answer.json()
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

t.test("the README's walk through Entra's part: Springfield is provisioned and told", async t => {
  const server = await createServer({ tenant: 'acme', token: 'let-me-in-for-now' })
  t.teardown(() => server.close())
  const sample = (name: string) => readFileSync(new URL(`../../samples/${name}`, import.meta.url), 'utf8')
  const folder = t.testdir({
    samples: {
      'springfield.json': sample('springfield.json'),
      'entra-job.json': sample('entra-job.json').replace('http://127.0.0.1:8080/acme/scim/v2', server.url),
    },
  })
  const program = fileURLToPath(new URL('../../src/cli/scimulator.ts', import.meta.url))
  const script = walkNamed('entra-walk').replace(
    'npm run -s scimulator --',
    `"${process.execPath}" "${program}"`,
  )
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder })
  t.match(stdout, 'The supplied credentials are authorized')
  t.match(stdout, /Initial cycle completed: .*\nCreated: \d+\n/)
  t.match(stdout, /Incremental cycle completed: \d+ requests, 0 of them writes\.\n/)
  t.match(stdout, /^Skipped, /m, 'Marge is as she should be')
  t.match(stdout, /^status +active$/m)
  t.match(stdout, / create +success +User +marge/)
  t.notMatch(stdout, 'let-me-in-for-now')
})
