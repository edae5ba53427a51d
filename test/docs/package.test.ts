import { execFile } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { parseDocument } from 'yaml'
import { readDockerfile } from '../../scripts/image/dockerfile.ts'
import { buildArguments } from '../../scripts/image/engine.ts'
import { releaseNotes } from '../../scripts/release/notes.ts'
import { consoleOption, consoleTokenOption } from '../../src/server/cli/options.ts'
import { settings } from '../../src/server/settings.ts'
import { run } from '../http/cli/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (name: string) => readFileSync(join(root, name), 'utf8')
const manifest = JSON.parse(text('package.json'))

const last = readDockerfile(text('Dockerfile')).at(-1)?.instructions ?? []
const instruction = (expected: string) => last.find(({ name }) => name === expected)?.rest ?? ''
const assigned = (rest: string) =>
  Object.fromEntries(
    [...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name = '', quoted, plain]) => [
      name,
      quoted ?? plain ?? '',
    ]),
  )

const document = parseDocument(text('compose.yaml'), { strict: true, uniqueKeys: true })
const compose = document.toJS()

/** The environment variables of the server and of the commands that reach it. */
const known = new Set([
  ...settings.map(({ variable }) => variable),
  ...[consoleOption(), consoleTokenOption()].map(({ envVar = '' }) => envVar),
])
const portOf = (flag: string) => settings.find(setting => setting.flag === flag)?.defaultValue
const ports = [portOf('port'), portOf('console-port'), portOf('aws-port')]
const unknown = (names: readonly string[]) =>
  names.filter(name => name.startsWith('SCIMULATOR_') && !known.has(name))

t.test('the labels of the image match the package', async t => {
  t.same(assigned(instruction('LABEL')), {
    'org.opencontainers.image.title': 'Scimulator',
    'org.opencontainers.image.description': manifest.description,
    'org.opencontainers.image.licenses': manifest.license,
  })
})

t.test('the package and the image contain the tables of new databases beside the migrations', async t => {
  const entries = readdirSync(join(root, 'migrations'), { withFileTypes: true })
  const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  const files = entries.filter(entry => entry.isFile()).map(({ name }) => name)
  t.same(files.sort(), folders.map(name => `${name}.sql`).sort())
  t.ok(manifest.files.includes('migrations'))
  t.ok(last.some(({ name, rest }) => name === 'COPY' && rest === 'migrations migrations'))
})

t.test('the image contains the site of the documentation, and the package does not', async t => {
  t.ok(last.some(({ name, rest }) => name === 'COPY' && rest === '--from=build /app/site site'))
  t.notOk(manifest.files.some((name: string) => name === 'site' || name === 'docs'))
})

t.test('the image runs an unprivileged user, with known settings, ports and volume', async t => {
  const environment = assigned(instruction('ENV'))
  t.same(unknown(Object.keys(environment)), [])
  t.equal(instruction('USER'), 'node')
  t.equal(dirname(environment.SCIMULATOR_DATA ?? ''), instruction('VOLUME'))
  t.same(instruction('EXPOSE').split(' '), ports)
})

t.test('the health check runs a command of the program, less often once the server is ready', async t => {
  const [, options = '', command = '[]'] = /^(.*) CMD (.*)$/s.exec(instruction('HEALTHCHECK')) ?? []
  t.same(
    Object.fromEntries([...options.matchAll(/--([\w-]+)=(\w+)/g)].map(([, name, value]) => [name, value])),
    {
      interval: '30s',
      timeout: '5s',
      'start-period': '30s',
      'start-interval': '1s',
      retries: '3',
    },
  )
  const program: string[] = JSON.parse(instruction('ENTRYPOINT'))
  const words: string[] = JSON.parse(command)
  t.same(words.slice(0, program.length), program)
  t.match(await run([...words.slice(program.length), '--help']), { code: 0, err: '' })
})

