import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readAwsExport } from '../../../src/traffic/aws-directory/read.ts'
import {
  type AwsCaller,
  printByAwsCli,
  runCopied,
  skipWithoutAwsClients,
  startAwsCli,
} from '../../support/aws-clients.ts'
import { startAwsDirectory } from '../../support/aws-directory-server.ts'
import { awsExport, contentOf, exported, withoutCreation } from '../../support/aws-export.ts'
import { flagsOf, testLease } from '../../support/database.ts'
import { folderOf } from '../../support/entra-files.ts'
import { tarOf } from '../../support/imports.ts'
import { createSchema, skipWithoutPostgres } from '../../support/postgres.ts'
import { startWith } from '../../support/started-server.ts'
import { run } from './run.ts'
import { serverFor } from './server.ts'

const script = new URL('../../../samples/aws-export.sh', import.meta.url).pathname

t.test(
  'the AWS CLI exports a directory, and reads its import back',
  { skip: skipWithoutAwsClients },
  async t => {
    const { caller, store, instance, call } = await startAwsDirectory(t)
    const folder = join(t.testdir(), 'export')
    const { stderr } = await runCopied(caller, `sh '${script}' '${folder}'`)
    const original = contentOf(folder)

    t.test('the script exports a directory', async t => {
      t.match(stderr, /Reading the members of 2 groups\nReading the assignments of 1 permission sets\n/)
      const directory = await readAwsExport({ folder })
      t.match(directory, { instance: { store, arn: instance }, read: { complete: true } })
      const documents = [...directory.users.values(), ...directory.groups.values()].map(({ document }) =>
        JSON.parse(document),
      )
      t.strictSame(
        documents.map(({ userName, displayName }) => userName ?? displayName),
        [...['zoë', 'ned', 'homer'].map(name => `${name}@springfield.example`), 'Opérateurs', 'Empty'],
      )
      t.equal(directory.memberships.length, 2)
      t.equal(directory.assignments.length, 2)
      t.strictSame(
        [...directory.permissionSets.values()].map(({ name }) => name),
        ['ReadOnly'],
      )
      t.strictSame([...directory.membersUnknown], [])
      const { Users } = await call('identitystore', 'ListUsers', { IdentityStoreId: store })
      t.match(
        Users,
        [...directory.users.keys()].map(UserId => ({ UserId })),
      )
    })

    t.test('other formats, partial lists and errors are refused', async t => {
      const printed = printByAwsCli(t, caller)
      const list = (flags: readonly string[], id = store) =>
        printed('identitystore', 'list-users', '--identity-store-id', id, ...flags)
      const refused = (text: string, message: string | RegExp) =>
        t.rejects(readAwsExport({ name: 'users.json', bytes: Buffer.from(text) }), { message })
      const formats = { text: 'text output', table: 'a table', yaml: 'YAML output' }
      for (const [format, name] of Object.entries(formats)) {
        await refused(
          (await list(['--output', format])).output,
          `users.json: This is ${name} of the AWS CLI. Add --output json.`,
        )
      }
      await refused((await list(['--output', 'json', '--max-items', '1'])).output, /it has a NextToken/)
      await refused(
        (await list([], 'd-1234567890')).errors,
        /This is an? \w+Exception of the AWS CLI, not a list/,
      )
    })

    /** Imports the export, and returns who may read it. */
    async function importTo(t: Test, database: readonly string[]): Promise<AwsCaller> {
      const { console, aws } = await startWith(t, [
        ...database,
        ...['--aws-port=0', '--seal-key=seals-the-keys-of-this-test-only'],
      ])
      const cli = (...args: readonly string[]) => run(['--console', console, ...args])
      t.match(await cli('import', 'aws', folder, '--id', 'copy', '--strict', 'complete', 'members'), {
        code: 0,
        out: /^Imported the AWS directory d-9067.* as tenant copy, read-only\.\n3 users, 2 groups, 2 memberships\n/,
        err: '',
      })
      const created = await cli('keys', 'create', '--tenant', 'copy', '--access', 'read', '--json')
      const { id, secret } = JSON.parse(created.out)
      return { url: aws?.url ?? '', accessKey: { id, secret } }
    }

    // The commands of the script in one process: a process for each takes half a second.
    async function checkSame(t: Test, caller: AwsCaller): Promise<void> {
      const aws = startAwsCli(t, caller)
      const ofStore = ['--identity-store-id', store]
      const ofInstance = ['--instance-arn', instance]
      for (const [name, content] of Object.entries(original)) {
        const [kind = '', one = '', account = ''] = name.replace('.json', '').split('/')
        const set = ['--permission-set-arn', `${instance.replace(':instance/', ':permissionSet/')}/${one}`]
        const commands: Readonly<Record<string, readonly string[]>> = {
          instances: ['sso-admin', 'list-instances'],
          users: ['identitystore', 'list-users', ...ofStore],
          groups: ['identitystore', 'list-groups', ...ofStore],
          memberships: ['identitystore', 'list-group-memberships', ...ofStore, '--group-id', one],
          'permission-sets':
            one === ''
              ? ['sso-admin', 'list-permission-sets', ...ofInstance]
              : ['sso-admin', 'describe-permission-set', ...ofInstance, ...set],
          accounts: ['sso-admin', 'list-accounts-for-provisioned-permission-set', ...ofInstance, ...set],
          assignments: [
            'sso-admin',
            'list-account-assignments',
            ...ofInstance,
            ...set,
            '--account-id',
            account,
          ],
          applications: ['sso-admin', 'list-applications', ...ofInstance],
        }
        const { output } = await aws(...(commands[kind] ?? []))
        t.same(output && withoutCreation(output), content, name)
      }
    }

    t.test('from SQLite', async t => {
      const caller = await importTo(t, ['--memory'])
      await checkSame(t, caller)
      const change = `aws identitystore create-group --identity-store-id ${store} --display-name New`
      t.match(await runCopied(caller, change), { stderr: /AccessDeniedException.*identitystore:CreateGroup/ })
    })

    t.test('from PostgreSQL', { skip: skipWithoutPostgres }, async t => {
      const postgres = { ...(await createSchema(t)), lanes: 1, readers: 2, lease: testLease }
      await checkSame(t, await importTo(t, flagsOf({ postgres })))
    })
  },
)

