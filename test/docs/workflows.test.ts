import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parseDocument } from 'yaml'

type Step = { uses?: string; run?: string; with?: object }
type Job = {
  uses?: string
  needs?: string | string[]
  permissions?: Record<string, string>
  outputs?: Record<string, string>
  'runs-on'?: string
  'timeout-minutes'?: number
  steps?: Step[]
}
type Workflow = { permissions: object; jobs: Record<string, Job> }

const root = new URL('../../', import.meta.url)
const text = (path: string) => readFileSync(new URL(path, root), 'utf8')
const exists = (path: string) => existsSync(new URL(path, root))
const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> }

/** The errors of a file include syntax errors and duplicate keys. */
function parsed(path: string) {
  const document = parseDocument(text(path), { strict: true, uniqueKeys: true })
  t.same([document.errors, document.warnings], [[], []], path)
  return document.toJS()
}

const names = readdirSync(new URL('.github/workflows/', root)).sort()
const workflows = names.map(name => ({
  name,
  source: text(`.github/workflows/${name}`),
  workflow: parsed(`.github/workflows/${name}`) as Workflow,
}))
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ id: `${name} ${id}`, job, siblings: workflow.jobs })),
)
const steps = jobs.flatMap(({ id, job }) => (job.steps ?? []).map(step => ({ id, ...step })))

t.test('a workflow may read the repository, and a job has only the permissions it needs', async t => {
  t.same(names, ['ci.yml', 'image.yml', 'release.yml'])
  for (const { name, workflow } of workflows) t.same(workflow.permissions, { contents: 'read' }, name)
  t.same(
    Object.fromEntries(jobs.flatMap(({ id, job }) => (job.permissions ? [[id, job.permissions]] : []))),
    {
      'release.yml npm': { contents: 'read', 'id-token': 'write' },
      'release.yml image': {
        contents: 'read',
        packages: 'write',
        'id-token': 'write',
        attestations: 'write',
      },
      'release.yml github': { contents: 'write' },
    },
  )
})

t.test('a job calls an existing workflow, or runs steps within a time limit', async t => {
  for (const { id, job, siblings } of jobs) {
    for (const needed of [job.needs ?? []].flat()) t.ok(siblings[needed], `${id} needs ${needed}`)
    if (job.uses) {
      t.ok(job.uses.startsWith('./') && exists(job.uses), `${id} calls ${job.uses}`)
      continue
    }
    t.match(
      job,
      { 'runs-on': /^(ubuntu-latest|\$\{\{ matrix\.runner \}\})$/, 'timeout-minutes': Number, steps: Array },
      id,
    )
  }
  for (const { id, uses, run } of steps)
    t.ok((uses === undefined) !== (run === undefined), `${id}: either uses or run`)
})

t.test('an action is pinned to a commit, with its release next to it', async t => {
  const used = steps.flatMap(({ uses }) => uses ?? [])
  t.ok(used.length > 10)
  t.same(
    used.filter(uses => !/^[\w-]+\/[\w-]+@[\da-f]{40}$/.test(uses)),
    [],
  )
  const lines = [...workflows.map(({ source }) => source), text('scim-compliance/action.yml')].flatMap(
    source => source.split('\n').filter(line => /uses: [\w-]+\//.test(line)),
  )
  t.ok(lines.length > used.length)
  t.same(
    lines.filter(line => !/@[\da-f]{40} # v\d+(\.\d+)*$/.test(line)),
    [],
  )
})

t.test('each npm script of a workflow exists, and so does its program', async t => {
  const called = steps.flatMap(({ run = '' }) =>
    [...run.matchAll(/npm (?:run (?:-s )?)?([\w:-]+)/g)].flatMap(([, name = '']) =>
      ['install', 'ci', 'pkg', 'pack', 'publish'].includes(name) ? [] : name,
    ),
  )
  t.same(
    [...new Set(called)].sort(),
    [
      'build',
      'check',
      'executable',
      'executable:try',
      'image',
      'image:try',
      'publish-action',
      'release-notes',
      'tarball',
      'test',
      'test:postgres',
    ],
    'as read from the run lines',
  )
  for (const name of called) {
    const command = scripts[name] ?? ''
    t.not(command, '', name)
    for (const [, path = ''] of command.matchAll(/node (scripts\/\S+)/g)) t.ok(exists(path), path)
  }
})

t.test('no expression is part of a shell script, where its value could be executed', async t => {
  t.same(
    steps.filter(({ run = '' }) => run.includes('${{')),
    [],
  )
})

t.test('no workflow names a host', async t => {
  for (const { name, source } of workflows) t.notMatch(source, '://', name)
})

t.test('an output that a job reads is an output of the job that it needs', async t => {
  for (const { workflow, source } of workflows) {
    for (const [expression, job = '', output = ''] of source.matchAll(/needs\.(\w+)\.outputs\.(\w+)/g)) {
      t.ok(workflow.jobs[job]?.outputs?.[output], expression)
    }
  }
})

t.test('Dependabot updates npm, actions and the base image, in existing folders', async t => {
  const { version, updates } = parsed('.github/dependabot.yml')
  t.equal(version, 2)
  const manifests = { npm: 'package.json', 'github-actions': 'action.yml', docker: 'Dockerfile' }
  t.same(
    updates.map((update: { 'package-ecosystem': string }) => update['package-ecosystem']),
    Object.keys(manifests),
  )
  for (const update of updates) {
    for (const folder of update.directories ?? [update.directory]) {
      const inRoot = folder === '/' && update['package-ecosystem'] === 'github-actions'
      const manifest = manifests[update['package-ecosystem'] as keyof typeof manifests]
      t.ok(exists(inRoot ? '.github/workflows' : `.${folder}/${manifest}`), `${manifest} in ${folder}`)
    }
  }
})
