import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readAwsExport } from '../../src/traffic/aws-directory/read.ts'
import { type AwsCaller, runCopied } from '../support/aws-clients.ts'
import { awsExport, permissionSetArn, permissionSetId } from '../support/aws-export.ts'
import { folderOf } from '../support/entra-files.ts'

const script = new URL('../../samples/aws-export.sh', import.meta.url).pathname

// The script with a program in the place of the AWS CLI, which takes half a second for each command.

const files = awsExport({
  users: ['marge', 'ned'],
  groups: ['Operators', 'Empty'],
  members: { Operators: ['marge'] },
  assignments: [{ to: 'Operators' }],
})

/** Prints the files of an export, writes its commands to `calls`, and denies those of `denied`. */
const stub = `#!/bin/sh
echo "$2" >> calls
grep -qx -- "$2" denied && { echo "An error occurred (AccessDeniedException) when calling: no" >&2; exit 254; }
case "$2" in
  list-instances) cat export/instances.json ;;
  list-users) cat export/users.json ;;
  list-groups) cat export/groups.json ;;
  list-group-memberships) cat "export/memberships/$6.json" ;;
  list-permission-sets) cat export/permission-sets.json ;;
  describe-permission-set) cat "export/permission-sets/\${6##*/}.json" ;;
  list-accounts-for-provisioned-permission-set) cat "export/accounts/\${6##*/}.json" ;;
  list-account-assignments) cat "export/assignments/\${8##*/}/$6.json" ;;
  list-applications) echo '{"Applications": []}' ;;
  get) echo us-east-1 ;;
  *) exit 1 ;;
esac
`

const nobody: AwsCaller = { url: 'http://127.0.0.1:9', accessKey: { id: 'x', secret: 'x' } }

async function openStub(t: Test, { denied = '', changes = {} } = {}) {
  const exported = Object.entries({ ...files, ...changes }).map(([name, content]) => [
    `export/${name}`,
    content,
  ])
  const folder = await folderOf(t, { ...Object.fromEntries(exported), denied: `${denied}\n`, calls: '' })
  await mkdir(join(folder, 'bin'))
  await writeFile(
    join(folder, 'bin', 'aws'),
    stub.replaceAll(/(?<= )(export\/|calls|denied)|(?<=")export\//g, `${folder}/$&`),
    {
      mode: 0o755,
    },
  )
  const out = join(folder, 'out')
  return {
    out,
    run: (args = '') => runCopied(nobody, `PATH='${folder}/bin:'$PATH sh '${script}' '${out}' ${args}`),
    calls: async () => {
      const calls = await readFile(join(folder, 'calls'), 'utf8')
      await writeFile(join(folder, 'calls'), '')
      return calls.split('\n').filter(call => call.startsWith('list-') || call.startsWith('describe-'))
    },
  }
}

const afterGroups = [
  'list-permission-sets',
  'describe-permission-set',
  'list-accounts-for-provisioned-permission-set',
  'list-account-assignments',
  'list-applications',
  'list-accounts',
]
const membershipsOfBoth = ['list-group-memberships', 'list-group-memberships']

t.test('a command that prints nothing ends the script', async t => {
  const { out, run, calls } = await openStub(t, { changes: { 'groups.json': '' } })
  await run()
  t.strictSame(await calls(), ['list-instances', 'list-users', 'list-groups'])
  t.strictSame((await readdir(out)).sort(), ['instances.json', 'manifest.json', 'users.json'])
})

t.test('an export asks for each list once, and resumes with what is missing', async t => {
  const { out, run, calls } = await openStub(t)
  t.match((await run()).stderr, new RegExp(`scimulator import aws ${out}\n$`))
  t.strictSame(await calls(), [
    'list-instances',
    'list-users',
    'list-groups',
    ...membershipsOfBoth,
    ...afterGroups,
  ])
  const { read, memberships, assignments } = await readAwsExport({ folder: out })
  t.match(read, { complete: true, skipped: ['account-names'] })
  t.equal(memberships.length + assignments.length, 2)
  t.notOk((await readdir(out)).some(name => name.startsWith('.') || name.endsWith('.part')))

  t.match(await run(), { stderr: 'The folder has a complete export. Name another folder.\n' })
  t.strictSame(await calls(), [])

  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'))
  await writeFile(
    join(out, 'manifest.json'),
    JSON.stringify({ ...manifest, started: 'before', complete: false }),
  )
  await t.rejects(readAwsExport({ folder: out }), /The export was not finished/)
  await rm(join(out, 'groups.json'))
  await rm(join(out, 'accounts', `${permissionSetId('ReadOnly')}.json`))
  await run()
  t.strictSame(await calls(), [
    'list-groups',
    'list-accounts-for-provisioned-permission-set',
    'list-accounts',
  ])
  t.match(JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')), {
    started: 'before',
    complete: true,
  })
})

t.test('without a permission, a part is skipped', async t => {
  const parts = {
    'list-group-memberships': ['memberships', 'account-names'],
    'list-permission-sets': ['permission-sets', 'account-names', 'assignments'],
    'describe-permission-set': ['permission-set-names', 'account-names'],
    'list-account-assignments': ['assignments', 'account-names'],
    'list-applications': ['applications', 'account-names'],
  }
  for (const [denied, skipped] of Object.entries(parts)) {
    const { out, run, calls } = await openStub(t, { denied })
    t.match((await run()).stderr, `Skipping ${skipped[0]}: An error occurred (AccessDeniedException)`)
    t.equal((await calls()).filter(call => call === denied).length, 1, 'it is not asked again')
    t.strictSame((await readAwsExport({ folder: out })).read.skipped, skipped)
  }
})

t.test('without the permission to list users, the script ends', async t => {
  const { out, run } = await openStub(t, { denied: 'list-users' })
  t.match(await run(), { stderr: /AccessDeniedException/ })
  await t.rejects(readAwsExport({ folder: out }), /The export was not finished/)
})

t.test('an instance is chosen if there are several', async t => {
  const [instance = {}] = (files['instances.json']?.Instances ?? []) as readonly object[]
  const other = { ...instance, InstanceArn: 'arn:aws:sso:::instance/ssoins-1234567890abcdef' }
  const { out, run, calls } = await openStub(t, {
    changes: { 'instances.json': { Instances: [other, instance] } },
  })
  t.match(await run(), {
    stderr: /There are 2 instances. Name one: arn:aws:sso:::instance\/ssoins-1234567890abcdef, arn/,
  })
  t.match(await run('arn:x'), { stderr: 'There is no instance arn:x.\n' })
  t.strictSame(await calls(), ['list-instances'])
  const chosen = permissionSetArn('x')
    .replace(':permissionSet/', ':instance/')
    .replace(/\/ps-.*/, '')
  await run(chosen)
  t.equal((await readAwsExport({ folder: out }, { instance: chosen })).users.size, 2)
})

t.test('a Region without an instance ends the script', async t => {
  const { run } = await openStub(t, { changes: { 'instances.json': { Instances: [] } } })
  t.match(await run(), { stderr: /There is no instance in eu-central-1/ })
})
