import { readFileSync } from 'node:fs'

type Manifest = {
  readonly version: string
  readonly repository?: string | { readonly url: string }
}

/** Sets what the steps of a page use: `./setup-scimulator`, or a repository with a tag. */
export const withReference = (page: string, folder: string, reference: string): string =>
  page.replaceAll(new RegExp(`^([ -]*uses: )\\S*${folder}(@\\S+)?$`, 'gm'), `$1${reference}`)

/** Owner and name of a repository, from its URL or path. */
export const nameOfRepository = (url: string): string | undefined =>
  /([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(url)?.[1]

/** The reference to an action of this repository. Without its address in package.json, the folder is one of the workspace. */
export function actionReference({ version, repository }: Manifest, folder: string): string {
  const url = typeof repository === 'string' ? repository : repository?.url
  const name = url === undefined ? undefined : nameOfRepository(url)
  return name === undefined ? `./${folder}` : `${name}/${folder}@v${version}`
}

const root = new URL('../../', import.meta.url)
const folders = ['setup-scimulator', 'scim-compliance']
const files = [...folders.map(folder => `${folder}/README.md`), 'docs/testing-other-languages.md']

/** The pages with steps that use an action. */
export function pagesWithActions(): readonly { readonly file: URL; readonly text: string }[] {
  const manifest: Manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  return files.map(path => {
    const file = new URL(path, root)
    const text = folders.reduce(
      (page, folder) => withReference(page, folder, actionReference(manifest, folder)),
      readFileSync(file, 'utf8'),
    )
    return { file, text }
  })
}
