import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

const skip = process.env.PACKAGE_TESTS ? false : 'takes a minute and a package registry: set PACKAGE_TESTS=1'

t.test(
  'the packed package works in another project: command, ESM, CommonJS, TypeScript',
  { skip },
  async t => {
    const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'tarball'])
    t.match(stdout, /^The package works outside its repository/m)
  },
)