t.test('the build runs no install scripts: the only allowed one would download another Node.js', async t => {
  const [build] = readDockerfile(text('Dockerfile'))
  const installs = (build?.instructions ?? []).filter(({ rest }) => rest.startsWith('npm ci'))
  t.same(
    installs.map(({ rest }) => rest),
    ['npm ci --ignore-scripts --no-audit --no-fund'],
  )
  const allowed = Object.entries(manifest.allowScripts).flatMap(([name, may]) => (may ? name : []))
  t.same(allowed, ['node'])
})

t.test('compose: the console and the AWS APIs are on loopback, and the data is in a volume', async t => {
  t.same([document.errors, document.warnings], [[], []])
  t.same(Object.keys(compose.services), ['scimulator', 'sample'])
  const { ports: published, volumes, environment } = compose.services.scimulator
  const onLoopback = ports.slice(1).map(port => `127.0.0.1:${port}:${port}`)
  t.same(published, [`${ports[0]}:${ports[0]}`, ...onLoopback])
  t.same(volumes, [`data:${instruction('VOLUME')}`])
  t.same(Object.keys(compose.volumes), ['data'])
  t.equal(dirname(environment.SCIMULATOR_TOKEN_FILE), instruction('VOLUME'))
})

t.test('compose: the health check is that of the image', async t => {
  const { test, ...timing } = compose.services.scimulator.healthcheck
  const [, options = '', command = '[]'] = /^(.*) CMD (.*)$/s.exec(instruction('HEALTHCHECK')) ?? []
  t.same(test, ['CMD', ...JSON.parse(command)])
  t.same(
    Object.entries(timing).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`),
    options.trim().split(/\s+/),
  )
})

t.test('compose: the sample runs in the same image once the server is healthy', async t => {
  const { sample, scimulator } = compose.services
  t.equal(sample.image, scimulator.image)
  t.match(sample, {
    profiles: ['sample'],
    depends_on: { scimulator: { condition: 'service_healthy' } },
    environment: { SCIMULATOR_CONSOLE: `http://scimulator:${ports[1]}` },
  })
  t.match(await run([...sample.command, '--help']), { code: 0, err: '' })
})

t.test('compose: each variable is known, and the console token is required', async t => {
  for (const [name, { environment }] of Object.entries<{ environment: Record<string, string> }>(
    compose.services,
  )) {
    t.same(unknown(Object.keys(environment)), [], name)
    t.match(environment.SCIMULATOR_CONSOLE_TOKEN, /^\$\{SCIMULATOR_CONSOLE_TOKEN:\?.+\}$/, name)
  }
})

t.test('the page on containers names existing variables and commands', async t => {
  const page = text('docs/container.md')
  t.same(unknown([...page.matchAll(/SCIMULATOR_\w+/g)].map(([name]) => name)), [])
  const commands = [...page.matchAll(/docker exec scimulator scimulator ([a-z ]+)/g)].map(
    ([, words = '']) => words,
  )
  t.same(commands, ['sample', 'journal list', 'tokens create'])
  for (const words of commands) t.match(await run([...words.split(' '), '--help']), { code: 0, err: '' })
})

/** Runs the build with only this folder in PATH. */
const build = (folder: string, ...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'scripts', 'build-image.ts'), ...args], {
    env: { PATH: folder },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )

/** A folder with programs of these names that print their arguments. */
function engines(t: Test, ...names: readonly string[]): string {
  const program = '#!/bin/sh\nprintf "%s\\n" "$@"\n'
  const folder = t.testdir(Object.fromEntries(names.map(name => [name, program])))
  for (const name of names) chmodSync(join(folder, name), 0o755)
  return folder
}

t.test('the first installed engine builds the image, with tags, labels and custom options', async t => {
  const names = ['docker', 'podman', 'buildah']
  for (const [at, engine] of names.entries()) {
    const { code, stdout } = await build(engines(t, ...names.slice(at)), '--no-cache')
    const [command, ...args] = stdout.trimEnd().split('\n')
    t.same(
      { code, command, args },
      {
        code: 0,
        command: `${engine} ${args.join(' ')}`,
        args: [
          'build',
          ...(engine === 'docker' ? [] : ['--format', 'docker']),
          '--tag',
          `scimulator:${manifest.version}`,
          '--tag',
          'scimulator:latest',
          '--label',
          `org.opencontainers.image.version=${manifest.version}`,
          '--no-cache',
          '.',
        ],
      },
    )
  }
})

