import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { awsProfilePage } from '../../scripts/aws-profile-page.ts'

const root = new URL('../../', import.meta.url)

t.test('the page on the AWS profile matches the code', async t => {
  t.equal(readFileSync(new URL('docs/aws-profile.md', root), 'utf8'), awsProfilePage, 'run npm run docs')
})

t.test('npm run docs -- --check succeeds with the current pages', async t => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/write-docs.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  t.same({ status, stderr }, { status: 0, stderr: '' })
})

t.test('each statement of the page has a unique id and a source', async t => {
  const rows = awsProfilePage.split('\n').filter(line => line.startsWith('| `'))
  const ids = rows.map(line => line.split('`')[1])
  t.same(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
  )
  t.same(
    rows.filter(line => !/\[(documented|observed|inferred|assumed)\]\(https:\/\/[^)\s]+\) \|$/.test(line)),
    [],
  )
})
