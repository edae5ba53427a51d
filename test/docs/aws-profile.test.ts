import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { awsProfilePage } from '../../scripts/aws-profile-page.ts'

const root = new URL('../../', import.meta.url)

t.test('the page on the AWS profile says what the code does', async t => {
  t.equal(readFileSync(new URL('docs/aws-profile.md', root), 'utf8'), awsProfilePage, 'run npm run docs')
})

t.test('npm run docs -- --check is content with the pages as they are', async t => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/write-docs.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  t.same({ status, stderr }, { status: 0, stderr: '' })
})
