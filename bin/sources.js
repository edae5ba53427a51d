import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folders and files of a checkout that a build is made from. */
const folders = ['src', 'scim-compliance']
const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

const digestFile = 'dist/sources.sha256'

/**
 * A digest of the path, size and change time of each source file. Unlike the modification time, the change time cannot be
 * set: every edit, branch switch and extracted archive changes the digest. Reading the contents would take three times as
 * long.
 *
 * @param {string} root the folder of the checkout
 * @returns {string}
 */
export function digestSources(root) {
  const described = [
    ...folders.flatMap(path => describeFolder(root, path)),
    ...files.map(path => describeFile(root, path)),
  ]
  return createHash('sha256').update(described.join('\n')).digest('hex')
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {readonly string[]}
 */
function describeFolder(root, path) {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => isSource(name))
    .flatMap(entry => {
      const inside = `${path}/${entry.name}`
      return entry.isDirectory() ? describeFolder(root, inside) : [describeFile(root, inside)]
    })
}

/** Editors and file managers write hidden files. @param {string} name */
const isSource = name => name !== 'dist' && name !== 'node_modules' && !name.startsWith('.')

/** @param {string} root @param {string} path */
function describeFile(root, path) {
  const { size, ctimeNs } = statSync(join(root, path), { bigint: true })
  return `${path} ${size} ${ctimeNs}`
}

/**
 * Records that `dist` was built from the sources with this digest. Compute the digest before the build, so that an edit
 * during the build makes the build outdated.
 *
 * @param {string} root
 * @param {string} digest
 */
export const recordBuild = (root, digest) => writeFileSync(join(root, digestFile), digest)

/** Whether `dist` was built from exactly the present sources. @param {string} root */
export function isBuildCurrent(root) {
  const recorded = readRecord(root)
  return recorded !== undefined && recorded === digestSources(root)
}

/** @param {string} root */
function readRecord(root) {
  try {
    return readFileSync(join(root, digestFile), 'utf8')
  } catch {
    return undefined
  }
}
