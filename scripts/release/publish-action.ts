import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameOfRepository, withReference } from './action-reference.ts'

/** Runs git in the checkout and returns its output. */
type Git = (...args: readonly string[]) => string

type Publication = {
  /** The folder of the action in the checkout. */
  readonly folder: string
  /** The URL or path of the repository of the action. */
  readonly repository: string
  /** The Git tag of the release, such as `v1.2.0`. */
  readonly tag: string
}

/**
 * Pushes a folder of the checked-out commit to a repository, where it is the root and its README names it: a commit on `main`
 * with the tag, and unless it is a prerelease the tag of the major version, `v1`, which moves. Returns what was pushed. Throws
 * if the tag exists.
 */
export function publishAction(git: Git, { folder, repository, tag }: Publication): string {
  const [, major] = /^(v\d+)\.\d+\.\d+(-.+)?$/.exec(tag) ?? []
  if (major === undefined) throw new Error(`The tag "${tag}" is not of the form v1.2.0 or v1.2.0-rc.1.`)
  const [latest, existing] = ['refs/heads/main', `refs/tags/${tag}`].map(
    name => git('ls-remote', repository, name).split('\t')[0],
  )
  if (existing) throw new Error(`${repository} already has the tag ${tag}.`)
  if (latest) git('fetch', '--quiet', repository, 'refs/heads/main')
  const parents = latest ? ['-p', latest] : []
  // A workflow has no identity of its own.
  const [name, email] = git('log', '-1', '--format=%an%n%ae').split('\n')
  const author = ['-c', `user.name=${name}`, '-c', `user.email=${email}`]
  const tree = treeOf(git, folder, `${nameOfRepository(repository)}@${major}`)
  const commit = git(...author, 'commit-tree', tree, ...parents, '-m', tag)
  const moved = tag.includes('-') ? [] : [`+${commit}:refs/tags/${major}`]
  git(
    'push',
    '--quiet',
    '--atomic',
    repository,
    `${commit}:refs/heads/main`,
    `${commit}:refs/tags/${tag}`,
    ...moved,
  )
  return `Pushed ${folder} to ${repository}: ${['main', tag, ...(moved.length > 0 ? [major] : [])].join(', ')}`
}

/** Leaves the checkout as it was. */
function treeOf(git: Git, folder: string, reference: string): string {
  const file = join(git('rev-parse', '--show-toplevel'), folder, 'README.md')
  const page = readFileSync(file, 'utf8')
  try {
    writeFileSync(file, withReference(page, folder, reference))
    git('add', file)
    return git('write-tree', `--prefix=${folder}/`)
  } finally {
    writeFileSync(file, page)
    git('add', file)
  }
}
