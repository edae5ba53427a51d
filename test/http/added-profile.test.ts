import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'

/** A copy of the program, in which files can be changed. */
function copyProgram(): string {
  const root = mkdtempSync(join(tmpdir(), 'scimulator-profile-'))
  for (const part of ['src', 'migrations', 'package.json'])
    cpSync(part, join(root, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  return root
}

function replaceIn(file: string, text: string, replacement: string): void {
  const before = readFileSync(file, 'utf8')
  if (!before.includes(text)) throw new Error(`${file} has no "${text}".`)
  writeFileSync(file, before.replace(text, replacement))
}

const folder = `
import { baseProfile } from '../base.ts'
import type { ProfileDefinition } from '../profile.ts'

export const lab: ProfileDefinition = {
  switches: [
    {
      id: 'created',
      topic: 'responses',
      description: 'The status of a successful POST.',
      values: ['201', '200'],
      default: '201',
      source: 'https://example.org/lab',
      basis: 'assumed',
    },
  ],
  fixedTypes: true,
  create: ({ created = '201' }) => ({
    ...baseProfile,
    name: 'lab',
    rules: {
      ...baseProfile.rules,
      body: [
        {
          id: 'lab/no-nickname',
          description: 'Users have no nickname.',
          source: 'https://example.org/lab',
          basis: 'assumed',
          remedy: 'Delete the mapping to nickName.',
          check: ({ body }) => (body.nickName === undefined ? undefined : { detail: 'No nicknames here.' }),
        },
      ],
    },
    responses: { ...baseProfile.responses, created: Number(created) },
    switches: { created },
  }),
}
`

function addProfile(root: string): void {
  const profiles = join(root, 'src/profiles')
  mkdirSync(join(profiles, 'lab'))
  writeFileSync(join(profiles, 'lab/profile.ts'), folder)
  replaceIn(join(profiles, 'names.ts'), '} as const', "  lab: 'Lab server',\n} as const")
  replaceIn(
    join(profiles, 'registry.ts'),
    '{ aws, entra, rfc, interop }',
    '{ aws, entra, rfc, interop, lab }',
  )
  replaceIn(join(profiles, 'registry.ts'), '\n', "\nimport { lab } from './lab/profile.ts'\n")
}

const environment = { PATH: process.env.PATH, HOME: tmpdir() }

const run = (root: string, ...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['src/server/cli/scimulator.ts', ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

async function outputOf(root: string, ...args: readonly string[]): Promise<string> {
  const child = run(root, ...args)
  let text = ''
  child.stdout?.on('data', chunk => {
    text += chunk
  })
  await once(child, 'close')
  return text
}

/** Starts the server; a line of its log has the addresses. */
async function start(root: string, kill: (child: ChildProcess) => void) {
  const child = run(
    root,
    '--memory',
    '--port=0',
    '--console-port=0',
    '--aws-port=0',
    '--profile=lab',
    '--tenant=acme',
    '--token=secret-token-of-the-lab-tenant-0123456789',
    '--log-format=json',
  )
  kill(child)
  let log = ''
  if (!child.stdout) throw new Error('The server has no output.')
  for await (const line of createInterface({ input: child.stdout })) {
    log += `${line}\n`
    const { endpoint: scim, console } = JSON.parse(line)
    if (scim && console) return { scim, console }
  }
  throw new Error(`The server stopped: ${log}`)
}

t.test('a profile is one folder, its title and its entry in the registry', async t => {
  const root = copyProgram()
  t.teardown(() => rmSync(root, { recursive: true }))
  addProfile(root)
  const { scim, console } = await start(root, child =>
    t.teardown(async () => {
      child.kill()
      if (child.exitCode === null) await once(child, 'close')
    }),
  )
  const post = async (body: object) => {
    const response = await fetch(`${scim}/Users`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer secret-token-of-the-lab-tenant-0123456789',
        'content-type': 'application/scim+json',
      },
      body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], ...body }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const read = async <Body = unknown>(path: string) =>
    (await (await fetch(`${console}/api/v1/${path}`)).json()) as Body

  t.match(await post({ userName: 'anna' }), { status: 201, body: { userName: 'anna' } })
  t.match(await post({ userName: 'ben', nickName: 'Benny' }), {
    status: 400,
    body: { detail: 'No nicknames here.' },
  })

  t.match(await read('tenants/acme'), {
    profile: 'lab',
    switches: [{ id: 'created', values: ['201', '200'], chosen: '201' }],
  })
  const { items } = await read<{ items: readonly { id: string }[] }>(
    `exchanges?q=${encodeURIComponent('profile:lab rule:lab/no-nickname')}`,
  )
  t.equal(items.length, 1, 'the search finds requests by profile and rule')
  const { evaluations } = await read<{ evaluations: readonly { profile: string; accepted: boolean }[] }>(
    `exchanges/${items[0]?.id}/explanation`,
  )
  t.match(
    evaluations.map(({ profile, accepted }) => ({
      profile,
      accepted,
    })),
    [
      { profile: 'aws', accepted: false },
      { profile: 'entra', accepted: true },
      { profile: 'rfc', accepted: true },
      { profile: 'interop', accepted: true },
      { profile: 'lab', accepted: false },
    ],
  )
  t.match(
    (await outputOf(root, 'tenants', 'create', '--help')).replace(/\s+/g, ' '),
    /"aws", "entra", "rfc", "interop", "lab"/,
  )
})
