import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDocument } from 'yaml'
import { actionReference, withReference } from '../../scripts/release/action-reference.ts'
import { publishAction } from '../../scripts/release/publish-action.ts'
import { settings } from '../../src/server/settings.ts'

const root = join(import.meta.dirname, '..', '..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')
const folders = ['setup-scimulator', 'scim-compliance']
const actions = folders.map(folder => {
  const document = parseDocument(text(`${folder}/action.yml`), { strict: true, uniqueKeys: true })
  t.same([document.errors, document.warnings], [[], []], folder)
  return { folder, action: document.toJS() }
})

// The requirements of GitHub: one action at the root of a repository without workflows, a unique name, and a README.
t.test('each folder of an action is complete as a repository that the Marketplace lists', async t => {
  for (const { folder, action } of actions) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    t.same(
      files.filter(file => /(^|\/)action\.ya?ml$/.test(file)),
      ['action.yml'],
      folder,
    )
    t.same(
      files.filter(file => file.startsWith('.github')),
      [],
      folder,
    )
    t.equal(text(`${folder}/LICENSE`), text('LICENSE'), folder)
    t.match(text(`${folder}/README.md`), /^# /, folder)
    t.match(action, { description: /^.{20,125}$/, branding: { icon: /^[a-z-]+$/ } }, folder)
    t.match(action.branding.color, /^(white|black|yellow|blue|green|orange|red|purple|gray-dark)$/, folder)
  }
  t.same(
    actions.map(({ action }) => action.name),
    ['Start Scimulator', 'SCIM compliance'],
  )
})

t.test(
  'a README names each input and output of its action, and no script contains an expression',
  async t => {
    for (const { folder, action } of actions)
      for (const { run = '' } of action.runs.steps) t.notMatch(run, '${{', folder)
    const { inputs, outputs } = actions[0]?.action ?? {}
    const readme = text('setup-scimulator/README.md')
    for (const name of [...Object.keys(inputs), ...Object.keys(outputs)]) t.match(readme, `\`${name}\``)
    t.equal(inputs.version.default, JSON.parse(text('package.json')).version, 'set it with the version')
    const flags = [...text('setup-scimulator/action.yml').matchAll(/--([a-z-]+)=/g)].map(([, flag]) => flag)
    t.same(
      flags.filter(flag => !settings.some(setting => setting.flag === flag)),
      [],
    )
  },
)

t.test('the folder of an action is published as a repository, once for each tag', async t => {
  const folder = t.testdir({
    checkout: {
      'setup-scimulator': { 'action.yml': 'name: first\n', 'README.md': '- uses: ./setup-scimulator\n' },
    },
  })
  const runIn = (cwd: string, args: readonly string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  const git = (...args: readonly string[]) => runIn(join(folder, 'checkout'), args)
  const repository = join(folder, 'action.git')
  const inRepository = (...args: readonly string[]) => runIn(repository, args)
  runIn(folder, ['init', '--quiet', '--bare', '--initial-branch=main', repository])
  git('init', '--quiet', '--initial-branch=main')
  const commit = (message: string) => {
    git('add', '--all')
    git('-c', 'user.name=Anna', '-c', 'user.email=anna@example.com', 'commit', '--quiet', '-m', message)
  }
  commit('first')
  const publish = (tag: string) => publishAction(git, { folder: 'setup-scimulator', repository, tag })
  t.equal(publish('v1.0.0'), `Pushed setup-scimulator to ${repository}: main, v1.0.0, v1`)
  execFileSync('sh', ['-c', 'echo name: second > checkout/setup-scimulator/action.yml'], { cwd: folder })
  commit('second')
  t.equal(publish('v1.1.0-rc.1'), `Pushed setup-scimulator to ${repository}: main, v1.1.0-rc.1`)
  t.equal(publish('v1.1.0'), `Pushed setup-scimulator to ${repository}: main, v1.1.0, v1`)
  t.throws(() => publish('v1.1.0'), { message: `${repository} already has the tag v1.1.0.` })
  t.throws(() => publish('1.2.0'), {
    message: 'The tag "1.2.0" is not of the form v1.2.0 or v1.2.0-rc.1.',
  })
  const contents = ['main', 'v1', 'v1.0.0', 'v1.1.0'].map(name =>
    [inRepository('ls-tree', '--name-only', name), inRepository('show', `${name}:action.yml`)].join(': '),
  )
  t.same(contents, [
    'README.md\naction.yml: name: second',
    'README.md\naction.yml: name: second',
    'README.md\naction.yml: name: first',
    'README.md\naction.yml: name: second',
  ])
  t.match(inRepository('show', 'v1:README.md'), /^- uses: [\w.-]+\/action@v1$/)
  t.equal(git('status', '--short'), '', 'the checkout is unchanged')
  t.equal(inRepository('log', '--format=%an %s', 'main'), 'Anna v1.1.0\nAnna v1.1.0-rc.1\nAnna v1.0.0')
})

t.test('pages use an action by the address in package.json, or else by its folder', async t => {
  const reference = (repository?: string | { url: string }) =>
    actionReference({ version: '1.2.0', ...(repository !== undefined && { repository }) }, 'setup-scimulator')
  t.same(
    [undefined, 'https://github.com/acme/scim', { url: 'git+https://github.com/acme/scim.git' }].map(
      reference,
    ),
    ['./setup-scimulator', 'acme/scim/setup-scimulator@v1.2.0', 'acme/scim/setup-scimulator@v1.2.0'],
  )
  const page =
    '- id: scim\n  uses: ./setup-scimulator\n- uses: acme/scim/setup-scimulator@v1.1.0\n`uses: ./setup-scimulator`\n'
  t.equal(
    withReference(page, 'setup-scimulator', 'acme/setup-scimulator@v1'),
    '- id: scim\n  uses: acme/setup-scimulator@v1\n- uses: acme/setup-scimulator@v1\n`uses: ./setup-scimulator`\n',
  )
})

t.test('no file has a placeholder for the owner of the repository', async t => {
  const placeholder = ['OWNER', ''].join('/')
  const { stdout } = spawnSync('git', ['grep', '--name-only', '--fixed-strings', placeholder], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(stdout, '')
})
