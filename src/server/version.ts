import { readFileSync } from 'node:fs'

/** The path is the same from src and from dist. */
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** The version in package.json. */
export const version: string = manifest.version

/** The address of the repository at its host, without a slash at its end, if package.json has one. */
export const repository: string | undefined = readRepository(manifest.repository)

/** npm writes an object with `git+https://github.com/owner/name.git`. */
function readRepository(value: string | { readonly url: string } | undefined): string | undefined {
  const url = typeof value === 'object' ? value.url : value
  return url?.replace(/^git\+|\.git$/g, '')
}
