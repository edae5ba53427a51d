import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadCalls, saveLive } from '../../../src/server/cli/import-live.ts'
import { ImportError } from '../../../src/traffic/aws-directory/directory.ts'
import { type LiveCalls, type LiveOptions, readLive } from '../../../src/traffic/aws-directory/live.ts'
import { readAwsExport } from '../../../src/traffic/aws-directory/read.ts'
import { startAwsDirectory } from '../../support/aws-directory-server.ts'
import { awsExport, exported, groupId, permissionSetId, userId } from '../../support/aws-export.ts'

t.test('a directory is read from AWS as the SDK calls it, at the rates of AWS', async t => {
  const { caller, store, instance } = await startAwsDirectory(t, ['--throttle=aws'])
  const environment = {
    AWS_ENDPOINT_URL: caller.url,
    AWS_ACCESS_KEY_ID: caller.accessKey.id,
    AWS_SECRET_ACCESS_KEY: caller.accessKey.secret,
    AWS_REGION: 'eu-central-1',
  }
  const before = { ...process.env }
  Object.assign(process.env, environment)
  t.teardown(() => {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
  const folder = join(t.testdir(), 'export')
  t.equal(await saveLive({ save: folder, maxRps: 20 }), folder)
  const directory = await readAwsExport({ folder })
  t.match(directory, {
    instance: { store, arn: instance },
    read: { source: 'live', complete: true, skipped: [] },
    notes: [],
  })
  t.strictSame(
    [...directory.users.values()].map(({ document }) => JSON.parse(document).userName),
    ['zoë', 'ned', 'homer'].map(name => `${name}@springfield.example`),
  )
  t.match([...directory.users.values()][1]?.document, /"department":"Leftorium"/)
  t.equal(directory.memberships.length, 2)
  t.equal(directory.assignments.length, 2)
  await t.rejects(saveLive({ save: folder }), {
    message: 'The folder has a complete export. Name another folder.',
  })
})

t.test('the program has no command of the SDK that writes', async t => {
  const names = (await readdir('src', { recursive: true })).filter(name => /\.tsx?$/.test(name))
  const sources = await Promise.all(names.map(name => readFile(join('src', name), 'utf8')))
  const commands = sources.flatMap(source => source.match(/\bnew (?:\w+\.)?[A-Z]\w*Command\b/g) ?? [])
  t.ok(commands.length >= 12)
  t.strictSame(
    commands.filter(command => !/new sdk\.(List|Describe)\w+Command/.test(command)),
    [],
  )
  const policy = JSON.parse(await readFile('samples/aws-export-policy.json', 'utf8'))
  const allowed = policy.Statement.flatMap(({ Action }: { readonly Action: readonly string[] }) =>
    Action.map(action => action.replace(/^\w+:/, '')),
  )
  const called = commands.map(command => command.replace(/new sdk\.|Command/g, ''))
  t.strictSame(allowed.filter((action: string) => action !== 'ListAccounts').sort(), [...called].sort())
  t.equal(typeof (await loadCalls({ region: 'us-east-1' })).region, 'string')
})

// The reader with calls that return the lists of an export.

const files = awsExport({
  users: ['marge', 'ned', 'late'],
  groups: ['Operators', 'Late'],
  members: { Operators: ['marge', 'late'], Late: ['ned'] },
  assignments: [{ to: 'Operators' }, { to: 'Late' }, { to: userId('deleted') }],
})

const failure = (name: string) => Object.assign(new Error('no'), { name })
const listIn = (file: string, list: string) => (files[file]?.[list] ?? []) as unknown as readonly object[]
const without = (objects: readonly object[], id: string) =>
  objects.filter(object => !Object.values(object).includes(id))

/** Lists in pages of one, without what was created later. */
function callsOf(changes: Partial<LiveCalls> = {}) {
  const made: string[] = []
  const paged = (name: string, objects: readonly unknown[], next: string | undefined) => {
    const at = Number(next ?? 0)
    return { [name]: objects.slice(at, at + 1), ...(at + 1 < objects.length && { NextToken: `${at + 1}` }) }
  }
  const set = permissionSetId('ReadOnly')
  const plain: LiveCalls = {
    listInstances: async next => paged('Instances', listIn('instances.json', 'Instances'), next),
    listUsers: async (_, next) =>
      paged('Users', without(listIn('users.json', 'Users'), userId('late')), next),
    listGroups: async (_, next) =>
      paged('Groups', without(listIn('groups.json', 'Groups'), groupId('Late')), next),
    listGroupMemberships: async (_, group, next) =>
      paged('GroupMemberships', listIn(`memberships/${group}.json`, 'GroupMemberships'), next),
    describeUser: async (_, user) => found(listIn('users.json', 'Users'), user),
    describeGroup: async (_, group) => found(listIn('groups.json', 'Groups'), group),
    listPermissionSets: async () => files['permission-sets.json'] ?? {},
    describePermissionSet: async () => files[`permission-sets/${set}.json`] ?? {},
    listAccounts: async () => files[`accounts/${set}.json`] ?? {},
    listAssignments: async (_, __, account, next) =>
      paged('AccountAssignments', listIn(`assignments/${set}/${account}.json`, 'AccountAssignments'), next),
    listApplications: async () => ({ Applications: [] }),
    listApplicationAssignments: async () => ({ ApplicationAssignments: [] }),
  }
  const calls = Object.fromEntries(
    Object.entries({ ...plain, ...changes }).map(([name, call]) => [
      name,
      (...args: readonly string[]) => {
        made.push(name)
        return (call as (...args: readonly string[]) => Promise<object>)(...args)
      },
    ]),
  ) as unknown as LiveCalls
  return { calls, made }
}

function found(objects: readonly object[], id: string): object {
  const one = objects.find(object => Object.values(object).includes(id))
  if (!one) throw failure('ResourceNotFoundException')
  return one
}

const optionsOf = (folder: string): LiveOptions => ({
  ...{ folder, region: 'us-east-1', tool: 'test', maxRps: 10_000 },
  confirm: () => {},
  onProgress: () => {},
})

t.test('all pages are read, and what was created meanwhile', async t => {
  const folder = join(t.testdir(), 'export')
  const { calls } = callsOf()
  await readLive(calls, optionsOf(folder))
  const { users, groups, memberships, assignments } = await readAwsExport({ folder })
  t.strictSame(new Set(users.keys()), new Set(['marge', 'ned', 'late'].map(userId)))
  t.strictSame(new Set(groups.keys()), new Set(['Operators', 'Late'].map(groupId)))
  t.equal(memberships.length, 3)
  t.equal(assignments.length, 3, 'also of a deleted user')
})

t.test('an interrupted read resumes with what is missing', async t => {
  const folder = join(t.testdir(), 'export')
  const interrupted = callsOf({ listAssignments: () => Promise.reject(failure('TimeoutError')) })
  await t.rejects(readLive(interrupted.calls, optionsOf(folder)), {
    message: "AccountAssignments can't be read: TimeoutError: no",
  })
  await t.rejects(readAwsExport({ folder }), /The export was not finished/)
  await rm(join(folder, 'users.json'))
  await writeFile(join(folder, 'users.json.part'), '{"Users": [')
  const { calls, made } = callsOf()
  await readLive(calls, optionsOf(folder))
  t.notOk(
    made.some(name =>
      ['listInstances', 'listGroups', 'describePermissionSet', 'listAccounts'].includes(name),
    ),
  )
  t.equal(made.filter(name => name === 'listUsers').length, 2)
  t.equal((await readAwsExport({ folder })).users.size, 3)
})

t.test('without a permission, a part is skipped; without the one to list users, nothing is read', async t => {
  const denied = () => Promise.reject(failure('AccessDeniedException'))
  const parts: readonly (readonly [name: keyof LiveCalls, skipped: readonly string[]])[] = [
    ['listGroupMemberships', ['memberships']],
    ['listPermissionSets', ['permission-sets', 'assignments']],
    ['describePermissionSet', ['permission-set-names']],
    ['listAccounts', ['assignments']],
    ['listAssignments', ['assignments']],
    ['listApplications', ['applications']],
  ]
  for (const [name, skipped] of parts) {
    const folder = join(t.testdir(), name)
    const { calls, made } = callsOf({ [name]: denied })
    await readLive(calls, optionsOf(folder))
    t.strictSame((await readAwsExport({ folder })).read.skipped, skipped)
    t.ok(made.filter(one => one === name).length <= 4, 'it is not asked again')
  }
  const { calls } = callsOf({ listUsers: denied })
  await t.rejects(readLive(calls, optionsOf(join(t.testdir(), 'users'))), {
    message:
      "Users can't be read: AccessDeniedException: no A permission is missing, of those that --print-policy shows or kms:Decrypt on a customer managed key, or the store accepts calls from other networks only.",
  })
})

t.test('an instance is chosen, and a long read confirmed', async t => {
  const [instance = {}] = listIn('instances.json', 'Instances')
  const reading = (instances: readonly object[], options: Partial<LiveOptions> = {}) => {
    const { calls } = callsOf({ listInstances: async () => ({ Instances: instances }) })
    return readLive(calls, { ...optionsOf(join(t.testdir(), 'export')), ...options })
  }
  const other = { ...instance, InstanceArn: 'arn:other' }
  await t.rejects(reading([]), {
    message:
      'There is no instance of IAM Identity Center in us-east-1: name its primary Region with --region.',
  })
  await t.rejects(reading([other, instance]), {
    message: `The account sees 2 instances: arn:other, ${exported.instance}. Choose one with --instance.`,
  })
  await t.rejects(reading([other], { instance: 'arn:x' }), {
    message: 'The account does not see the instance arn:x, but arn:other.',
  })
  await reading([other, instance], { instance: exported.instance })
  const requests: number[] = []
  const confirm = (count: number) => {
    requests.push(count)
    throw new ImportError([])
  }
  await t.rejects(reading([instance], { confirm }), ImportError)
  t.strictSame(requests, [3])
})

t.test('calls keep their distance', async t => {
  const times: number[] = []
  const { calls } = callsOf({
    listGroupMemberships: async () => {
      times.push(performance.now())
      return { GroupMemberships: [] }
    },
    listGroups: async () => ({
      Groups: Array.from({ length: 10 }, (_, at) => ({
        GroupId: groupId(`${at}`),
        IdentityStoreId: exported.store,
      })),
    }),
  })
  await readLive(calls, { ...optionsOf(join(t.testdir(), 'export')), maxRps: 100 })
  t.ok((times.at(-1) ?? 0) - (times[0] ?? 0) >= 85, 'ten calls take at least nine hundredths of a second')
})