const files = awsExport({
  users: ['marge@springfield.example', { userName: 'moe szyslak', more: { UserStatus: null } }],
  groups: ['Operators'],
  members: { Operators: ['moe szyslak'] },
  assignments: [{ to: 'Operators' }, { to: '547814f8-e071-701b-aa02-6fbe9d85383d' }],
})

const asText = (content: unknown) => JSON.stringify(content)

t.test('a folder and an archive are imported', async t => {
  const { cli, console } = await serverFor(t)
  const folder = await folderOf(t, {
    ...Object.fromEntries(
      Object.entries(files).map(([name, content]) => [`export/${name}`, asText(content)]),
    ),
    'export/notes.txt': 'not read',
    'export.tar': tarOf(files),
    'no-groups/users.json': asText(files['users.json']),
    'empty/readme.md': '',
  })
  const fromFolder = await cli('import', 'aws', `${folder}/export`)
  t.match(fromFolder, { code: 0, err: '' })
  const sections = fromFolder.out.split('\n\n')
  t.same(
    [sections[0], sections.at(-1)],
    [
      `Imported the AWS directory d-9067e0c944 as of 2026-11-30T07:05:00.000Z as tenant d-9067e0c944, read-only.
2 users, 1 group, 1 membership
1 permission set, 2 account assignments (1 of deleted users and groups), 1 account`,
      `Read it with the AWS CLI: scimulator keys create --tenant d-9067e0c944 --access read --console ${console}\n`,
    ],
  )
  t.match(sections.slice(1, -1), [
    /^Unknown:\n {2}The export does not say whether these users are enabled.* \(1\)\n/,
    /^AWS has what the profile rejects:\n.* \(1\) \(spaceInUserName=allow\)$/,
  ])
  const args = [
    'import',
    'aws',
    `${folder}/export.tar`,
    '--json',
    '--id',
    'copy',
    '--working',
    '--fit-switches',
  ]
  t.match(JSON.parse((await cli(...args)).out), {
    tenant: { id: 'copy' },
    result: { name: 'export.tar', store: exported.store, counts: { users: 2 } },
  })
  t.match(await cli('tokens', 'create', '--tenant', 'copy'), { code: 0 })

  t.match(await cli('import', 'aws', `${folder}/export`, '--strict', 'complete', 'status'), {
    code: 1,
    out: /as tenant d-9067e0c944-2/,
    err: 'scimulator: The export does not say whether these users are enabled; they count as enabled. The AWS CLI prints UserStatus since November 2025.\n',
  })
  const refused = async (path: string, ...more: readonly string[]) => {
    const { code, out, err } = await cli('import', 'aws', `${folder}/${path}`, ...more)
    t.same([code, out], [2, ''])
    return err
  }
  t.match(await refused('no-groups'), /groups\.json: The file is missing/)
  t.match(await refused('empty'), /empty has no JSON files/)
  t.match(await refused('missing'), /Cannot read .*missing \(ENOENT\)/)
  t.match(await refused('export', '--id', 'copy'), /"copy" already exists/)
  t.match(await refused('export', '--max-objects', '1'), /more than 1 users/)
})

t.test('the script and the policy are printed, and one source is needed', async t => {
  const printed = async (...args: readonly string[]) => (await run(['import', 'aws', ...args])).out
  const sample = (name: string) => readFileSync(new URL(`../../../samples/${name}`, import.meta.url), 'utf8')
  t.equal(await printed('--print-script'), sample('aws-export.sh'))
  t.equal(await printed('--print-policy'), sample('aws-export-policy.json'))
  for (const args of [[], ['export', '--live']]) {
    t.match(await run(['import', 'aws', ...args]), {
      code: 2,
      err: /Name a folder or an archive, or read AWS/,
    })
  }
})

t.test('without a running server, a temporary one is started', async t => {
  const folder = t.testdir({ 'export.tar': tarOf(files) })
  const args = ['bin/scimulator.js', 'import', 'aws', `${folder}/export.tar`, '--temporary']
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  for await (const part of server.stdout) {
    out += part
    if (!out.includes('until Ctrl-C')) continue
    const [, address = ''] = /--console (\S+)/.exec(out) ?? []
    const response = await fetch(`${address}/api/v1/tenants`)
    const { items } = (await response.json()) as { items: { id: string }[] }
    t.same(
      items.map(({ id }) => id),
      [exported.store],
    )
    break
  }
  const ended = once(server, 'exit')
  server.kill('SIGINT')
  t.same(await ended, [0, null])
})