t.test('the image is labeled with the revision of its source, if known', async t => {
  t.same(buildArguments('docker', { version: '1.2.3', revision: 'abc' }, []).slice(-5), [
    '--label',
    'org.opencontainers.image.version=1.2.3',
    '--label',
    'org.opencontainers.image.revision=abc',
    '.',
  ])
})

t.test('without an engine, the build lists the supported ones', async t => {
  t.same(await build(t.testdir({})), {
    code: 1,
    stdout: '',
    stderr:
      "No container engine found: install docker, podman or buildah. Without one, `npm run image:replay` runs the Dockerfile's lines in an empty folder.\n",
  })
})

t.test('a build that fails ends with the exit code of the engine', async t => {
  const folder = t.testdir({ docker: '#!/bin/sh\nexit 7\n' })
  chmodSync(join(folder, 'docker'), 0o755)
  t.match(await build(folder), { code: 7 })
})

t.test('the package contains its dependencies, but the one with compiled code', async t => {
  t.same(Object.keys(manifest.dependencies), ['better-sqlite3'])
  t.same([manifest.optionalDependencies, manifest.bundleDependencies], [undefined, undefined])
})

t.test('the images and the Node.js that CI jobs install are pinned', async t => {
  const bases = [...text('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base)
  t.equal(bases.length, 2)
  t.same(
    [...new Set(bases)].map(base => /^node:24\.[\w.-]+@sha256:[\da-f]{64}$/.test(base)),
    [true],
  )
  const { version } = JSON.parse(text('package-lock.json')).packages['node_modules/node']
  t.match(text('setup-scimulator/action.yml'), `packages+=(node@${version})`)
})

const skip = process.env.PACKAGE_TESTS ? false : 'takes a minute and a package registry: set PACKAGE_TESTS=1'

t.test(
  'the packed package works in another project: command, ESM, CommonJS, TypeScript',
  { skip },
  async t => {
    const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'tarball'])
    t.match(stdout, /^The package works outside its repository/m)
  },
)

const changelog = `# Changelog

## [Unreleased]

- Not yet.

## [1.1.0] - 2026-11-26

### Added

- A console.

## [1.1.0-rc.1] - 2026-11-20

- A candidate.
`

t.test('the notes of a release are its section of the changelog', async t => {
  t.equal(releaseNotes({ tag: 'v1.1.0', version: '1.1.0', changelog }), '### Added\n\n- A console.')
  t.equal(releaseNotes({ tag: 'v1.1.0-rc.1', version: '1.1.0-rc.1', changelog }), '- A candidate.')
})

t.test('a tag of another version, or without a section, is rejected with a fix', async t => {
  t.throws(() => releaseNotes({ tag: 'v1.2.0', version: '1.1.0', changelog }), {
    message:
      'The tag "v1.2.0" does not name the version in package.json: expected v1.1.0. Set the version with `npm version --no-git-tag-version`, or correct the tag.',
  })
  t.throws(() => releaseNotes({ tag: 'v1.2.0', version: '1.2.0', changelog }), {
    message:
      'CHANGELOG.md has no text under "## [1.2.0]": move the lines of [Unreleased] there, with the date.',
  })
})

t.test('the changelog has the present version, each release and each line once, and can be read', async t => {
  const lines = text('CHANGELOG.md').split('\n')
  const repeated = lines.filter((line, at) => /^(## |- )/.test(line) && lines.indexOf(line) !== at)
  t.same(repeated, [])
  const [, unreleased = '', ...releases] = text('CHANGELOG.md').split(/^(?=## )/m)
  t.match(unreleased, /^## \[Unreleased\]\n/)
  t.ok(releases.some(release => release.startsWith(`## [${manifest.version}] - `)))
  for (const section of [unreleased, ...releases])
    t.ok(section.split('\n').length <= 200, section.slice(0, 20))
})
