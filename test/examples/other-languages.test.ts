import { execFile } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { runAction } from '../support/composite-action.ts'
import { go, python, skipWithoutGo, skipWithoutPytest } from '../support/languages.ts'
import { installPackage, packPackage, withNode } from '../support/packed-package.ts'

const root = new URL('../../', import.meta.url)
const inRepository = (path: string) => new URL(path, root).pathname

/** The output of a command, also of one that fails. */
const outputOf = (command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) =>
  promisify(execFile)(command, args, { cwd, env }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout = '', stderr = '' }) => ({ code, output: `${stdout}${stderr}` }),
  )

// One tarball, as `npm pack` writes it, for all: the tests start the server that a user installs.
const folder = t.testdir({ project: {} })
const project = join(folder, 'project')
await installPackage(await packPackage(folder), project)
const command = join(project, 'node_modules', '.bin', 'scimulator')

/** A copy of an example, as a user makes one. */
function copyOf(t: Test, example: string, more: Readonly<Record<string, string>> = {}): string {
  const folder = t.testdir()
  cpSync(inRepository(`examples/${example}`), folder, { recursive: true })
  for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text)
  return folder
}

const failing = `
def test_fails(scimulator):
    from test_provisioning import create_user
    create_user(scimulator, "marge@springfield.example")
    assert False


def test_a_mistake_is_explained(scimulator):
    import pytest
    with pytest.raises(ValueError, match="no preset|not a preset|throttle"):
        scimulator.faults.add("throttle")
`

t.test(
  'pytest: the tests of the example pass, and a failed one shows what the server received',
  { skip: skipWithoutPytest },
  async t => {
    const folder = copyOf(t, 'pytest', { 'test_failing.py': failing })
    const args = ['-m', 'pytest', '-p', 'no:cacheprovider', '--no-header', '-q']
    const environment = withNode({ SCIMULATOR_COMMAND: command, PYTHONDONTWRITEBYTECODE: '1' })
    const { code, output } = await outputOf(python, args, folder, environment)
    t.match(output, /^1 failed, 6 passed in /m)
    t.match(output, /-+ Requests to Scimulator -+\n201 POST \/\S+\/Users \(create user\)\n/)
    t.equal(code, 1)

    const wrong = `
import pytest

@pytest.fixture(scope="session")
def scimulator_options():
    return ["--profile=okta"]

def test_starts(scimulator):
    pass
`
    const rejected = copyOf(t, 'pytest', { 'test_provisioning.py': wrong })
    const refusal = await outputOf(python, args, rejected, environment)
    t.match(refusal.output, 'scimulator: --profile must be one of aws, entra, rfc, interop.')
    t.match(refusal.output, 'RuntimeError: Scimulator did not start: exit code 2, see standard error')
  },
)

t.test('Go: the tests of the example pass', { skip: skipWithoutGo }, async t => {
  const folder = copyOf(t, 'go')
  const environment = withNode({
    ...{ SCIMULATOR_COMMAND: command, GOTOOLCHAIN: 'local', GOPROXY: 'off', CGO_ENABLED: '0' },
    // Compiling the standard library takes most of the time, so it is neither optimized nor complete.
    GOGC: 'off',
    GOFLAGS: "-mod=mod -tags=nethttpomithttp2 '-gcflags=all=-N -l -dwarf=false' '-ldflags=-s -w'",
  })
  const { code, output } = await outputOf(go, ['test', '-count=1', '-vet=off', '.'], folder, environment)
  t.match(output, /^ok\s+example\.com\/provisioning\s/m)
  t.equal(code, 0, output)
})

const action = parse(readFileSync(new URL('setup-scimulator/action.yml', root), 'utf8'))

/** A folder with an `npm` that records its arguments, and installs the packed package instead of a published one. */
function folderWithNpm(t: Test): string {
  const folder = t.testdir({
    bin: {
      npm: `#!/bin/sh\nprintf '%s\\n' "$@" > npm-arguments\nln -s '${project}/node_modules' "$3/node_modules"\n`,
    },
  })
  chmodSync(join(folder, 'bin', 'npm'), 0o755)
  return folder
}

const environmentIn = (folder: string) => {
  const env = withNode({ TMPDIR: folder })
  return { folder, env: { ...env, PATH: `${join(folder, 'bin')}:${env.PATH}` } }
}

t.test('the action starts the server for the job, and masks its secrets', async t => {
  const folder = folderWithNpm(t)
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const { status, stdout, outputs } = await runAction(
    action,
    {
      tenant: 'acme',
      token: 'given-for-the-tenant',
      options: '--throttle=aws\n\n--aws-region=eu-central-1\n',
    },
    environmentIn(folder),
  )
  t.equal(status, 0)
  const { url = '', token, console: page = '', log, pid, ...rest } = outputs
  t.teardown(() => process.kill(Number(pid)))
  t.equal(token, 'given-for-the-tenant')
  t.match(rest, {
    tenant: 'acme',
    'aws-endpoint': /^http:\/\/127\.0\.0\.1:\d+$/,
    'aws-access-key-id': /^SCIM/,
    'aws-secret-access-key': /^\S{40}$/,
    'aws-region': 'eu-central-1',
  })
  t.same(stdout.trimEnd().split('\n'), [
    '::add-mask::given-for-the-tenant',
    '::add-mask::given-for-the-tenant',
    `::add-mask::${rest['aws-secret-access-key']}`,
  ])
  const response = await fetch(`${url}/Users`, { headers: { authorization: `Bearer ${token}` } })
  t.equal(response.status, 200)
  t.match(await (await fetch(`${page}/api/v1/tenants/acme`)).json(), { throttle: 'aws' })
  const installed = readFileSync(join(folder, 'npm-arguments'), 'utf8').trimEnd().split('\n')
  t.same([installed[0], installed[1], installed.at(-1)], ['install', '--prefix', `scimulator@${version}`])
})

t.test('an invalid input of the action fails the step with the reason, and none is executed', async t => {
  const folder = folderWithNpm(t)
  const { status, stderr } = await runAction(
    action,
    { profile: '$(touch owned)', tenant: '`touch owned`', version: '$(touch owned)' },
    environmentIn(folder),
  )
  t.equal(status, 1)
  t.match(stderr, '--profile must be one of aws, entra, rfc, interop.')
  t.notOk(existsSync(join(folder, 'owned')))
})
